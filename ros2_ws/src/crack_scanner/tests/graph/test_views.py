"""What rviz and Foxglove are told to show exists, with that type, and reaches them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    LivelinessPolicy,
    QoSCompatibility,
    QoSProfile,
    ReliabilityPolicy,
    qos_check_compatible,
)
from sensor_msgs.msg import CompressedImage, Image
from visualization_msgs.msg import Marker, MarkerArray

from crack_scanner.messages.images import compressed_to_rgb, image_to_rgb
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.ros import qos
from crack_scanner.ros.robot_markers import PATH
from tests.graph.conftest import NodeProcess, Probe

CONFIG = Path(__file__).parents[2] / "config"
TYPES = {
    "Map": "nav_msgs/msg/OccupancyGrid",
    "MarkerArray": "visualization_msgs/msg/MarkerArray",
    "Odometry": "nav_msgs/msg/Odometry",
    "Image": "sensor_msgs/msg/Image",
}
LEAST_LOOKS = 3
SMALL = {"surface_width": 0.8, "surface_height": 0.4, "frame_rate": 8.0, "delivery": "lossless"}
Start = Callable[..., NodeProcess]


def displays(tree: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All displays, those in groups too."""
    for display in tree:
        if display["Class"] == "rviz_common/Group":
            yield from displays(display["Displays"])
        else:
            yield display


def wanted_by_rviz() -> list[tuple[str, str, QoSProfile]]:
    """Topic, type and quality of service of each display."""
    config = yaml.safe_load((CONFIG / "crack_map.rviz").read_text(encoding="utf-8"))
    wanted = []
    for display in displays(config["Visualization Manager"]["Displays"]):
        topic = display["Topic"]
        profile = QoSProfile(
            depth=topic["Depth"],
            liveliness=LivelinessPolicy.AUTOMATIC,
            history=HistoryPolicy[topic["History Policy"].upper().replace(" ", "_")],
            durability=DurabilityPolicy[topic["Durability Policy"].upper().replace(" ", "_")],
            reliability=ReliabilityPolicy[topic["Reliability Policy"].upper().replace(" ", "_")],
        )
        wanted.append((topic["Value"], TYPES[display["Class"].partition("/")[2]], profile))
    return wanted


def wanted_by_foxglove() -> set[str]:
    """The topics of the layout."""
    panels = json.loads((CONFIG / "crack_map.foxglove.json").read_text(encoding="utf-8"))["configById"]
    named = {*panels["3D!map"]["topics"], panels["RawMessages!cracks"]["topicPath"].partition(".")[0]}
    named |= {panels["Image!camera"]["imageMode"][key] for key in ("imageTopic", "calibrationTopic")}
    return named | {panels["DiagnosticSummary!state"]["topicToRender"]}


def test_every_topic_of_a_display_exists_with_its_type_and_quality_of_service(
    start: Start, probe: Probe
) -> None:
    start("logger_node", **SMALL)
    start("inference_node", delivery="lossless")
    start("simulator_node", **SMALL)
    topics = {f"/{topic}" for topic, _, _ in wanted_by_rviz()} | wanted_by_foxglove()
    node = probe.node
    probe.wait("all topics", lambda: all(node.get_publishers_info_by_topic(topic) for topic in topics))
    for topic, kind, profile in wanted_by_rviz():
        for publisher in node.get_publishers_info_by_topic(f"/{topic}"):
            assert publisher.topic_type == kind, topic
            compatibility, reason = qos_check_compatible(publisher.qos_profile, profile)
            assert compatibility == QoSCompatibility.OK, (topic, reason)


def test_who_comes_when_the_scan_has_got_somewhere_sees_the_whole_map(start: Start, probe: Probe) -> None:
    early, figures = probe.listen(MarkerArray, "crack_map/markers", qos.latched()), probe.figures()
    start("scanner_node", source="simulator", exit_when_finished=False, **SMALL)
    probe.wait("cracks", lambda: early and any(m.ns == "labels" for m in early[-1].markers))
    late = probe.listen(MarkerArray, "crack_map/markers", qos.latched())
    robot = probe.listen(MarkerArray, "crack_map/robot", qos.latched())
    probe.wait("the map and the robot", lambda: late and robot and robot[-1].markers)
    assert any(marker.ns == "labels" for marker in late[0].markers)
    lists = [marker for marker in late[0].markers if marker.ns == "cracks"]
    assert len({marker.id for marker in lists}) == len(lists) == 5
    assert {marker.header.frame_id for marker in lists} == {"odom"}
    assert all(marker.type == Marker.LINE_LIST for marker in lists)
    kinds = {Marker.SPHERE, Marker.LINE_STRIP, Marker.TEXT_VIEW_FACING}
    assert {marker.type for marker in robot[-1].markers} == kinds
    [words] = [marker.text for marker in robot[-1].markers if marker.type == Marker.TEXT_VIEW_FACING]
    assert "lost=0" in words.split()
    # The simulator's own time began in the past.
    assert "lag_max_s" not in figures["scanner_node"]
    # The way of the first pictures is there, though nobody listened then.
    [path] = [marker for marker in robot[0].markers if (marker.ns, marker.id) == ("robot", PATH)]
    assert len(path.points) >= LEAST_LOOKS
    assert early[0].markers[0].action == Marker.DELETEALL


@pytest.mark.parametrize("composed", [True, False])
def test_the_picture_with_its_tiles_and_cracks_is_there_for_who_listens(
    start: Start, probe: Probe, composed: bool
) -> None:
    raw = probe.listen(Image, "overlay", qos.frames_in(qos.LIVE))
    packed = probe.listen(CompressedImage, "overlay/compressed", qos.frames_in(qos.LIVE))
    if composed:
        start("scanner_node", source="simulator", exit_when_finished=False, **SMALL)
    else:
        start("logger_node", **SMALL)
        start("inference_node", delivery="lossless")
        start("tiling_node", delivery="lossless")
        start("simulator_node", **SMALL)
    probe.wait("overlays", lambda: raw and packed)
    assert image_to_rgb(raw[0]).shape == compressed_to_rgb(packed[0]).shape
    assert {message.header.frame_id for message in (*raw, *packed)} == {"camera_optical_frame"}
    assert stamp_ns(raw[0]) > 0


@pytest.mark.parametrize("group", ["What was looked at", "Robot"])
def test_displays_that_belong_together_are_one_group(group: str) -> None:
    config = yaml.safe_load((CONFIG / "crack_map.rviz").read_text(encoding="utf-8"))
    names = [display["Name"] for display in config["Visualization Manager"]["Displays"]]
    assert group in names


def test_the_window_remembers_all_its_panels() -> None:
    """One that it does not know would show, and a picture that shows is subscribed to."""
    config = yaml.safe_load((CONFIG / "crack_map.rviz").read_text(encoding="utf-8"))
    state = bytes.fromhex(config["Window Geometry"]["QMainWindow State"])
    pictures = [
        display["Name"]
        for display in displays(config["Visualization Manager"]["Displays"])
        if display["Class"].endswith("/Image")
    ]
    for panel in [*(panel["Name"] for panel in config["Panels"]), *pictures]:
        assert panel.encode("utf-16-be") in state, panel


def test_the_first_view_can_be_returned_to() -> None:
    config = yaml.safe_load((CONFIG / "crack_map.rviz").read_text(encoding="utf-8"))
    views = config["Visualization Manager"]["Views"]
    assert views["Current"] in views["Saved"]
    assert len(views["Saved"]) == 2
