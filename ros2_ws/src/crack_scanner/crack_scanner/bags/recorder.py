"""Writes what a scan sees into a rosbag2 MCAP bag, without ROS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rosbags.typesys import Stores, get_typestore

from crack_scanner.bags.mcap_writer import BagWriter
from crack_scanner.bags.stored_topic import StoredTopic
from crack_scanner.bags.topics import CAMERA, COMPRESSED, ODOMETRY, RAW
from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.surface.pose import Pose

RAW_PICTURES, PNG, JPEG = "raw", "png", "jpeg"
PICTURES = (RAW_PICTURES, PNG, JPEG)
_NANOSECONDS = 1_000_000_000
_CODING = {PNG: [cv2.IMWRITE_PNG_COMPRESSION, 1], JPEG: [cv2.IMWRITE_JPEG_QUALITY, 95]}


class BagRecorder:
    """One bag: `image` or `image/compressed`, `camera_info` and `odom`, stamped as the scan saw them.

    A process that is killed loses at most what came after its last picture, or a few small pictures. raw
    and png keep every pixel, jpeg does not.
    """

    def __init__(self, path: Path, pictures: str = RAW_PICTURES, split_bytes: int = 0) -> None:
        """split_bytes: size from which the bag goes on in another file; 0: never."""
        self._pictures = pictures
        self._store = get_typestore(Stores.ROS2_JAZZY)
        self._writer = BagWriter(path, split_bytes)
        self._topics: dict[str, StoredTopic] = {}

    @property
    def messages(self) -> int:
        """How many were written."""
        return self._writer.messages

    def add(self, event: Frame | Odometry) -> None:
        """Write a picture with its camera, or a pose."""
        if isinstance(event, Odometry):
            self._write("/odom", ODOMETRY, event.stamp_ns, self._odometry(event))
            return
        self._write("/camera_info", CAMERA, event.stamp_ns, self._camera(event))
        topic, kind = ("/image", RAW) if self._pictures == RAW_PICTURES else ("/image/compressed", COMPRESSED)
        self._write(topic, kind, event.stamp_ns, self._picture(event))

    def close(self) -> None:
        """Write the index and metadata.yaml."""
        self._writer.close()

    def _write(self, name: str, kind: str, stamp_ns: int, message: Any) -> None:
        if name not in self._topics:
            self._topics[name] = known_topic(self._store, name, kind)
        self._writer.write(self._topics[name], stamp_ns, self._store.serialize_cdr(message, kind))

    def _picture(self, frame: Frame) -> Any:
        header, image = self._header(frame.stamp_ns, "camera_optical_frame"), frame.image
        height, width = image.shape[:2]
        if self._pictures == RAW_PICTURES:
            pixels = np.ascontiguousarray(image).ravel()
            return self._store.types[RAW](header, height, width, "rgb8", 0, width * 3, pixels)
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        done, data = cv2.imencode(f".{self._pictures}", bgr, _CODING[self._pictures])
        if not done:
            raise CrackScannerError(f"a picture of {width} x {height} px cannot be coded as {self._pictures}")
        return self._store.types[COMPRESSED](header, self._pictures, data.ravel())

    def _camera(self, frame: Frame) -> Any:
        types, camera = self._store.types, frame.camera
        projection = np.hstack([camera.matrix, np.zeros((3, 1))]).ravel()
        return types[CAMERA](
            self._header(frame.stamp_ns, "camera_optical_frame"),
            camera.height,
            camera.width,
            camera.model,
            camera.distortion.ravel().astype(np.float64),
            camera.matrix.ravel().astype(np.float64),
            np.eye(3).ravel(),
            projection,
            0,
            0,
            types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False),
        )

    def _odometry(self, odometry: Odometry) -> Any:
        types, pose = self._store.types, odometry.pose
        zero = types["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
        twist = types["geometry_msgs/msg/Twist"](zero, zero)
        return types[ODOMETRY](
            self._header(odometry.stamp_ns, "odom"),
            "base_link",
            types["geometry_msgs/msg/PoseWithCovariance"](self._pose(pose), pose.covariance.ravel()),
            types["geometry_msgs/msg/TwistWithCovariance"](twist, np.zeros(36)),
        )

    def _pose(self, pose: Pose) -> Any:
        types = self._store.types
        return types["geometry_msgs/msg/Pose"](
            types["geometry_msgs/msg/Point"](*pose.position.tolist()),
            types["geometry_msgs/msg/Quaternion"](*pose.quaternion.tolist()),
        )

    def _header(self, stamp_ns: int, frame_id: str) -> Any:
        types = self._store.types
        stamp = types["builtin_interfaces/msg/Time"](*divmod(stamp_ns, _NANOSECONDS))
        return types["std_msgs/msg/Header"](stamp, frame_id)


def known_topic(store: Any, name: str, kind: str, qos: str = "") -> StoredTopic:
    """A topic of a type that rosbags' type store knows."""
    definition, _ = store.generate_msgdef(kind, ros_version=2)
    return StoredTopic(name, kind, definition, qos=qos, type_hash=store.hash_rihs01(kind))
