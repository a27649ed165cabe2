"""A scan whose odometry drifts and jitters, against the cracks that are really there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

DRIFTING = (
    "--seed",
    4,
    "--wall-width",
    1.6,
    "--wall-height",
    1.0,
    "--odom-drift",
    0.02,
    "--odom-noise",
    0.003,
)
WIDE_MM, LONG_MM = 1.7, 200.0
REACH = 0.06


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drift") / "wall"


@pytest.fixture
def scanned(session: Path, crack_scanner: Any) -> Path:
    """The session folder of one scan, made once for this file."""
    if not session.exists():
        done = crack_scanner("scan", *DRIFTING, "--out", session)
        assert done.code == 0, done.err
    return session


def lines(path: Path) -> list[tuple[shapely.LineString, dict[str, Any]]]:
    """Lines in metres and their properties."""
    features = json.loads(path.read_text())["features"]
    return [(shapely.LineString(item["geometry"]["coordinates"]), item["properties"]) for item in features]


def test_each_crack_has_one_entry_and_there_are_no_others(scanned: Path) -> None:
    summary = json.loads((scanned / "summary.json").read_text())
    assert summary["truth"]["recall"] >= 0.9
    assert summary["truth"]["false_cracks"] == 0
    found = [line for line, _ in lines(scanned / "cracks.geojson")]
    for crack, properties in lines(scanned / "truth.geojson"):
        if properties["width_max_mm"] > WIDE_MM and properties["length_mm"] > LONG_MM:
            around = crack.buffer(REACH)
            assert sum(line.intersection(around).length > line.length / 2 for line in found) == 1


def test_positions_lie_within_two_reported_sigma(scanned: Path) -> None:
    truth = shapely.union_all([line for line, _ in lines(scanned / "truth.geojson")])
    within = [
        truth.distance(line.interpolate(share, normalized=True)) < 2e-3 * properties["position_sigma_mm"]
        for line, properties in lines(scanned / "cracks.geojson")
        for share in (0.1, 0.3, 0.5, 0.7, 0.9)
    ]
    assert sum(within) >= 0.9 * len(within)


def test_the_correction_is_reported(scanned: Path) -> None:
    drift = json.loads((scanned / "summary.json").read_text())["drift"]
    assert drift["frames"] > 0
    assert 0.0 < drift["largest_mm"] < 150.0
