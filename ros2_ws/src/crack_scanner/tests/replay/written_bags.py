"""Bags of a simulated scan written by rosbags: with other topic names, encodings and compressions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as Ros2Writer
from rosbags.typesys import Stores, get_typestore

from crack_scanner.frames import Frame, Odometry
from crack_scanner.surface.camera import Camera

IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
INFO, ODOMETRY = "sensor_msgs/msg/CameraInfo", "nav_msgs/msg/Odometry"


class Messages:
    """Frames and odometry as messages of one ROS version."""

    def __init__(self, ros1: bool = False) -> None:
        self.ros1 = ros1
        self.store = get_typestore(Stores.ROS1_NOETIC if ros1 else Stores.ROS2_JAZZY)

    def raw(self, kind: str, message: Any) -> bytes:
        serialize = self.store.serialize_ros1 if self.ros1 else self.store.serialize_cdr
        return bytes(serialize(message, kind))

    def image(self, frame: Frame, encoding: str) -> tuple[str, Any]:
        header = self._header(frame.stamp_ns, "camera")
        height, width = frame.image.shape[:2]
        bgr = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
        if encoding in ("png", "jpeg"):
            data = cv2.imencode(f".{encoding}", bgr)[1].ravel()
            return COMPRESSED, self.store.types[COMPRESSED](header, encoding, data)
        pixels = np.ascontiguousarray(frame.image if encoding == "rgb8" else bgr).ravel()
        return IMAGE, self.store.types[IMAGE](header, height, width, encoding, 0, width * 3, pixels)

    def info(self, stamp_ns: int, camera: Camera) -> tuple[str, Any]:
        types, k = self.store.types, camera.matrix.ravel()
        p = np.hstack([camera.matrix, np.zeros((3, 1))]).ravel()
        roi = types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
        header = self._header(stamp_ns, "camera")
        d = camera.distortion.ravel()
        size = (camera.height, camera.width)
        return INFO, types[INFO](header, *size, camera.model, d, k, np.eye(3).ravel(), p, 0, 0, roi)

    def odometry(self, item: Odometry) -> tuple[str, Any]:
        types = self.store.types
        point = types["geometry_msgs/msg/Point"](*item.pose.position.tolist())
        turn = types["geometry_msgs/msg/Quaternion"](*item.pose.quaternion.tolist())
        zero = types["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
        pose = types["geometry_msgs/msg/PoseWithCovariance"](
            types["geometry_msgs/msg/Pose"](point, turn), item.pose.covariance.ravel()
        )
        twist = types["geometry_msgs/msg/TwistWithCovariance"](
            types["geometry_msgs/msg/Twist"](zero, zero), np.zeros(36)
        )
        return ODOMETRY, types[ODOMETRY](self._header(item.stamp_ns, "odom"), "base_link", pose, twist)

    def _header(self, stamp_ns: int, frame_id: str) -> Any:
        types = self.store.types
        stamp = types["builtin_interfaces/msg/Time"](*divmod(stamp_ns, 10**9))
        header = types["std_msgs/msg/Header"]
        return header(0, stamp, frame_id) if self.ros1 else header(stamp, frame_id)


def write_bag(
    path: Path,
    events: Iterable[Frame | Odometry],
    encoding: str = "rgb8",
    compression: CompressionMode = CompressionMode.NONE,
    storage: StoragePlugin = StoragePlugin.MCAP,
    without: tuple[str, ...] = (),
) -> Path:
    """A bag of some events, of ROS 1 where the path ends in .bag. without: kinds of messages left out."""
    messages = Messages(path.suffix == ".bag")
    writer: Any
    if messages.ros1:
        writer = Ros1Writer(path)
    else:
        writer = Ros2Writer(path, version=9, storage_plugin=storage)
        writer.set_compression(compression, CompressionFormat.ZSTD)
    names = {IMAGE: "/cam/left", COMPRESSED: "/cam/left/compressed", INFO: "/cam/camera_info"}
    with writer:
        known: dict[str, Any] = {}
        for event in events:
            made = (
                [messages.odometry(event)]
                if isinstance(event, Odometry)
                else [
                    messages.info(event.stamp_ns, event.camera),
                    messages.image(event, encoding),
                ]
            )
            for kind, message in made:
                if kind in without:
                    continue
                if kind not in known:
                    topic = names.get(kind, "/robot/wheel_odometry")
                    known[kind] = writer.add_connection(topic, kind, typestore=messages.store)
                writer.write(known[kind], event.stamp_ns, messages.raw(kind, message))
    return path
