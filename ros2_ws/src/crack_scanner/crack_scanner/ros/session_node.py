"""What the logger and the scanner have in common: a running session and what surrounds it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from crack_scanner_interfaces.srv import Export, StartSession
from nav_msgs.msg import Odometry as OdometryMessage
from rclpy.context import Context
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header, String
from std_srvs.srv import SetBool

from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Odometry
from crack_scanner.messages.geometry import (
    camera_from_info,
    covariance_unknown,
    knows_covariance,
    odometry_from_message,
)
from crack_scanner.messages.source_words import findings_from_message, truth_from_message
from crack_scanner.messages.stamps import stamp_ns, to_nanoseconds
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.draining import Drain
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
from crack_scanner.ros.runner import ServiceNode
from crack_scanner.ros.sessions import SESSION, SessionDesk
from crack_scanner.ros.stamps import to_time
from crack_scanner.ros.subscriptions import Guarded
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores

PARAMETERS = (
    *setting_parameters(),
    *SESSION,
    MOUNT_FROM,
    MODEL,
    DELIVERY,
    Parameter("base_frame", "base_link", "the robot's frame, for tf"),
    Parameter("exit_when_finished", True, "end once a source that says scan_finished has been logged"),
    Parameter(
        "drain_timeout", 5.0, "longest silence after scan_finished before the scan is closed, s", 0.1, 600
    ),
)


class SessionNode(ServiceNode):
    """Owns the session: map topics, services, diagnostics, and the end of the scan."""

    def __init__(self, name: str, context: Context, table: Sequence[Parameter] = PARAMETERS) -> None:
        super().__init__(name, context)
        self.values = declare(self, table)
        self.settings = scan_settings(self.values)
        self.lossless = self.values["delivery"] == qos.LOSSLESS
        if self.lossless:
            self.settings = self.settings.patient()
        self._drain = Drain(self.values["drain_timeout"])
        self._logged = self.create_publisher(Header, "frame_logged", qos.stream())
        self._odom_frame, self._camera_frame = "odom", ""

    def open(self, source: str, surface: SurfacePlane, mount: Pose) -> None:
        """Make ready for a session about `surface` in the odom frame; `mount` is used where tf is not."""
        values = self.values
        place = CameraMount(self, values["mount_from"], mount, values["base_frame"])
        self._desk = SessionDesk(
            self, values, self.settings, source, surface, lambda: place.pose(self._camera_frame)
        )
        self.keeper = self._desk.keeper
        self.diagnostics = Diagnostics(self, self._desk.details, self.lost)
        self._map = MapPublisher(self, lambda: self.keeper.session, lambda: self._odom_frame)
        self.create_service(StartSession, "start_session", self._desk.start_session)
        self.create_service(Export, "export", self._desk.export)
        self.create_service(SetBool, "pause", self._desk.pause)

    def is_finished(self) -> bool:
        """Whether the source has ended and all it sent is in the map."""
        return bool(self.values["exit_when_finished"]) and self._is_drained()

    def close(self, failed: bool) -> None:
        """Write the session's files and show the map a last time; after a failure only the database."""
        if failed:
            self.keeper.abandon()
            return
        finished = self.is_finished()
        # Stopping a live camera is the ordinary end of its scan; a recorded one has an end of its own.
        self.save(complete=self._is_drained() or not self.lossless, expected=finished)

    def save(self, complete: bool, expected: bool) -> None:
        """End the session with its files; that there never was one is an error where one is `expected`."""
        session = self.keeper.session
        self._desk.close(complete, expected)
        if session is not None:
            self._map.publish_last(session)

    def listen_to_robot(self) -> None:
        """Take odometry from the robot."""
        guarded = Guarded(self, self.diagnostics)
        take = guarded.handler("odom", odometry_from_message, self._take_odometry, self._count_timeless_pose)
        self.create_subscription(OdometryMessage, "odom", take, qos.odometry(self.lossless))

    def listen_to_camera(self) -> None:
        """Take intrinsics from the camera's driver, and what a recorded source says of itself."""
        guarded = Guarded(self, self.diagnostics)
        take = guarded.handler("camera_info", camera_from_info, self._take_camera)
        self.create_subscription(CameraInfo, "camera_info", take, qos.cameras(self.lossless))
        # Before the end, which comes behind it.
        self.create_subscription(String, "source_findings", self._take_findings, qos.latched())
        self.create_subscription(Header, "scan_finished", self._take_end, qos.latched())
        self.create_subscription(String, "truth", self._take_truth, qos.latched())

    def take_scores(self, scores: TileScores, camera_frame: str) -> None:
        """Put a scored frame into the map."""
        self._camera_frame = camera_frame
        self.keeper.add_scores(scores)
        self._desk.watch()
        # A lossless source may send another. Frames that wait for their pose do not hold it up: the
        # odometry they wait for comes behind other frames.
        self._logged.publish(Header(stamp=to_time(scores.stamp_ns)))
        self._drain.arrived(scores.stamp_ns, time.monotonic())
        self.diagnostics.handled(scores.stamp_ns)

    def lost(self) -> Counter[str]:
        """Frames that came, or should have come, and are in no map: for diagnostics, by reason."""
        return self.keeper.dropped

    def source_finished(self, last_frame_ns: int) -> None:
        """No frame after this one will come."""
        self._drain.source_finished(last_frame_ns, time.monotonic())

    def _is_drained(self) -> bool:
        return self._drain.done(self.keeper.waiting, time.monotonic())

    def _take_odometry(self, message: Any, odometry: Odometry) -> None:
        self._odom_frame = message.header.frame_id or self._odom_frame
        if not knows_covariance(message):
            self.get_logger().warning(covariance_unknown("odom"), once=True)
        self.keeper.add_odometry(odometry)

    def _count_timeless_pose(self) -> None:
        """The session counts it and keeps nothing of it."""
        self.keeper.add_odometry(Odometry(0, Pose(np.zeros(3))))

    def _take_camera(self, message: Any, camera: Camera) -> None:
        self.keeper.add_camera(stamp_ns(message), camera)

    def _take_end(self, message: Any) -> None:
        self.source_finished(to_nanoseconds(message.stamp))

    def _take_findings(self, message: Any) -> None:
        try:
            self.keeper.findings = findings_from_message(message)
        except CrackScannerError as error:
            self._ignore("source_findings", error)

    def _take_truth(self, message: Any) -> None:
        try:
            self.keeper.truth = truth_from_message(message)
        except CrackScannerError as error:
            self._ignore("truth", error)

    def _ignore(self, topic: str, error: CrackScannerError) -> None:
        self.get_logger().error(f"{self.resolve_topic_name(topic)} is ignored: {error}")
