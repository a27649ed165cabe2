"""Keeps the crack map: tile_scores, camera_info and odom in, map topics and a session folder out."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from crack_scanner_interfaces.msg import TileScores
from crack_scanner_interfaces.srv import Export, StartSession
from nav_msgs.msg import Odometry
from rclpy.context import Context
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header, String
from std_srvs.srv import SetBool

from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.draining import Drain
from crack_scanner.ros.geometry import camera_from_info, odometry_from_message
from crack_scanner.ros.map_publisher import MapPublisher
from crack_scanner.ros.mount import MOUNT_FROM, CameraMount
from crack_scanner.ros.parameters import (
    DELIVERY,
    MODEL,
    Parameter,
    declare,
    scan_settings,
    setting_parameters,
)
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.sessions import SESSION, SessionDesk
from crack_scanner.ros.stamps import stamp_ns, to_nanoseconds
from crack_scanner.ros.subscriptions import Guarded
from crack_scanner.ros.tiles import scores_from_message

PARAMETERS = (
    *setting_parameters(),
    *SESSION,
    MOUNT_FROM,
    MODEL,
    DELIVERY,
    Parameter("base_frame", "base_link", "the robot's frame, for tf"),
    Parameter("exit_when_finished", True, "end once a source that says scan_finished has been logged"),
    Parameter(
        "drain_timeout", 5.0, "longest silence after scan_finished before the scan is closed, s", 0.1, 600.0
    ),
)


class LoggerNode(ServiceNode):
    """Owns the running session."""

    def __init__(self, context: Context) -> None:
        super().__init__("logger_node", context)
        values = declare(self, PARAMETERS)
        settings = scan_settings(values)
        self._mount = CameraMount(self, values["mount_from"], settings.mount, values["base_frame"])
        self._desk = SessionDesk(self, values, settings, lambda: self._mount.pose(self._camera_frame))
        self._keeper = self._desk.keeper
        self._drain = Drain(values["drain_timeout"])
        self._exits = values["exit_when_finished"]
        self._odom_frame, self._camera_frame = "odom", ""
        self._diagnostics = Diagnostics(self, self._desk.details)
        self._map = MapPublisher(self, lambda: self._keeper.session, lambda: self._odom_frame)
        self._subscribe(values["delivery"])
        self.create_service(StartSession, "start_session", self._desk.start_session)
        self.create_service(Export, "export", self._desk.export)
        self.create_service(SetBool, "pause", self._desk.pause)

    def is_finished(self) -> bool:
        """Whether the source has ended and all it sent is in the map."""
        return self._exits and self._drain.done(self._keeper.waiting, time.monotonic())

    def close(self) -> None:
        """Write the session's files."""
        self._map.publish()
        self._desk.close(complete=self.is_finished())

    def _subscribe(self, delivery: str) -> None:
        lossless = delivery == qos.LOSSLESS
        guarded = Guarded(self, self._diagnostics)
        for kind, topic, convert, handle, profile in (
            (TileScores, "tile_scores", scores_from_message, self._take_scores, qos.stream()),
            (CameraInfo, "camera_info", camera_from_info, self._take_camera, qos.cameras(lossless)),
            (Odometry, "odom", odometry_from_message, self._take_odometry, qos.odometry(lossless)),
        ):
            self.create_subscription(kind, topic, guarded.handler(topic, convert, handle), profile)
        self.create_subscription(Header, "scan_finished", self._take_end, qos.latched())
        self.create_subscription(String, "truth", self._take_truth, qos.latched())

    def _take_scores(self, message: Any, scores: Any) -> None:
        self._camera_frame = message.header.frame_id
        self._keeper.add_scores(scores)
        self._drain.arrived(scores.stamp_ns, time.monotonic())
        self._diagnostics.handled(scores.stamp_ns)

    def _take_camera(self, message: Any, camera: Any) -> None:
        self._keeper.add_camera(stamp_ns(message), camera)

    def _take_odometry(self, message: Any, odometry: Any) -> None:
        self._odom_frame = message.header.frame_id or self._odom_frame
        self._keeper.add_odometry(odometry)

    def _take_end(self, message: Any) -> None:
        self._drain.source_finished(to_nanoseconds(message.stamp), time.monotonic())

    def _take_truth(self, message: Any) -> None:
        self._keeper.truth = json.loads(message.data)


def main() -> None:
    """Entry point."""
    sys.exit(run(LoggerNode))


if __name__ == "__main__":
    main()
