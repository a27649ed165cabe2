import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from crack_scanner.frames import Frame, Odometry
from crack_scanner.sources.simulator.config import SimulatorConfig
from crack_scanner.sources.simulator.cracks import Crack
from crack_scanner.sources.simulator.robot import SimulatedRobot
from crack_scanner.sources.source import Source
from crack_scanner.surface.pose import Pose
from crack_scanner.surface.pose_buffer import Lookup, PoseBuffer

SMALL: dict[str, Any] = {
    "wall_width": 0.9,
    "wall_height": 0.5,
    "texel": 0.001,
    "rim": 0.05,
    "width_px": 320,
    "height_px": 240,
    "distance": 0.3,
    "frame_rate": 5.0,
    "speed": 0.3,
}


def small_config(**changes: Any) -> SimulatorConfig:
    """A scan of half a metre of wall with a little camera, some fields changed."""
    return SimulatorConfig(**{**SMALL, **changes})


@pytest.fixture(scope="module")
def robot() -> SimulatedRobot:
    return SimulatedRobot(small_config())


def digest(config: SimulatorConfig) -> str:
    """Of everything a scan delivers."""
    total = hashlib.sha256()
    for message in SimulatedRobot(config):
        total.update(str(message.stamp_ns).encode())
        if isinstance(message, Frame):
            total.update(message.image.tobytes())
        else:
            total.update(message.pose.position.tobytes() + message.pose.covariance.tobytes())
    return total.hexdigest()


def test_same_bytes_whatever_the_number_of_threads() -> None:
    config = small_config(drift=0.01, wobble=0.01, duration=1.5)
    threads = cv2.getNumThreads()
    try:
        digests = set()
        for count in (1, 2, 4):
            cv2.setNumThreads(count)
            digests.add(digest(config))
    finally:
        cv2.setNumThreads(threads)
    assert len(digests) == 1
    assert digest(small_config(drift=0.01, wobble=0.01, duration=1.5, seed=2)) not in digests


def test_messages_come_in_order_after_a_real_epoch(robot: SimulatedRobot) -> None:
    stamps = [message.stamp_ns for message in SimulatedRobot(small_config(duration=2.0))]
    assert stamps[0] == 1_700_000_000_000_000_000
    assert stamps == sorted(stamps)


def test_as_many_pictures_as_expected(robot: SimulatedRobot) -> None:
    messages = list(SimulatedRobot(small_config()))
    frames = [message for message in messages if isinstance(message, Frame)]
    assert len(frames) == robot.frames_expected
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    assert {frame.image.shape for frame in frames} == {(240, 320, 3)}


@pytest.mark.parametrize("duration", [None, 0.05, 0.11, 1.0, 3.7])
def test_every_picture_lies_between_two_odometry_messages(duration: float | None) -> None:
    poses = PoseBuffer(history=1000.0)
    frames = []
    for message in SimulatedRobot(small_config(duration=duration, width_px=64, height_px=64)):
        if isinstance(message, Odometry):
            poses.add(message.stamp_ns, message.pose)
        else:
            frames.append(message)
    assert all(poses.lookup(frame.stamp_ns).outcome is Lookup.FOUND for frame in frames)


def test_a_picture_does_not_depend_on_those_before(robot: SimulatedRobot) -> None:
    late = robot.render(7).image
    robot.render(2)
    assert np.array_equal(robot.render(7).image, late)
    assert np.array_equal(SimulatedRobot(small_config()).render(7).image, late)


def test_perfect_odometry_interpolates_to_the_true_pose(robot: SimulatedRobot) -> None:
    poses = PoseBuffer(history=1000.0)
    for odometry in robot.odometry():
        poses.add(odometry.stamp_ns, odometry.pose)
    for index in range(robot.frames_expected):
        t = robot.frame_time(index)
        answer = poses.lookup(robot.render(index).stamp_ns) if index % 10 == 0 else None
        if answer and answer.pose:
            np.testing.assert_allclose(answer.pose.position, robot.trajectory.pose(t).position, atol=5e-5)


def test_a_crack_is_rendered_where_its_truth_projects() -> None:
    """Across a drawn crack the darkness centres on the projected line to half a pixel."""
    line = np.stack([np.linspace(0.1, 0.8, 60), 0.25 + 0.05 * np.sin(np.linspace(0, 5, 60))], axis=1)
    crack = Crack(1, line, np.full(60, 0.003))
    robot = SimulatedRobot(small_config(cracks=(crack,), exposure=0.0, wobble=0.03, texel=0.0005))
    errors = []
    for index in range(4, robot.frames_expected, 7):
        picture = 255.0 - robot.render(index).image.mean(axis=2)
        pixels = robot.view(robot.frame_time(index)).surface_to_pixels(line)
        for x, y in pixels[5:-5]:
            if 10 < x < 310 and 15 < y < 225:
                errors.append(_line_centre(picture, x, y) - y)
    assert len(errors) > 50
    assert np.abs(np.median(errors)) < 0.15
    assert np.quantile(np.abs(errors), 0.95) < 0.5


def _line_centre(darkness: np.ndarray, x: float, y: float) -> float:
    """Height of the darkest stretch in the column nearest to x, around y."""
    top = round(y) - 8
    left = int(np.floor(x))
    share = x - left
    column = (1 - share) * darkness[top : top + 17, left] + share * darkness[top : top + 17, left + 1]
    weight = np.clip(column - np.median(column) - 15.0, 0.0, None)
    return float((weight * np.arange(top, top + 17)).sum() / max(weight.sum(), 1e-9))


def test_truth_of_generated_and_of_unknown_walls(tmp_path: Path) -> None:
    assert SimulatedRobot(small_config(crack_count=0)).truth is not None
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((300, 500, 3), 140, np.uint8))
    unknown = SimulatedRobot(small_config(wall_picture=path, wall_width=1.0))
    assert unknown.truth is None
    assert (unknown.surface.width, unknown.surface.height) == pytest.approx((1.0, 0.6))


class Standing:
    """A robot that stays where it is for two seconds."""

    duration = 2.0

    def pose(self, t: float) -> Pose:
        return Pose(np.array([0.4, 0.05, 0.25]))


def test_any_trajectory_can_be_driven() -> None:
    standing = SimulatedRobot(small_config(exposure=0.001), trajectory=Standing())
    assert standing.frames_expected == 10
    assert all(np.array_equal(odometry.pose.position, [0.4, 0.05, 0.25]) for odometry in standing.odometry())


def test_it_is_a_source() -> None:
    source: Source = SimulatedRobot(small_config(duration=0.5))
    assert source.name == "simulator"


def test_nothing_more_comes_after_close(robot: SimulatedRobot) -> None:
    closing = SimulatedRobot(small_config())
    messages = iter(closing)
    next(messages)
    closing.close()
    assert list(messages) == []


def test_pictures_that_are_known_are_left_out_and_the_rest_stays_as_it_was() -> None:
    config = small_config(duration=2.0, drift=0.01)
    whole = list(SimulatedRobot(config))
    frames = [message for message in whole if isinstance(message, Frame)]
    resumed = SimulatedRobot(config)
    resumed.start_at(frames[4].stamp_ns)
    rest = list(resumed)
    assert [m.stamp_ns for m in rest if isinstance(m, Odometry)] == [
        m.stamp_ns for m in whole if isinstance(m, Odometry)
    ]
    again = [message for message in rest if isinstance(message, Frame)]
    assert [frame.sequence for frame in again] == list(range(4, len(frames)))
    assert np.array_equal(again[0].image, frames[4].image)
