"""Which topics of a bag are the pictures, the camera and the odometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crack_scanner.bags.bag import Topic
from crack_scanner.errors import CrackScannerError

RAW, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
CAMERA = "sensor_msgs/msg/CameraInfo"
ODOMETRY, TF = "nav_msgs/msg/Odometry", "tf2_msgs/msg/TFMessage"
POSE, POSE_COVARIANCE = "geometry_msgs/msg/PoseStamped", "geometry_msgs/msg/PoseWithCovarianceStamped"
# What never moves is no odometry.
_FIXED = ("/tf_static",)
# Raw pictures before compressed ones; poses with a covariance before those without.
_PICTURES = (RAW, COMPRESSED)
_POSES = (ODOMETRY, POSE_COVARIANCE, POSE, TF)


@dataclass(frozen=True)
class WantedTopics:
    """Names as the user gave them; empty: found by type."""

    image: str = ""
    camera_info: str = ""
    odometry: str = ""


@dataclass(frozen=True)
class ScanTopics:
    """What a scan is made of; camera_info: None where a calibration file takes its place."""

    image: Topic
    camera_info: Topic | None
    odometry: Topic


def choose_topics(topics: Sequence[Topic], wanted: WantedTopics, calibrated: bool) -> ScanTopics:
    """The topics of a scan; what is missing or could be several is an error that names the option."""
    image = _choose(topics, wanted.image, _PICTURES, "picture", "--image", "image")
    odometry = _choose(topics, wanted.odometry, _POSES, "odometry", "--odometry", "odom")
    if calibrated:
        return ScanTopics(image, None, odometry)
    beside = image.name.removesuffix("/compressed").rpartition("/")[0] + "/camera_info"
    there = any(topic.name == beside and topic.type == CAMERA and topic.count for topic in topics)
    name = wanted.camera_info or (beside if there else "")
    camera = _choose(topics, name, (CAMERA,), "camera_info", "--camera-info", "camera_info", "--calibration")
    return ScanTopics(image, camera, odometry)


def _choose(
    topics: Sequence[Topic],
    name: str,
    types: Sequence[str],
    meaning: str,
    option: str,
    usual: str,
    other_cure: str = "",
) -> Topic:
    expected = ", ".join(types)
    cure = f"name it with {option} TOPIC" + (f" or give {other_cure} YAML" if other_cure else "")
    there = ", ".join(f"{topic.name} ({topic.type}, {topic.count})" for topic in topics)
    if name:
        named = [topic for topic in topics if topic.name.strip("/") == name.strip("/")]
        fitting = [topic for topic in named if topic.type in types]
        if not named:
            raise CrackScannerError(f"the bag has no topic {name}; {option} takes one of: {there}")
        if not fitting:
            raise CrackScannerError(
                f"topic {name} is {named[0].type}; expected {expected}: {cure}. In the bag: {there}"
            )
        return fitting[0]
    for kind in types:
        found = [topic for topic in topics if topic.type == kind and topic.count and topic.name not in _FIXED]
        found = [topic for topic in found if topic.name.strip("/") == usual] or found
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(topic.name for topic in found)
            raise CrackScannerError(f"the bag has {len(found)} topics of type {kind} ({names}): {cure}")
    raise CrackScannerError(
        f"the bag has no {meaning}; expected a topic of {expected}: {cure}. There: {there}"
    )
