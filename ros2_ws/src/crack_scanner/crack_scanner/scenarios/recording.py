"""Bags of scenarios, made by the simulated robot: the same recipe gives the same bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crack_scanner.bags.recorder import BagRecorder
from crack_scanner.errors import CrackScannerError
from crack_scanner.scenarios.reading import truth_of_bag
from crack_scanner.scenarios.scenario import RecordedOdometry, Scenario, Simulation
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.simulator.recorded_path import RecordedPath, recorded_path
from crack_scanner.sources.simulator.robot import SimulatedRobot
from crack_scanner.storage.atomic_file import write_atomically


class DataMissingError(CrackScannerError):
    """Reference data that the scenario needs are not on this machine."""


@dataclass(frozen=True)
class Recording:
    """What the simulated robot has recorded: a bag and the cracks that are really there."""

    bag: Path
    truth: dict[str, Any]


def record(simulation: Simulation, settings: ScanSettings, bag: Path, data: Path | None) -> Recording:
    """Drive the simulated robot and record a bag, in place of one that is there.

    data: the folder of reference data, None where there is none.
    """
    robot = SimulatedRobot(simulation.config, settings.mount, _trajectory(simulation.odometry, data))
    _make_room(bag)
    bag.parent.mkdir(parents=True, exist_ok=True)
    recorder = BagRecorder(bag, simulation.pictures)
    try:
        for event in robot:
            recorder.add(event)
    finally:
        recorder.close()
    return Recording(bag, robot.truth or {"type": "FeatureCollection", "features": []})


def make_bag(scenario: Scenario, data: Path | None) -> Path:
    """Make the bag that a scenario names, and the truth beside it; returns the bag."""
    if scenario.bag is None or scenario.simulation is None:
        missing = "bag" if scenario.bag is None else "simulator"
        raise CrackScannerError(f"scenario {scenario.file} has no {missing}: there is no bag to make")
    made = record(scenario.simulation, scenario.settings, scenario.bag, data)
    text = json.dumps(made.truth) + "\n"
    write_atomically(scenario.truth or truth_of_bag(scenario.bag), text.encode())
    return scenario.bag


def settings_of(scenario: Scenario) -> ScanSettings:
    """The scenario's settings; of a simulated wall, its place and size in place of the usual ones."""
    usual, simulation = scenario.settings, scenario.simulation
    if simulation is None:
        return usual
    config = simulation.config
    standing = (0.0, float(config.distance), 0.0)
    return replace(
        usual,
        surface_origin=standing,
        surface_width=float(config.wall_width),
        surface_height=float(config.wall_height),
    )


def _make_room(bag: Path) -> None:
    """Remove a bag that is there; anything else stays, and is refused."""
    if not bag.exists():
        return
    known = bag.is_dir() and all(
        file.name == "metadata.yaml" or file.suffix == ".mcap" for file in bag.iterdir()
    )
    if not known:
        raise CrackScannerError(f"{bag} is there and no bag in MCAP: it is not replaced, choose another name")
    shutil.rmtree(bag)


def _trajectory(odometry: RecordedOdometry | None, data: Path | None) -> RecordedPath | None:
    if odometry is None:
        return None
    if data is None or not (data / odometry.data).exists():
        where = "set CRACK_SCANNER_DATA to the folder of it" if data is None else f"it is not in {data}"
        raise DataMissingError(f"it needs {odometry.data}: {where}")
    start = odometry.start_u, odometry.start_v
    return recorded_path(data / odometry.data, odometry.topic, odometry.begin, odometry.duration, start)
