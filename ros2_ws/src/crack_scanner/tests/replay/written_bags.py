"""Bags of a simulated scan written by rosbags: with other topic names, encodings and compressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
POSE, TF = "geometry_msgs/msg/PoseStamped", "tf2_msgs/msg/TFMessage"
_NAMES = {IMAGE: "/cam/left", COMPRESSED: "/cam/left/compressed", INFO: "/cam/camera_info"}


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

    def odometry(self, item: Odometry, kind: str = ODOMETRY) -> tuple[str, Any]:
        types = self.store.types
        point = types["geometry_msgs/msg/Point"](*item.pose.position.tolist())
        turn = types["geometry_msgs/msg/Quaternion"](*item.pose.quaternion.tolist())
        zero = types["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
        header = self._header(item.stamp_ns, "odom")
        bare = types["geometry_msgs/msg/Pose"](point, turn)
        pose = types["geometry_msgs/msg/PoseWithCovariance"](bare, item.pose.covariance.ravel())
        if kind == ODOMETRY:
            twist = types["geometry_msgs/msg/TwistWithCovariance"](
                types["geometry_msgs/msg/Twist"](zero, zero), np.zeros(36)
            )
            return kind, types[kind](header, "base_link", pose, twist)
        if kind == TF:
            shift = types["geometry_msgs/msg/Vector3"](*item.pose.position.tolist())
            transform = types["geometry_msgs/msg/Transform"](shift, turn)
            stamped = types["geometry_msgs/msg/TransformStamped"](header, "base_link", transform)
            return kind, types[kind]([stamped])
        return kind, types[kind](header, bare if kind == POSE else pose)

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
    odometry_as: str = ODOMETRY,
    recorded_in_order: bool = False,
) -> Path:
    """A bag of some events, of ROS 1 where the path ends in .bag.

    without: kinds of messages left out. recorded_in_order: whatever their stamps say.
    """
    messages = Messages(path.suffix == ".bag")

    def made() -> Iterator[tuple[int, list[tuple[str, Any]]]]:
        for number, event in enumerate(events):
            when = number * 10**6 if recorded_in_order else event.stamp_ns
            if isinstance(event, Odometry):
                yield when, [messages.odometry(event, odometry_as)]
            else:
                info = messages.info(event.stamp_ns, event.camera)
                yield when, [info, messages.image(event, encoding)]

    kept = ((when, [one for one in some if one[0] not in without]) for when, some in made())
    return write_messages(path, messages, kept, compression, storage)


def write_messages(
    path: Path,
    messages: Messages,
    made: Iterable[tuple[int, list[tuple[str, Any]]]],
    compression: CompressionMode = CompressionMode.NONE,
    storage: StoragePlugin = StoragePlugin.MCAP,
) -> Path:
    """A bag of messages, given with their time of recording and their type."""
    writer: Any
    if messages.ros1:
        writer = Ros1Writer(path)
    else:
        writer = Ros2Writer(path, version=9, storage_plugin=storage)
        writer.set_compression(compression, CompressionFormat.ZSTD)
    with writer:
        known: dict[str, Any] = {}
        for when, some in made:
            for kind, message in some:
                if kind not in known:
                    topic = _NAMES.get(kind, "/robot/wheel_odometry")
                    known[kind] = writer.add_connection(topic, kind, typestore=messages.store)
                writer.write(known[kind], when, messages.raw(kind, message))
    return path
