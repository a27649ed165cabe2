"""Where the camera mount comes from. tf2_ros is played by a stand-in with the same two calls."""

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import Quaternion, TransformStamped, Vector3
from rclpy.node import Node

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.mount import CameraMount
from crack_scanner.surface.pose import Pose

MakeNode = Callable[..., Node]
GIVEN = Pose.from_xyz_rpy((0.1, 0.0, 0.2), (0.0, 0.0, 0.0))


@pytest.fixture
def transforms(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Vector3]:
    """What the stand-in's tf knows: (target frame, source frame) to translation."""
    known: dict[tuple[str, str], Vector3] = {}

    class Buffer:
        def __init__(self, node: Node) -> None:
            pass

        def can_transform(self, target: str, source: str, _time: Any) -> bool:
            return (target, source) in known

        def lookup_transform(self, target: str, source: str, _time: Any) -> TransformStamped:
            answer = TransformStamped()
            answer.transform.translation = known[target, source]
            answer.transform.rotation = Quaternion(x=0.0, y=0.0, z=0.0, w=1.0)
            return answer

    module = ModuleType("tf2_ros")
    vars(module).update(Buffer=Buffer, TransformListener=lambda buffer, node: SimpleNamespace())
    monkeypatch.setitem(sys.modules, "tf2_ros", module)
    return known


@pytest.fixture
def without_tf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tf2_ros", None)


def test_tf_wins_where_it_knows(make_node: MakeNode, transforms: dict[tuple[str, str], Vector3]) -> None:
    transforms["base_link", "camera"] = Vector3(x=1.0, y=2.0, z=3.0)
    pose = CameraMount(make_node(), "auto", GIVEN, "base_link").pose("camera")
    assert pose is not None
    np.testing.assert_array_equal(pose.position, [1.0, 2.0, 3.0])


@pytest.mark.usefixtures("transforms")
def test_parameters_are_taken_where_tf_does_not_know(make_node: MakeNode) -> None:
    assert CameraMount(make_node(), "auto", GIVEN, "base_link").pose("camera") is GIVEN


@pytest.mark.usefixtures("without_tf")
def test_parameters_are_taken_where_there_is_no_tf(make_node: MakeNode) -> None:
    assert CameraMount(make_node(), "auto", GIVEN, "base_link").pose("camera") is GIVEN


def test_tf_can_be_ignored(make_node: MakeNode, transforms: dict[tuple[str, str], Vector3]) -> None:
    transforms["base_link", "camera"] = Vector3(x=1.0)
    assert CameraMount(make_node(), "parameters", GIVEN, "base_link").pose("camera") is GIVEN


def test_frames_wait_for_a_tf_that_was_asked_for(
    make_node: MakeNode, transforms: dict[tuple[str, str], Vector3]
) -> None:
    mount = CameraMount(make_node(), "tf", GIVEN, "base_link")
    assert mount.pose("camera") is None
    transforms["base_link", "camera"] = Vector3(x=1.0)
    assert mount.pose("camera") is not None


@pytest.mark.usefixtures("without_tf")
def test_a_tf_that_was_asked_for_must_be_installed(make_node: MakeNode) -> None:
    with pytest.raises(CrackScannerError, match="tf2_ros is not installed"):
        CameraMount(make_node(), "tf", GIVEN, "base_link")
