"""Pictures and poses of a bag, in the order of their stamps, and what is said of the clock."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crack_scanner.bags.bag import Bag
from crack_scanner.bags.topics import WantedTopics
from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.messages.geometry import covariance_unknown
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.bag import BagSource
from tests.replay.small_events import drive, odometry, picture, stamp
from tests.replay.written_bags import ODOMETRY, Messages, write_bag, write_messages
from tests.vision.damaged_picture import jpeg_of_a_damaged_size

Event = Frame | Odometry
NEVER = -np.inf


def read(bag: Path, **more: Any) -> tuple[list[Event], dict[str, Any]]:
    source = BagSource(bag, ScanSettings(), **more)
    try:
        source.check()
        return list(source), source.findings()
    finally:
        source.close()


def odd(findings: dict[str, Any], stream: str) -> dict[str, float]:
    counts = dict(findings["clock"][stream])
    del counts["messages"]
    return {name: count for name, count in counts.items() if count}


def in_gap(event: Event) -> bool:
    return stamp(2) < event.stamp_ns < stamp(12)


CASES: dict[str, tuple[list[Event], dict[str, float], dict[str, float]]] = {
    "steady": (drive(0, 3), {}, {}),
    "a loop": (drive(0, 3) + drive(0, 3), {"jumps_back": 1}, {"jumps_back": 1}),
    "a gap": (
        [event for event in drive(0, 14) if isinstance(event, Frame) or not in_gap(event)],
        {"gaps": 1, "longest_gap_s": 10.0},
        {},
    ),
    "zero stamps": (
        [odometry(NEVER), *drive(0, 3), picture(NEVER), picture(NEVER)],
        {"zero_stamps": 1},
        {"zero_stamps": 2},
    ),
    "twice the same": ([*drive(0, 3), odometry(2.9)], {"repeated": 1}, {}),
}


@pytest.mark.parametrize(("events", "poses", "pictures"), CASES.values(), ids=CASES.keys())
def test_the_clock_of_a_bag(
    tmp_path: Path, events: list[Event], poses: dict[str, float], pictures: dict[str, float]
) -> None:
    found, findings = read(write_bag(tmp_path / "bag", events, recorded_in_order=True))
    # Those without a time have no place in the order.
    timed = [[event.stamp_ns for event in some if event.stamp_ns] for some in (found, events)]
    assert timed[0] == timed[1]
    assert len(found) == len(events)
    assert (odd(findings, "odometry"), odd(findings, "pictures")) == (poses, pictures)


def test_what_was_recorded_out_of_order_comes_in_order(tmp_path: Path) -> None:
    events = drive(0, 10)
    late = random.Random(1)
    shuffled = sorted(events, key=lambda event: event.stamp_ns + late.uniform(0, 0.4e9))
    found, findings = read(write_bag(tmp_path / "bag", shuffled, recorded_in_order=True))
    assert [event.stamp_ns for event in found] == [event.stamp_ns for event in events]
    assert odd(findings, "odometry")["out_of_order"] > 5


@pytest.mark.parametrize(
    ("kind", "covariance"),
    [
        ("geometry_msgs/msg/PoseStamped", False),
        ("geometry_msgs/msg/PoseWithCovarianceStamped", True),
        ("tf2_msgs/msg/TFMessage", False),
    ],
)
def test_odometry_of_any_kind(tmp_path: Path, kind: str, covariance: bool) -> None:
    events = drive(0, 2)
    found, findings = read(write_bag(tmp_path / "bag", events, odometry_as=kind))
    poses = [event for event in found if isinstance(event, Odometry)]
    expected = [event for event in events if isinstance(event, Odometry)]
    assert [pose.stamp_ns for pose in poses] == [event.stamp_ns for event in expected]
    assert np.allclose([pose.pose.position for pose in poses], [event.pose.position for event in expected])
    assert findings["bag"]["odometry"] == "/robot/wheel_odometry"


@pytest.mark.parametrize("variance", [-1.0, np.nan, 0.0, 1e9])
@pytest.mark.parametrize("kind", [ODOMETRY, "geometry_msgs/msg/PoseWithCovarianceStamped"])
def test_a_covariance_that_is_not_known_is_said_once(tmp_path: Path, variance: float, kind: str) -> None:
    messages = Messages()
    made = []
    for number in range(3):
        frame = picture(float(number))
        kind, pose = messages.odometry(odometry(float(number)), kind)
        pose.pose.covariance = np.full(36, variance)
        sent = [(kind, pose), messages.info(frame.stamp_ns, frame.camera), messages.image(frame, "rgb8")]
        made.append((frame.stamp_ns, sent))
    said: list[str] = []
    events, _ = read(write_messages(tmp_path / "bag", messages, made), log=said.append)
    assert len(events) == 6
    unknown = not variance >= 0.0
    assert said == [covariance_unknown("/robot/wheel_odometry")] * unknown


def test_tf_of_other_frames_is_named_with_its_cure(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", drive(0, 2), odometry_as="tf2_msgs/msg/TFMessage")
    with pytest.raises(CrackScannerError, match=r"from map to robot .*odom to base_link.*--odom-frame"):
        read(bag, frames=("map", "robot"))


def test_a_topic_of_the_wrong_type_is_named_with_its_cure(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", drive(0, 2))
    with pytest.raises(CrackScannerError, match=r"/cam/left is sensor_msgs/msg/Image; .*--odometry"):
        read(bag, topics=WantedTopics(odometry="/cam/left"))


def test_pictures_that_cannot_be_decoded_are_refused_before_anything_begins(tmp_path: Path) -> None:
    messages = Messages()
    frame = picture(0.0)
    kind, image = messages.image(frame, "bgr8")
    image.encoding = "16UC1"
    pose, info = messages.odometry(odometry(0.0)), messages.info(frame.stamp_ns, frame.camera)
    bag = write_messages(tmp_path / "bag", messages, [(frame.stamp_ns, [pose, info, (kind, image)])])
    with pytest.raises(CrackScannerError, match=r"no picture that can be used in /cam/left: .*'16UC1'"):
        read(bag)


def test_a_damaged_picture_is_left_out_and_counted(tmp_path: Path) -> None:
    messages = Messages()
    made = []
    for number in range(3):
        frame = picture(float(number))
        kind, image = messages.image(frame, "jpeg")
        if number == 1:
            image.data = np.frombuffer(jpeg_of_a_damaged_size(), np.uint8)
        pose = messages.odometry(odometry(float(number)))
        made.append((frame.stamp_ns, [pose, messages.info(frame.stamp_ns, frame.camera), (kind, image)]))
    events, findings = read(write_messages(tmp_path / "bag", messages, made))
    assert sum(isinstance(event, Frame) for event in events) == 2
    assert findings["bag"]["unreadable_messages"] == 1


def test_of_no_topics_there_are_no_messages(tmp_path: Path) -> None:
    bag = Bag(write_bag(tmp_path / "bag", drive(0, 2)))
    assert list(bag.messages([])) == []
    bag.close()
