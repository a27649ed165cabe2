"""Frames meet their pose, or are dropped with a reason."""

import numpy as np
import pytest

from crack_scanner.pipeline import localizer
from crack_scanner.pipeline.localizer import Localizer
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose
from crack_scanner.surface.pose_buffer import Lookup
from crack_scanner.vision.scores import TileScores

SETTINGS = ScanSettings()
CAMERA = Camera.from_field_of_view(454, 227, 1.0)
SECOND = 1_000_000_000


def stamp(seconds: float) -> int:
    return round((100 + seconds) * SECOND)


def scores(stamp_ns: int) -> TileScores:
    two = np.zeros(2)
    return TileScores(
        stamp_ns,
        454,
        227,
        227,
        np.array([0, 227]),
        two.astype(np.int32),
        two.astype(np.float32),
        two + 1,
        "m",
    )


def pose(x: float) -> Pose:
    return Pose(np.array([x, 0, 0.5]))


@pytest.fixture
def stage() -> Localizer:
    return Localizer(SETTINGS, SETTINGS.surface, SETTINGS.mount)


def test_a_frame_waits_for_the_odometry_after_it(stage: Localizer) -> None:
    stage.add_odometry(stamp(0.0), pose(0.0))
    assert stage.add_scores(scores(stamp(0.05)), CAMERA) == []
    (located,) = stage.add_odometry(stamp(0.1), pose(1.0))
    assert located.view.camera_pose.position[0] == pytest.approx(0.5)
    assert not stage.dropped


def test_frames_come_out_in_the_order_they_came_in(stage: Localizer) -> None:
    stage.add_odometry(stamp(0), pose(0))
    for second in (0.1, 0.2, 0.3):
        stage.add_scores(scores(stamp(second)), CAMERA)
    released = stage.add_odometry(stamp(0.4), pose(1))
    assert [item.scores.stamp_ns for item in released] == [stamp(0.1), stamp(0.2), stamp(0.3)]


def test_a_zero_stamp_is_refused(stage: Localizer) -> None:
    assert stage.add_scores(scores(0), CAMERA) == []
    assert stage.dropped == {localizer.ZERO_STAMP: 1}


def test_a_frame_before_the_first_odometry_is_dropped(stage: Localizer) -> None:
    stage.add_odometry(stamp(1), pose(0))
    stage.add_scores(scores(stamp(0)), CAMERA)
    assert stage.dropped == {Lookup.BEFORE_FIRST.value: 1}


def test_the_wait_is_bounded_in_the_time_of_the_data(stage: Localizer) -> None:
    stage.add_scores(scores(stamp(0)), CAMERA)
    stage.add_scores(scores(stamp(SETTINGS.pose_wait + 0.1)), CAMERA)
    assert stage.dropped == {localizer.NO_LATER_ODOMETRY: 1}
    assert len(stage) == 1


def test_the_queue_is_bounded(stage: Localizer) -> None:
    for index in range(SETTINGS.queue_frames + 10):
        stage.add_scores(scores(stamp(index * 1e-3)), CAMERA)
    assert len(stage) == SETTINGS.queue_frames
    assert stage.dropped == {localizer.QUEUE_FULL: 10}


def test_a_gap_in_the_odometry_is_not_bridged(stage: Localizer) -> None:
    stage.add_odometry(stamp(0), pose(0))
    stage.add_scores(scores(stamp(0.2)), CAMERA)
    assert stage.add_odometry(stamp(10), pose(1)) == []
    assert stage.dropped == {Lookup.GAP.value: 1}


def test_a_clock_that_jumps_back_drops_what_waited(stage: Localizer) -> None:
    stage.add_odometry(stamp(50), pose(0))
    stage.add_scores(scores(stamp(50.1)), CAMERA)
    stage.add_odometry(stamp(0), pose(0))
    assert stage.dropped == {localizer.CLOCK_JUMPED: 1}


def test_at_the_end_nothing_is_left_waiting(stage: Localizer) -> None:
    stage.add_odometry(stamp(0), pose(0))
    stage.add_scores(scores(stamp(0.1)), CAMERA)
    assert stage.finish() == []
    assert len(stage) == 0
    assert stage.dropped == {localizer.NO_LATER_ODOMETRY: 1}


@pytest.mark.parametrize("start", [0.0, 4.0])
@pytest.mark.parametrize("lag", range(-8, 6))
def test_a_looping_clock_gives_no_picture_a_pose_of_the_other_pass(
    stage: Localizer, lag: int, start: float
) -> None:
    """lag: by how many pictures the odometry arrives late, negative early; the second pass runs far away."""
    seconds = [0.1 * step for step in range(1, 60)]
    passes = [(second, 0) for second in seconds] + [(second, 1) for second in seconds if second > start]
    found: list[tuple[int, int]] = []
    pictures: dict[int, int] = {}
    for step in range(-8, len(passes) + 8):
        if 0 <= step < len(passes):
            second, of_pass = passes[step]
            taken = stamp(second) + 1_000_000 * of_pass  # tells the passes apart
            pictures[taken] = of_pass
            found += _passes_of(stage.add_scores(scores(taken), CAMERA), pictures)
        if 0 <= step - lag < len(passes):
            second, of_pass = passes[step - lag]
            found += _passes_of(stage.add_odometry(stamp(second), pose(1000.0 * of_pass)), pictures)
    assert [pair for pair in found if pair[0] != pair[1]] == []
    assert {of_picture for of_picture, _ in found} == {0, 1}
    assert stage.dropped[localizer.CLOCK_JUMPED] <= abs(lag) + 2


def _passes_of(located: list[localizer.LocatedScores], pictures: dict[int, int]) -> list[tuple[int, int]]:
    """Of each picture the pass that it was taken in and the pass that its pose is of."""
    return [
        (pictures[one.scores.stamp_ns], round(float(one.view.camera_pose.position[0]) / 1000))
        for one in located
    ]
