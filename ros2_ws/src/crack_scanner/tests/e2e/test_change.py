"""Two scans of a wall that has changed in between, from pictures to `compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from crack_scanner.settings import ScanSettings
from crack_scanner.sources.simulator.config import SimulatorConfig
from crack_scanner.sources.simulator.cracks import Crack
from crack_scanner.sources.simulator.robot import SimulatedRobot
from crack_scanner.sources.simulator.wall import concrete_wall

WIDTH, HEIGHT = 1.6, 0.95
# How far up the second scan looks.
SEEN_TO = 0.7


def crack(number: int, u: float, v: float, length: float) -> Crack:
    """A rough crack 3 mm wide from (u, v) to the right; a longer one of the same number begins alike."""
    rng = np.random.default_rng(number)
    turns = 0.3 * np.repeat(rng.standard_normal(200), 6)[: round(length / 0.002)]
    steps = 0.002 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    points = np.concatenate([[[u, v]], np.array([u, v]) + np.cumsum(steps, axis=0)])
    ends = np.minimum(np.arange(len(points)), np.arange(len(points))[::-1]) / 20
    return Crack(number, points, 0.003 * np.clip(ends, 0.1, 1.0))


STAYS, UNSEEN = crack(1, 0.15, 0.15, 0.5), crack(2, 0.4, 0.85, 0.6)
FILLED, ADDED = crack(3, 0.15, 0.42, 0.4), crack(4, 0.9, 0.42, 0.4)
BEFORE, AFTER = crack(5, 0.85, 0.15, 0.5), crack(5, 0.85, 0.15, 0.6)


def scan(crack_scanner: Any, folder: Path, cracks: list[Crack], seen_to: float) -> Path:
    """Scan a wall of concrete with these cracks, until the camera would look above `seen_to`."""
    wall = concrete_wall(8, WIDTH, HEIGHT, cracks)
    folder.mkdir()
    picture, truth = folder / "wall.png", folder / "truth.json"
    cv2.imwrite(str(picture), wall.texture[:, :, ::-1])
    truth.write_text(json.dumps(wall.truth))
    given = (
        "--wall",
        picture,
        "--wall-width",
        WIDTH,
        "--truth",
        truth,
        "--duration",
        duration(picture, seen_to),
    )
    done = crack_scanner("scan", "--seed", 8, *given, "--out", folder / "session")
    assert done.code == 0, done.err
    return folder / "session"


def duration(picture: Path, seen_to: float) -> float:
    """Seconds until the robot's camera looks above `seen_to`."""
    robot = SimulatedRobot(
        SimulatorConfig(seed=8, wall_picture=picture, wall_width=WIDTH), ScanSettings().mount
    )
    times = np.arange(0.0, robot.duration, 0.1)
    above = [t for t in times if robot.view(float(t)).outline[:, 1].max() > seen_to]
    return float(above[0]) if above else robot.duration


def test_compare_says_exactly_what_has_changed(tmp_path: Path, crack_scanner: Any) -> None:
    old = scan(crack_scanner, tmp_path / "old", [STAYS, UNSEEN, FILLED, BEFORE], 2.0)
    new = scan(crack_scanner, tmp_path / "new", [STAYS, UNSEEN, ADDED, AFTER], SEEN_TO)
    answer = crack_scanner("compare", old, new, "--json").result
    counts = {name: answer[name] for name in ("new", "static", "grown", "repaired", "not_covered")}
    assert counts == {"new": 1, "static": 1, "grown": 1, "repaired": 1, "not_covered": 1}
    (grown,) = (row for row in answer["cracks"] if row["status"] == "grown")
    assert abs(grown["growth_mm"] - 100) < 40
