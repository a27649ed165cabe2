"""A session that is broken off and resumed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.pipeline import scan_session
from crack_scanner.pipeline.scan_session import Beginning, ScanSession, session_info
from crack_scanner.resources import DEFAULT_MODEL, DEFAULT_SEGMENTER
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.session import SessionInfo
from crack_scanner.storage.session_folder import DATABASE, FolderLock
from crack_scanner.surface.camera_path import STEP
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.model_card import load_card
from tests.mapping.tile_model import ModelScan

SCAN = ModelScan(width=0.8, height=0.4)
SETTINGS = ScanSettings(surface_width=0.8, surface_height=0.4)
CRACKS = [np.array([[0.1, 0.15], [0.6, 0.2]]), np.array([[0.7, 0.05], [0.72, 0.35]])]
LOOKS = list(SCAN.looks(CRACKS))
INFO = SessionInfo("wall", "simulator", SCAN.surface, "1", "m", "ab" * 32, seed=5, settings=asdict(SETTINGS))
RESUME = Beginning(resume=True)
HALF_FRAME_NS = 33_000_000


def drive(session: ScanSession, looks: Iterable[Any]) -> None:
    """The robot passes by: odometry before and after each picture."""
    for view, scores in looks:
        pose = Pose(view.camera_pose.position, covariance=np.zeros((6, 6)))
        session.logger.add_odometry(scores.stamp_ns - HALF_FRAME_NS, pose)
        session.logger.add_scores(scores, view.camera)
        session.logger.add_odometry(scores.stamp_ns + HALF_FRAME_NS, pose)


def begun(folder: Path, begin: Beginning = RESUME, info: SessionInfo = INFO) -> ScanSession:
    return ScanSession(folder, info, SETTINGS, SETTINGS.mount, begin)


def paths(folder: Path) -> list[Any]:
    content = json.loads((folder / "cracks.geojson").read_text())
    return [feature["geometry"]["coordinates"] for feature in content["features"]]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a scan that nothing has happened to."""
    folder = tmp_path_factory.mktemp("unbroken")
    session = begun(folder)
    drive(session, LOOKS)
    session.finish(complete=True)
    return folder


@pytest.mark.parametrize("part", [0.1, 0.5, 1.0])
def test_a_resumed_session_ends_like_one_that_was_never_broken_off(
    tmp_path: Path, unbroken: Path, part: float
) -> None:
    first = begun(tmp_path)
    drive(first, LOOKS[: int(part * len(LOOKS))])
    first.abandon()
    second = begun(tmp_path)
    assert second.resumed
    drive(second, LOOKS)  # the source begins from its start
    summary = second.finish(complete=True)
    whole = json.loads((unbroken / "summary.json").read_text())
    for name in ("frames", "frames_scored", "frames_dropped", "tiles", "cracks", "started", "finished"):
        assert summary[name] == whole[name], name
    assert paths(tmp_path) == paths(unbroken)
    assert second.logger.passed_over == int(part * len(LOOKS))


def test_an_interrupted_session_counts_no_picture_twice(tmp_path: Path, unbroken: Path) -> None:
    first = begun(tmp_path)
    drive(first, LOOKS[:10])
    view, scores = LOOKS[10]
    first.logger.add_scores(scores, view.camera)  # no odometry after it: it gets no pose any more
    assert first.finish(complete=False)["frames_dropped"] != {}
    second = begun(tmp_path)
    drive(second, LOOKS)
    summary = second.finish(complete=True)
    assert summary["frames"] == json.loads((unbroken / "summary.json").read_text())["frames"]
    assert summary["frames_scored"] == summary["frames"] - 1


def test_a_finished_session_can_be_continued(tmp_path: Path) -> None:
    first = begun(tmp_path)
    drive(first, LOOKS[:30])
    ids = {crack.id for crack in first.map.cracks}
    first.finish(complete=True)
    second = begun(tmp_path)
    assert not (tmp_path / "summary.json").exists()
    assert ids <= {crack.id for crack in second.map.cracks}
    drive(second, LOOKS[30:])
    assert second.finish(complete=True)["frames"] == len(LOOKS)


def test_there_need_not_be_a_session_to_resume(tmp_path: Path) -> None:
    session = begun(tmp_path / "fresh")
    assert not session.resumed
    session.finish(complete=False)
    (tmp_path / "blank").mkdir()
    (tmp_path / "blank" / DATABASE).write_bytes(b"")  # killed while it was being made
    assert not begun(tmp_path / "blank").resumed


def test_nobody_begins_in_a_folder_while_its_files_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = begun(tmp_path)
    write = scan_session.write_session

    def written(folder: Path, *arguments: Any) -> dict[str, Any]:
        with pytest.raises(CrackScannerError, match="another process is writing"):
            begun(folder, Beginning(overwrite=True))
        return write(folder, *arguments)

    monkeypatch.setattr(scan_session, "write_session", written)
    session.finish(complete=True)
    FolderLock(tmp_path).release()


def test_without_being_told_a_session_is_neither_resumed_nor_overwritten(tmp_path: Path) -> None:
    begun(tmp_path).finish(complete=True)
    with pytest.raises(CrackScannerError, match="already holds a session"):
        begun(tmp_path, Beginning())
    with pytest.raises(CrackScannerError, match="not both"):
        Beginning(resume=True, overwrite=True)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (replace(INFO, source="device:0"), "source simulator .* device:0"),
        (replace(INFO, seed=6), "seed 5 .* 6"),
        (replace(INFO, model_sha256="cd" * 32), "model m .abababababab. .*cdcdcdcd"),
        (replace(INFO, surface=ModelScan(width=2.0).surface), "surface of 0.8 x 0.4 m"),
        (replace(INFO, settings=asdict(replace(SETTINGS, overlap=0.1))), "overlap 0.5 .* 0.1"),
    ],
)
def test_it_must_be_the_same_scan(tmp_path: Path, other: SessionInfo, named: str) -> None:
    begun(tmp_path).finish(complete=False)
    with pytest.raises(CrackScannerError, match=named):
        begun(tmp_path, info=other)
    assert (tmp_path / "summary.json").exists()


def test_an_option_that_was_left_out_is_named_as_it_is_typed(tmp_path: Path) -> None:
    """Before the surface, which is another one only for that reason."""
    source = {"source_mm_per_px": 0.5, "source_rate": 15.0}
    begun(tmp_path, info=replace(INFO, settings={**INFO.settings, **source})).finish(complete=False)
    left_out = {**INFO.settings, **source, "source_mm_per_px": None, "scale_known": False}
    other = replace(INFO, surface=ModelScan(width=1.6).surface, settings=left_out)
    with pytest.raises(CrackScannerError, match=r"begun with --mm-per-px 0\.5 .* --mm-per-px not given: "):
        begun(tmp_path, info=other)


def test_how_the_work_is_done_may_change(tmp_path: Path) -> None:
    begun(tmp_path).finish(complete=False)
    other = asdict(replace(SETTINGS, threads=3, pose_wait=9.0))
    assert begun(tmp_path, info=replace(INFO, settings=other, software="2")).resumed


def test_the_segmenter_is_kept_by_its_whole_sha256() -> None:
    card = load_card(DEFAULT_SEGMENTER)
    wall = SimpleNamespace(name="wall", surface=SCAN.surface)
    kept = session_info("wall", wall, SETTINGS, load_card(DEFAULT_MODEL), card).settings
    assert (kept["segmenter"], kept["segmenter_sha256"]) == (card.model_id, card.sha256)
    without = session_info("wall", wall, SETTINGS, load_card(DEFAULT_MODEL), None).settings
    assert (without["segmenter"], "segmenter_sha256" in without) == ("none", False)


def test_a_session_of_before_the_whole_sha256_was_kept_can_be_resumed(tmp_path: Path) -> None:
    before = {**INFO.settings, "segmenter": "cd" * 6}
    begun(tmp_path, info=replace(INFO, settings=before)).finish(complete=False)
    now = {**before, "segmenter_sha256": "cd" * 32}
    assert begun(tmp_path, info=replace(INFO, settings=now)).resumed


def test_the_cameras_way_is_known_from_the_first_picture_on(tmp_path: Path) -> None:
    session = begun(tmp_path)
    drive(session, LOOKS)
    way = session.logger.path.points
    np.testing.assert_allclose(way[0], LOOKS[0][0].camera_pose.position)
    for view, _ in LOOKS:
        assert np.linalg.norm(way - view.camera_pose.position, axis=1).min() < STEP
