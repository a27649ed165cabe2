"""Small bags with a crack each, and what a scan of each gives when nobody else scans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from crack_scanner.bags.recorder import BagRecorder
from crack_scanner.replay import replay_bag
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.simulator.config import SimulatorConfig
from crack_scanner.sources.simulator.robot import SimulatedRobot

SETTINGS = ScanSettings(
    surface_origin=(0.0, 0.3, 0.0), surface_width=0.45, surface_height=0.2, threads=1, measure_every=0.5
)
RESULTS = ("cracks.geojson", "cracks.csv")


@dataclass(frozen=True)
class Bags:
    """folder: bags of two robots, and one that is damaged. serial: results by place of the bag."""

    folder: Path
    serial: dict[str, list[bytes]]


@pytest.fixture(scope="session")
def bags(tmp_path_factory: pytest.TempPathFactory) -> Bags:
    """Three bags and a damaged one."""
    top = tmp_path_factory.mktemp("bags")
    folder = top / "bags"
    serial = {}
    for seed, place in enumerate(("husky1/monday", "husky1/tuesday", "husky2/monday"), start=1):
        config = SimulatorConfig(
            seed=seed,
            wall_width=0.45,
            wall_height=0.2,
            crack_count=1,
            distance=0.3,
            width_px=320,
            height_px=240,
            frame_rate=4.0,
            odometry_rate=20.0,
        )
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        recorder = BagRecorder(folder / place, "png")
        for event in SimulatedRobot(config):
            recorder.add(event)
        recorder.close()
        replay_bag(folder / place, top / "serial" / place, SETTINGS)
        serial[place] = [(top / "serial" / place / name).read_bytes() for name in RESULTS]
    whole = next((folder / "husky1" / "monday").glob("*.mcap")).read_bytes()
    (folder / "husky2" / "damaged.mcap").write_bytes(whole[:2000])
    assert all(b"LineString" in results[0] for results in serial.values())
    return Bags(folder, serial)
