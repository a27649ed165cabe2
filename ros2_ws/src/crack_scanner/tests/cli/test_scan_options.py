"""Options of `crack_scanner scan` that its source would pass over, or that would do harm, are refused."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner import replay
from crack_scanner.cli.main import main
from crack_scanner.cli.output import Output
from crack_scanner.cli.scanning import say_summary
from crack_scanner.resources import DEFAULT_CONFIG
from crack_scanner.settings import load_settings
from crack_scanner.sources import capture
from crack_scanner.storage.session_folder import DATABASE


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with pictures where a session in it would put its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    picture = np.random.default_rng(0).integers(0, 256, (240, 240, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "pictures" / "crack_1.jpg"), picture)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--source topic --robot husky2", "--robot does not go with --source topic.*namespace"),
        ("--source topic --duration 3", "--duration does not go with --source topic"),
        ("--source topic --mm-per-px 1", "--mm-per-px does not go with --source topic"),
        ("--source topic --calibration x.yaml", "--calibration does not go with --source topic"),
        ("--source topic --wall x.png", "--wall goes with --source simulator only"),
        ("--source pictures --odom-drift 0.1", "--odom-drift goes with --source simulator only"),
        ("--source simulator --mm-per-px 0.2", "--mm-per-px goes with a camera without odometry only"),
        ("--calibration x.yaml", "--calibration goes with a camera without odometry only"),
        ("--odom-noise -1", "--odom-noise is -1.0; expected 0 to 0.5"),
        ("--odom-drift 0.3", "--odom-drift is 0.3; expected 0 to 0.2"),
        ("--wall-width 0", "--wall-width is 0.0; expected 0.1 to 1000"),
        ("--wall x.png --wall-width 1 --wall-height 3", "--wall-height does not go with --wall"),
        ("--record bag --record-split -1", "--record-split is -1 MB; expected 0 or more"),
        ("--source pictures --duration -1", "duration is -1 s; expected more than 0"),
        ("--source pictures --mm-per-px 1000", "scale of 1000 mm/px; expected 0.001 to 2.*--mm-per-px"),
        ("--source pictures --mm-per-px 1e-7", "scale of 1e-07 mm/px; expected 0.001 to 2.*--mm-per-px"),
    ],
)
def test_an_option_that_would_be_passed_over_is_refused(
    place: Path, words: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", *words.split(), "--out", "out", "--tiles-only", "--threads", "1"]) == 1
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "error:" in line]
    assert re.search(says, line)
    assert not (place / "out").exists()
    assert not (place / "bag").exists()


def test_nothing_is_said_of_a_source_that_is_not_there_but_that(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--source", "nowhere.mp4", "--out", "out", "--tiles-only", "--threads", "1"]
    assert main(["scan", *arguments]) == 1
    errors = capfd.readouterr().err
    assert "source nowhere.mp4 is not there" in errors
    assert "--mm-per-px" not in errors


@pytest.mark.parametrize("source", ["pictures", "./pictures/", "pictures/crack_1.jpg"])
def test_pictures_are_not_taken_from_where_the_results_go(
    place: Path, source: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in place.rglob("*.*")}
    assert main(["scan", "--source", source, "--out", ".", "--tiles-only", "--threads", "1"]) == 1
    assert "lies in pictures, where the session puts its own: give another --out" in capfd.readouterr().err
    assert {path: path.read_bytes() for path in place.rglob("*.*")} == before


def test_a_session_does_not_go_where_its_maps_would_be_scanned_the_next_time(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "pictures").rename(place / "wall")
    arguments = ["--source", "wall", "--out", "./wall/", "--tiles-only", "--threads", "1"]
    assert main(["scan", *arguments]) == 1
    assert "source wall is the folder of the session" in capfd.readouterr().err
    assert [path.name for path in (place / "wall").iterdir()] == ["crack_1.jpg"]


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        ("--duration 5", "", "begun with --duration 5.0 and cannot be resumed with --duration not given"),
        ("", "--mm-per-px 0.5", "begun with --mm-per-px not given and .* with --mm-per-px 0.5"),
    ],
)
def test_what_a_resumed_scan_was_begun_with_is_named_as_it_is_typed(
    place: Path, first: str, then: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "pictures").rename(place / "wall")
    scan = ["scan", "--source", "wall", "--out", "out", "--tiles-only", "--threads", "1"]
    assert main([*scan, *first.split()]) == 0
    assert main([*scan, *then.split(), "--resume"]) == 1
    assert re.search(says, capfd.readouterr().err)
    assert main([*scan, *first.split(), "--resume"]) == 0


def test_a_recorded_film_without_odometry_is_found_where_it_was_scanned(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "pictures").rename(place / "wall")
    assert main(["scan", "--source", "wall", "--out", "out", "--record", "bag", "--mm-per-px", "0.5"]) == 0
    assert main(["replay", "bag", "--out", "again"]) == 0
    assert "settings of bag/scanner.yaml" in capfd.readouterr().err
    assert main(["replay", "bag", "--out", "again"]) == 1
    there = "again already holds a session: choose another folder, or give --overwrite to replace that one"
    assert capfd.readouterr().err.endswith(f"{there}\n")
    assert main(["replay", "bag/bag_0.mcap", "--out", "of_one_file"]) == 0
    settings = load_settings(place / "bag" / "scanner.yaml")
    assert (settings.min_looks, settings.surface_width) == (1, pytest.approx(0.12))
    sessions = ("out", "again", "of_one_file")
    first, *others = (json.loads((place / name / "summary.json").read_text()) for name in sessions)
    assert first["coverage_percent"] > 50
    assert [other["scanned_m2"] for other in others] == [first["scanned_m2"]] * 2
    assert main(["replay", "bag", "--out", "elsewhere", "--config", str(_shipped_copy(place))]) == 0
    assert json.loads((place / "elsewhere" / "summary.json").read_text())["scanned_m2"] == 0


def test_a_scan_without_a_scale_says_so_where_it_gives_figures(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (place / "pictures").rename(place / "wall")
    assert main(["scan", "--source", "wall", "--out", "out", "--tiles-only", "--record", "bag"]) == 0
    assert main(["replay", "bag", "--out", "again", "--tiles-only"]) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if "in all" in line]
    assert len(lines) == 2
    assert all("scale not known" in line for line in lines)
    for session in ("out", "again"):
        assert json.loads((place / session / "summary.json").read_text())["scale_known"] is False
        assert main(["export", session, "--format", "json"]) == 0
        assert "scale not known" in capfd.readouterr().out


def test_ctrl_c_before_the_first_picture_says_that_nothing_is_saved(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def wait(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(capture, "open_capture", wait)
    arguments = ["--source", "device:0", "--out", "out", "--tiles-only", "--threads", "1"]
    assert main(["scan", *arguments]) == 130
    assert capfd.readouterr().err.splitlines()[-1] == "stopped before the first picture: nothing is saved"
    assert not (place / "out").exists()


@pytest.mark.parametrize(
    ("begun", "says"),
    [(False, "no results are written"), (True, "; to begin again in out give --overwrite")],
)
def test_ctrl_c_in_a_replay_says_what_becomes_of_its_session(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], begun: bool, says: str
) -> None:
    def stopped(*_: object) -> None:
        if begun:
            (place / "out").mkdir()
            (place / "out" / DATABASE).touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(replay, "replay_bag", stopped)
    assert main(["replay", "bag", "--out", "out", "--tiles-only"]) == 130
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("stopped before the end of the bag")
    assert line.endswith(says)


@pytest.mark.parametrize(("count", "words"), [(0, "0 cracks,"), (1, "1 crack,"), (2, "2 cracks,")])
def test_one_crack_is_not_called_cracks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], count: int, words: str
) -> None:
    figures = dict.fromkeys(("crack_length_m", "scanned_m2", "coverage_percent"), 1.0)
    counts = {"cracks": count, "frames": 3, "frames_scored": 3, "frames_dropped": {}, "clock": {}}
    say_summary(Output(), {**figures, **counts, "scale_known": True}, tmp_path)
    assert capfd.readouterr().out.startswith(words)


def _shipped_copy(place: Path) -> Path:
    return Path(shutil.copy(DEFAULT_CONFIG, place / "mine.yaml"))
