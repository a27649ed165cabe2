"""A whole scan of a simulated wall, against the cracks that are really there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "pictures",
    "scan.db",
    "cracks.geojson",
    "cracks.csv",
    "coverage.png",
    "crack_map.png",
    "report.html",
    "summary.json",
    "truth.geojson",
}
SMALL_WALL = ("--wall-width", 1.6, "--wall-height", 0.7)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scan") / "wall"


@pytest.fixture
def scanned(session: Path, crack_scanner: Any) -> Path:
    """The session folder of one scan, made once for this file."""
    if not session.exists():
        done = crack_scanner("scan", "--seed", 1, *SMALL_WALL, "--out", session, "--json")
        assert done.code == 0, done.err
        assert done.result == json.loads((session / "summary.json").read_text())
    return session


def test_the_session_folder_is_complete(scanned: Path) -> None:
    assert {path.name for path in scanned.iterdir()} == FILES


def test_the_cracks_that_are_there_are_found_and_no_others(scanned: Path) -> None:
    truth = json.loads((scanned / "summary.json").read_text())["truth"]
    assert truth["true_length_m"] > 0.3
    assert truth["recall"] >= 0.9
    assert truth["false_cracks"] == 0


def test_every_frame_is_used_and_the_whole_wall_is_scanned(scanned: Path) -> None:
    summary = json.loads((scanned / "summary.json").read_text())
    assert summary["frames_scored"] == summary["frames"] > 50
    assert summary["frames_dropped"] == {}
    assert summary["coverage_percent"] > 98
    assert summary["complete"]


def test_each_crack_says_where_it_is_and_how_sure_that_is(scanned: Path) -> None:
    for feature in json.loads((scanned / "cracks.geojson").read_text())["features"]:
        assert feature["geometry"]["type"] == "LineString"
        assert feature["properties"]["position_sigma_mm"] > 0
        assert 0 <= feature["properties"]["probability"] <= 1


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_threads(
    scanned: Path, tmp_path: Path, crack_scanner: Any
) -> None:
    again = crack_scanner("scan", "--seed", 1, *SMALL_WALL, "--threads", 1, "--out", tmp_path / "again")
    assert again.code == 0, again.err
    for name in ("cracks.geojson", "cracks.csv", "truth.geojson"):
        assert (tmp_path / "again" / name).read_bytes() == (scanned / name).read_bytes()


def test_a_session_is_not_overwritten_by_accident(scanned: Path, crack_scanner: Any) -> None:
    before = (scanned / "summary.json").read_bytes()
    refused = crack_scanner("scan", "--seed", 2, *SMALL_WALL, "--out", scanned)
    assert refused.code == 1
    assert len(refused.errors) == 1
    assert (scanned / "summary.json").read_bytes() == before
