"""Records what a scan is made of into a bag that can be replayed: image, camera_info, odom, tf."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nav_msgs.msg import Odometry
from rclpy.context import Context
from rclpy.qos import QoSProfile
from rosbags.typesys import Stores, get_typestore
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header, String

from crack_scanner.bags.mcap_writer import BagWriter
from crack_scanner.bags.recorder import known_topic
from crack_scanner.errors import CrackScannerError
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics, SequenceGaps
from crack_scanner.ros.parameters import DELIVERY, Parameter, declare
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.subscriptions import NOT_TAKEN
from crack_scanner.ros.wire import type_name

PARAMETERS = (
    Parameter("bag", "", "folder of the bag; it must not be there yet"),
    Parameter("split_mb", 0, "size from which the bag goes on in another file, MB; 0: never", 0, 1_000_000),
    DELIVERY,
)
_TF = (("/tf", qos.transforms()), ("/tf_static", qos.fixed_transforms()))
_PICTURES = (Image, CompressedImage)
# After a signal, seconds: silence that says that all has been taken, and how long sources are heard at most.
_QUIET_S, _CATCHING_UP_S = 0.3, 3.0


class RecorderNode(ServiceNode):
    """Writes messages as they come, undecoded, until it is ended; a process killed loses next to nothing."""

    def __init__(self, context: Context) -> None:
        super().__init__("recorder_node", context)
        values = declare(self, PARAMETERS)
        if not values["bag"]:
            raise CrackScannerError(f"parameter 'bag' is empty; expected {PARAMETERS[0].description}")
        self._store = get_typestore(Stores.ROS2_JAZZY)
        self._writer = BagWriter(Path(values["bag"]), values["split_mb"] * 10**6)
        self._diagnostics = Diagnostics(self)
        self._latest = time.monotonic()
        self._ended: float | None = None
        delivery = values["delivery"]
        lossless = delivery == qos.LOSSLESS
        for kind, topic in ((Image, "image"), (CompressedImage, "image/compressed")):
            self._record(kind, topic, qos.recorded_frames(delivery))
        self._record(CameraInfo, "camera_info", qos.cameras(lossless))
        self._record(Odometry, "odom", qos.odometry(lossless))
        self._record(String, "truth", qos.latched(), qos.LATCHED_OFFERED)
        self._record(Header, "scan_finished", qos.latched(), qos.LATCHED_OFFERED)
        self._record_transforms()
        self.get_logger().info(f"recording into {values['bag']}")

    def is_catching_up(self) -> bool:
        """Until nothing has come for a moment, or sources that go on have been heard long enough."""
        now = time.monotonic()
        if self._ended is None:
            self._ended = self._latest = now
        return now - self._latest < _QUIET_S and now - self._ended < _CATCHING_UP_S

    def close(self, failed: bool) -> None:
        """Write the bag's index and metadata.yaml."""
        self._writer.close()
        dropped = self._diagnostics.statistics.dropped.total()
        lost = f"; {dropped} pictures came too fast and are missing" if dropped else ""
        self.get_logger().info(f"{self._writer.messages} messages recorded in {self._writer.folder}{lost}")

    def _record_transforms(self) -> None:
        """tf, where its messages are installed."""
        try:
            kind = importlib.import_module("tf2_msgs.msg").TFMessage
        except ModuleNotFoundError:
            self.get_logger().info("tf is not recorded: tf2_msgs is not installed")
            return
        for topic, profile in _TF:
            offered = qos.LATCHED_OFFERED if topic == "/tf_static" else ""
            self._record(kind, topic, profile, offered)

    def _record(self, kind: type, topic: str, profile: QoSProfile, offered: str = "") -> None:
        stored = known_topic(self._store, self.resolve_topic_name(topic), type_name(kind), offered)
        count = self._picture_counter() if kind in _PICTURES else _count_nothing

        def take(raw: bytes, info: dict[str, Any]) -> None:
            count(info)
            self._latest = time.monotonic()
            self._writer.write(stored, self.get_clock().now().nanoseconds, raw)

        self.create_subscription(kind, topic, take, profile, raw=True)

    def _picture_counter(self) -> Callable[[dict[str, Any]], None]:
        gaps = SequenceGaps()

        def count(info: dict[str, Any]) -> None:
            self._diagnostics.statistics.add()
            missed = gaps.missed(info["publication_sequence_number"])
            self._diagnostics.statistics.drop(NOT_TAKEN, missed)

        return count


def _count_nothing(_info: dict[str, Any]) -> None:
    """Only pictures are counted."""


def main() -> None:
    """Entry point."""
    sys.exit(run(RecorderNode))


if __name__ == "__main__":
    main()
