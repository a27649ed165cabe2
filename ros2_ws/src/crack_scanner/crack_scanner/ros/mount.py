"""Where the camera sits on the robot: from tf where there is one, otherwise from parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from rclpy.node import Node
from rclpy.time import Time

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.parameters import Parameter
from crack_scanner.surface.pose import Pose

_REPEAT = 10.0
AUTO, TF, PARAMETERS = "auto", "tf", "parameters"
MOUNT_FROM = Parameter(
    "mount_from",
    AUTO,
    "where the camera mount comes from; auto: tf where it is known, otherwise mount_xyz and mount_rpy",
    choices=(AUTO, TF, PARAMETERS),
)


class CameraMount:
    """The camera's optical frame in the robot's base frame."""

    def __init__(self, node: Node, mount_from: str, given: Pose, base_frame: str) -> None:
        """given: the mount of the parameters."""
        self._node = node
        self._mount_from = mount_from
        self._given = given
        self._base_frame = base_frame
        self._buffer: Any = None if mount_from == PARAMETERS else _tf_buffer(node)
        if mount_from == TF and self._buffer is None:
            raise CrackScannerError(
                "parameter 'mount_from' is tf but tf2_ros is not installed; "
                "use parameters and give mount_xyz and mount_rpy"
            )

    def pose(self, camera_frame: str) -> Pose | None:
        """Where the camera is, given the frame_id of its pictures; None while tf does not say."""
        transform = self._looked_up(camera_frame)
        if transform is not None:
            self._node.get_logger().info(f"camera mount {self._base_frame} to {camera_frame} from tf")
            return transform
        if self._mount_from == TF:
            self._node.get_logger().warning(
                f"frames wait: tf has no transform from {self._base_frame} to {camera_frame}; publish it "
                "(robot_state_publisher, static_transform_publisher) or use mount_from:=parameters",
                throttle_duration_sec=_REPEAT,
            )
            return None
        self._node.get_logger().info("camera mount from mount_xyz and mount_rpy")
        return self._given

    def _looked_up(self, camera_frame: str) -> Pose | None:
        if self._buffer is None or not self._buffer.can_transform(self._base_frame, camera_frame, Time()):
            return None
        transform = self._buffer.lookup_transform(self._base_frame, camera_frame, Time()).transform
        shift, turn = transform.translation, transform.rotation
        return Pose(np.array([shift.x, shift.y, shift.z]), np.array([turn.x, turn.y, turn.z, turn.w]))


def _tf_buffer(node: Node) -> Any:
    """A tf buffer that listens; None where tf2_ros is not installed."""
    try:
        from tf2_ros import Buffer, TransformListener
    except ImportError:
        return None
    buffer = Buffer(node=node)
    # Lives as long as the buffer does.
    buffer.listener = TransformListener(buffer, node)
    return buffer
