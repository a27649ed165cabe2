"""Sessions of a graph whose pictures, cameras and poses come on separate ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Odometry
from crack_scanner.pipeline.localizer import NO_LATER_ODOMETRY
from crack_scanner.pipeline.logger import BEHIND
from crack_scanner.pipeline.scan_keeper import NO_CAMERA, NOT_SCORED, OTHER_SIZE, PAUSED, ScanKeeper
from crack_scanner.pipeline.scan_session import Beginning
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import SessionInfo
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores
from tests.mapping.tile_model import ModelScan

SCAN = ModelScan(width=0.6, height=0.3)
SETTINGS = ScanSettings(surface_width=0.6, surface_height=0.3, queue_frames=4)
FRAMES = 20
HALF_FRAME_NS = 33_000_000


@dataclass
class Robot:
    """Plays the topics of a robot into a keeper."""

    keeper: ScanKeeper
    looks: list[tuple[Odometry, Odometry, Camera, TileScores]]

    def odometry(self, index: int) -> None:
        before, after, _, _ = self.looks[index]
        self.keeper.add_odometry(before)
        self.keeper.add_odometry(after)

    def camera(self, index: int) -> None:
        _, _, camera, scores = self.looks[index]
        self.keeper.add_camera(scores.stamp_ns, camera)

    def scores(self, index: int) -> None:
        self.keeper.add_scores(self.looks[index][3])

    def frame(self, index: int) -> None:
        self.camera(index)
        self.odometry(index)
        self.scores(index)


def model_looks(count: int) -> list[tuple[Odometry, Odometry, Camera, TileScores]]:
    crack = np.array([[0.1, 0.15], [0.5, 0.15]])
    looks = []
    for view, scores in islice(SCAN.looks([crack]), count):
        pose = Pose(view.camera_pose.position, covariance=np.zeros((6, 6)))
        before = Odometry(scores.stamp_ns - HALF_FRAME_NS, pose)
        after = Odometry(scores.stamp_ns + HALF_FRAME_NS, pose)
        looks.append((before, after, view.camera, scores))
    return looks


@pytest.fixture
def robot(tmp_path: Path) -> Robot:
    def describe(name: str, model_id: str) -> SessionInfo:
        settings = asdict(SETTINGS)
        return SessionInfo(name, "topics", SETTINGS.surface, "0", "model", model_id, settings=settings)

    keeper = ScanKeeper(SETTINGS, lambda: SETTINGS.mount, describe, lambda name: tmp_path / name)
    keeper.start("first", None)
    return Robot(keeper, model_looks(FRAMES))


def summary(folder: Path) -> dict:
    return json.loads((folder / "summary.json").read_text())


def test_the_first_scored_frame_begins_the_session(robot: Robot, tmp_path: Path) -> None:
    assert robot.keeper.session is None
    for index in range(FRAMES):
        robot.frame(index)
    result = robot.keeper.end(complete=True)
    assert result == summary(tmp_path / "first")
    assert (result["frames"], result["frames_scored"], result["frames_dropped"]) == (FRAMES, FRAMES, {})
    assert result["cracks"] == 1


def test_pictures_from_behind_the_surface_are_dropped_and_counted(robot: Robot, tmp_path: Path) -> None:
    there = np.array([0.0, 2.0, 0.0])
    for index, (before, after, camera, scores) in enumerate(robot.looks):
        if index >= FRAMES // 2:
            moved = (replace(one, pose=Pose(one.pose.position + there)) for one in (before, after))
            robot.looks[index] = (*moved, camera, scores)
        robot.frame(index)
    result = robot.keeper.end(complete=True)
    assert (result["frames"], result["frames_scored"]) == (FRAMES, FRAMES // 2)
    assert result["frames_dropped"] == {BEHIND: FRAMES // 2}


def test_odometry_from_before_the_first_frame_is_not_lost(robot: Robot) -> None:
    for index in range(FRAMES):
        robot.odometry(index)
    for index in range(FRAMES):
        robot.camera(index)
        robot.scores(index)
    assert robot.keeper.end(complete=True)["frames_scored"] == FRAMES


def test_scores_wait_for_the_camera(robot: Robot) -> None:
    robot.odometry(0)
    robot.scores(0)
    assert robot.keeper.waiting == 1
    robot.camera(0)
    assert robot.keeper.waiting == 0
    assert robot.keeper.end(complete=True)["frames_scored"] == 1


def test_scores_do_not_wait_without_bound(robot: Robot) -> None:
    for index in range(6):
        robot.odometry(index)
        robot.scores(index)
    assert robot.keeper.waiting == SETTINGS.queue_frames
    robot.camera(6)
    assert robot.keeper.end(complete=True)["frames_dropped"][NO_CAMERA] == 2


def test_frames_that_were_never_scored_are_counted(robot: Robot) -> None:
    robot.frame(0)
    for index in (1, 2, 3):
        robot.camera(index)
        robot.odometry(index)
    robot.frame(4)
    robot.camera(5)
    result = robot.keeper.end(complete=True)
    assert (result["frames"], result["frames_scored"]) == (6, 2)
    assert result["frames_dropped"] == {NOT_SCORED: 4}


def test_scores_may_come_ahead_of_their_camera(robot: Robot) -> None:
    robot.frame(0)
    robot.odometry(1)
    robot.scores(1)
    robot.camera(1)
    robot.camera(2)
    robot.odometry(3)
    robot.scores(3)
    robot.camera(3)
    result = robot.keeper.end(complete=True)
    assert (result["frames"], result["frames_scored"]) == (4, 3)
    assert result["frames_dropped"] == {NOT_SCORED: 1}


def test_a_camera_with_stamps_of_its_own_serves_all_frames(robot: Robot) -> None:
    camera = robot.looks[0][2]
    robot.keeper.add_camera(1, camera)
    for index in range(3):
        robot.odometry(index)
        robot.scores(index)
    result = robot.keeper.end(complete=True)
    assert result["frames_scored"] == 3


@pytest.mark.parametrize("late_ns", [-1_000_000, 1_000_000])
def test_a_camera_whose_stamps_are_beside_those_of_its_pictures_loses_none(
    robot: Robot, late_ns: int
) -> None:
    for index in range(FRAMES):
        _, _, camera, scores = robot.looks[index]
        robot.keeper.add_camera(scores.stamp_ns + late_ns, camera)
        robot.odometry(index)
        robot.scores(index)
    result = robot.keeper.end(complete=True)
    assert (result["frames"], result["frames_dropped"]) == (FRAMES, {})


def test_frames_with_a_camera_of_another_size_are_dropped_and_said(robot: Robot) -> None:
    said: list[str] = []
    keeper = keeper_that(Beginning(), robot.keeper, said.append)
    playing = replace(robot, keeper=keeper)
    _, _, camera, scores = robot.looks[0]
    keeper.add_camera(scores.stamp_ns, replace(camera, width=2 * camera.width, height=2 * camera.height))
    playing.odometry(0)
    playing.scores(0)
    assert keeper.session is None
    playing.frame(1)
    result = keeper.end(complete=True)
    assert (result["frames_scored"], result["frames_dropped"]) == (1, {OTHER_SIZE: 1})
    assert len(said) == 1
    assert f"{2 * camera.width} x {2 * camera.height} px" in said[0]
    assert f"{scores.image_width} x {scores.image_height} px" in said[0]


def test_what_is_dropped_before_a_session_is_remembered_as_a_count(robot: Robot) -> None:
    robot.keeper.paused = True
    for index in range(FRAMES):
        robot.scores(index)
    robot.keeper.paused = False
    robot.frame(0)
    assert robot.keeper.end(complete=True)["frames_dropped"] == {PAUSED: FRAMES}


def test_what_is_in_no_map_is_counted_over_all_sessions(robot: Robot) -> None:
    robot.keeper.paused = True
    robot.scores(0)
    robot.keeper.paused = False
    robot.frame(1)
    robot.scores(2)
    assert robot.keeper.dropped == {PAUSED: 1}
    robot.keeper.start("second", None)
    robot.keeper.paused = True
    robot.scores(3)
    assert robot.keeper.dropped == {PAUSED: 2, NO_LATER_ODOMETRY: 1}


def test_what_was_dropped_before_a_session_was_resumed_is_not_counted_again(
    robot: Robot, tmp_path: Path
) -> None:
    robot.frame(0)
    robot.keeper.paused = True
    robot.scores(1)
    robot.keeper.abandon()
    again = keeper_that(Beginning(resume=True), robot.keeper)
    again.start("first", tmp_path / "first")
    replace(robot, keeper=again).frame(2)
    assert again.session is not None
    assert again.session.logger.progress().frames_dropped == {PAUSED: 1}
    assert not again.dropped


def test_what_frames_wait_for_is_named(robot: Robot) -> None:
    assert robot.keeper.missing == "no camera_info has come"
    robot.camera(0)
    assert robot.keeper.missing == "no odom has come"
    robot.odometry(0)
    assert not robot.keeper.missing


def test_a_paused_scan_counts_what_passes_by(robot: Robot) -> None:
    robot.frame(0)
    robot.keeper.paused = True
    robot.frame(1)
    robot.keeper.paused = False
    robot.frame(2)
    result = robot.keeper.end(complete=True)
    assert (result["frames_scored"], result["frames_dropped"]) == (2, {PAUSED: 1})


def test_a_new_session_ends_the_one_before(robot: Robot, tmp_path: Path) -> None:
    robot.frame(0)
    ended = robot.keeper.start("second", None)
    assert ended is not None
    assert ended["session"] == "first"
    robot.frame(1)
    assert robot.keeper.end(complete=False)["session"] == "second"
    assert summary(tmp_path / "first")["complete"]
    assert not summary(tmp_path / "second")["complete"]


def keeper_that(
    begin: Beginning, like: ScanKeeper, warn: Callable[[str], None] = lambda _: None
) -> ScanKeeper:
    return ScanKeeper(SETTINGS, lambda: SETTINGS.mount, like._describe, like._folder, begin, warn)


def test_a_session_whose_files_cannot_be_written_is_not_replaced_by_the_next(
    robot: Robot, tmp_path: Path
) -> None:
    keeper = keeper_that(Beginning(overwrite=True), robot.keeper)
    playing = replace(robot, keeper=keeper)
    keeper.start("first", tmp_path / "first")
    for index in range(FRAMES - 1):
        playing.frame(index)
    (tmp_path / "first" / "crack_map.png").mkdir()
    with pytest.raises(CrackScannerError, match=r"crack_map\.png"):
        keeper.start("second", tmp_path / "second")
    playing.frame(FRAMES - 1)
    assert keeper.session is not None
    assert keeper.session.folder == tmp_path / "second"
    first = ScanStore.open(tmp_path / "first")
    assert first.progress().frames_scored == FRAMES - 1
    first.close()


def test_overwriting_is_not_for_sessions_of_the_same_process(robot: Robot, tmp_path: Path) -> None:
    keeper = keeper_that(Beginning(overwrite=True), robot.keeper)
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "scan.db").write_bytes(b"of an earlier process")
    keeper.start("first", tmp_path / "first")
    replace(robot, keeper=keeper).frame(0)
    with pytest.raises(CrackScannerError, match="already holds a session"):
        keeper.start("again", tmp_path / "first")
    assert keeper.end(complete=True)["frames_scored"] == 1


def test_a_session_is_named_after_the_time_of_its_first_frame(robot: Robot) -> None:
    robot.keeper.start("", None)
    robot.frame(0)
    assert robot.keeper.end(complete=True)["session"] == "scan 2023-11-14 22:13:20 UTC"


def test_a_folder_that_holds_a_session_is_refused(robot: Robot, tmp_path: Path) -> None:
    robot.frame(0)
    robot.keeper.end(complete=True)
    with pytest.raises(CrackScannerError, match="already holds a session"):
        robot.keeper.start("again", tmp_path / "first")


def test_nothing_is_written_of_a_session_without_frames(robot: Robot, tmp_path: Path) -> None:
    robot.odometry(0)
    robot.camera(0)
    assert robot.keeper.end(complete=True) is None
    assert list(tmp_path.iterdir()) == []


def test_a_session_whose_source_has_failed_does_not_look_finished(robot: Robot, tmp_path: Path) -> None:
    robot.frame(0)
    robot.keeper.abandon()
    assert [path.name for path in (tmp_path / "first").iterdir()] == ["scan.db"]
    assert robot.keeper.end(complete=True) is None


def test_the_truth_goes_into_the_session(robot: Robot, tmp_path: Path) -> None:
    robot.keeper.truth = {"type": "FeatureCollection", "features": []}
    robot.frame(0)
    assert robot.keeper.end(complete=True)["truth"]["false_cracks"] == 0
    assert (tmp_path / "first" / "truth.geojson").is_file()


def test_frames_wait_while_the_mount_is_not_known(robot: Robot) -> None:
    known: list[Pose] = []
    keeper = ScanKeeper(
        SETTINGS, lambda: known[0] if known else None, robot.keeper._describe, robot.keeper._folder
    )
    waiting = replace(robot, keeper=keeper)
    waiting.frame(0)
    assert (keeper.session, keeper.waiting) == (None, 1)
    known.append(SETTINGS.mount)
    waiting.frame(1)
    assert keeper.end(complete=True)["frames_scored"] == 2


def test_a_restarted_node_goes_on_with_the_session_of_its_folder(robot: Robot, tmp_path: Path) -> None:
    for index in range(FRAMES // 2):
        robot.frame(index)
    robot.keeper.abandon()
    again = keeper_that(Beginning(resume=True), robot.keeper)
    again.start("first", tmp_path / "first")
    resumed = replace(robot, keeper=again)
    for index in range(FRAMES):
        resumed.frame(index)
    result = again.end(complete=True)
    assert (result["frames"], result["frames_scored"], result["cracks"]) == (FRAMES, FRAMES, 1)


def test_a_folder_that_holds_a_session_is_refused_wherever_the_next_one_is_kept(
    robot: Robot, tmp_path: Path
) -> None:
    robot.frame(0)
    robot.keeper.end(complete=True)
    keeper = keeper_that(Beginning(database="postgresql://nobody@/nowhere"), robot.keeper)
    with pytest.raises(CrackScannerError, match="already holds a session"):
        keeper.start("again", tmp_path / "first")
