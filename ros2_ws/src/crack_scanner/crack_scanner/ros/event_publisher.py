"""Publishes pictures and odometry when they are due: image, camera_info, odom and, on request, /clock."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nav_msgs.msg import Odometry as OdometryMessage
from rclpy.duration import Duration
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header, String

from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.messages.stamps import to_nanoseconds
from crack_scanner.pipeline.localizer import ZERO_STAMP
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.geometry import camera_to_info, odometry_to_message
from crack_scanner.ros.pacing import FlightWindow, Pacer
from crack_scanner.ros.parameters import DELIVERY, Parameter
from crack_scanner.ros.picture_publisher import PicturePublisher
from crack_scanner.ros.stamps import to_time
from crack_scanner.surface.pose_buffer import JUMP_BACK_S

NOT_LOGGED = "not logged in time"
# Longest wait for something that another process has to do, between two looks at whether to stop, seconds.
_LOOK_UP = 0.2
_SAY_WAITING = 10.0
# A lossless source goes on without word of a frame after this long, seconds.
_LOGGED_WAIT = 20.0
_GOODBYE = 2.0
# Time in which nodes find each other, seconds.
_DISCOVERY = 2.0
# Seconds between two messages on /clock while nothing else is due.
_TICK = 0.025

PARAMETERS = (
    DELIVERY,
    Parameter("time_factor", 1.0, "times real time at which a recorded source runs; 0: flat out", 0, 100),
    Parameter(
        "wait_for_subscribers",
        True,
        "begin only when somebody listens to all that is published; otherwise after two seconds at most",
    ),
    Parameter("least_subscribers", 1, "how many have to listen to each topic before it begins", 1, 100),
    Parameter("publish_clock", False, "publish the source's own time on /clock, for nodes with use_sim_time"),
    Parameter("camera_frame", "camera_optical_frame", "frame_id of pictures"),
    Parameter("odom_frame", "odom", "frame_id of odometry"),
    Parameter("base_frame", "base_link", "child_frame_id of odometry"),
)


@dataclass(frozen=True)
class PublishingOptions:
    """The parameters above, as values."""

    delivery: str = qos.LIVE
    time_factor: float = 1.0
    wait_for_subscribers: bool = True
    least_subscribers: int = 1
    publish_clock: bool = False
    camera_frame: str = "camera_optical_frame"
    odom_frame: str = "odom"
    base_frame: str = "base_link"

    @staticmethod
    def of(values: dict[str, Any]) -> PublishingOptions:
        """From declared parameters."""
        return PublishingOptions(**{parameter.name: values[parameter.name] for parameter in PARAMETERS})


class EventPublisher:
    """Publishes one event after the other; `publish` returns when it is out, which may take long.

    `stop` may be called from another thread and ends every wait.
    """

    def __init__(
        self,
        node: Node,
        options: PublishingOptions,
        diagnostics: Diagnostics,
        live: bool,
        with_odometry: bool = True,
    ) -> None:
        """`live`: events come at their own pace. `with_odometry`: whether there are poses among them."""
        if not (live or options.publish_clock) and node.get_parameter("use_sim_time").value:
            raise CrackScannerError(
                "parameter 'use_sim_time' is true but this source brings its own time; expected false, and "
                "publish_clock:=true where other nodes are to run on it"
            )
        self._node = node
        self._options = options
        self._diagnostics = diagnostics
        self._live = live
        self._pacer = Pacer(0.0 if live else options.time_factor)
        self._window = FlightWindow(qos.FRAMES_IN_FLIGHT)
        self._changed = threading.Condition()
        self._offset_ns: int | None = None
        self._last_frame_ns = self._newest_ns = 0
        self.stopping = False
        self._pictures = PicturePublisher(node)
        self._info = node.create_publisher(CameraInfo, "camera_info", qos.stream())
        self._odometry = (
            node.create_publisher(OdometryMessage, "odom", qos.odometry(lossless=True))
            if with_odometry
            else None
        )
        self._findings = node.create_publisher(String, "source_findings", qos.latched())
        self._finished = node.create_publisher(Header, "scan_finished", qos.latched())
        self._clock = node.create_publisher(Clock, "/clock", 10) if options.publish_clock else None
        self._lossless = options.delivery == qos.LOSSLESS and not live
        if self._lossless:
            node.create_subscription(Header, "frame_logged", self._logged, qos.stream())

    def stop(self) -> None:
        """End whatever is waited for."""
        with self._changed:
            self.stopping = True
            self._changed.notify_all()

    def close(self) -> None:
        """Give back what pictures lie in; after the last one."""
        self._pictures.close()

    def publish(self, item: Frame | Odometry) -> bool:
        """Publish an event when it is due; False when stopped before."""
        if item.stamp_ns <= 0:
            return self._refuse(item)
        item = replace(item, stamp_ns=self._stamp(item.stamp_ns))
        if not self._follow_jump(item.stamp_ns) or not self._wait_until_due(item.stamp_ns):
            return False
        self._tick(item.stamp_ns)
        if isinstance(item, Frame):
            return self._publish_frame(item)
        if self._odometry is not None:
            options = self._options
            self._odometry.publish(odometry_to_message(item, options.odom_frame, options.base_frame))
        return True

    def wait_for_listeners(self) -> None:
        """Wait until somebody listens to all that is published: for ever where that is wanted.

        Otherwise only as long as nodes that are there already take to find each other.
        """
        begin = since = time.monotonic()
        while not self._heard():
            if self._wait(lambda: False, _LOOK_UP):
                return
            if not self._options.wait_for_subscribers:
                if self._live or time.monotonic() - begin > _DISCOVERY:
                    return
            elif time.monotonic() - since > _SAY_WAITING:
                since = time.monotonic()
                self._node.get_logger().info(
                    f"waiting for subscribers to {self._pictures.topic_name}, camera_info and odom; "
                    "wait_for_subscribers:=false begins without them"
                )

    def say_finished(self, findings: Mapping[str, Any] | None = None) -> None:
        """Tell the logger that the last frame is out, and before that what was found out about the source."""
        if self._lossless:
            self._wait(lambda: len(self._window) == 0, _LOGGED_WAIT)
        goodbye = Duration(seconds=_GOODBYE)
        if findings is not None:
            self._findings.publish(String(data=json.dumps(findings)))
            self._findings.wait_for_all_acked(goodbye)
        self._finished.publish(Header(stamp=to_time(self._last_frame_ns)))
        for publisher in (self._odometry, self._info, self._pictures, self._finished):
            if publisher is not None:
                publisher.wait_for_all_acked(goodbye)

    def _refuse(self, item: Frame | Odometry) -> bool:
        """Without a time an event says nothing; its source has counted it."""
        if isinstance(item, Frame):
            self._diagnostics.statistics.drop(ZERO_STAMP)
        return True

    def _follow_jump(self, stamp_ns: int) -> bool:
        """Where the source's time jumps back, let the graph get through with what came before."""
        if self._lossless and stamp_ns < self._newest_ns - JUMP_BACK_S * 1e9:
            if self._wait(lambda: len(self._window) == 0, _LOGGED_WAIT):
                return False
            self._newest_ns = stamp_ns
        self._newest_ns = max(self._newest_ns, stamp_ns)
        return True

    def _wait_until_due(self, stamp_ns: int) -> bool:
        """Wait, while the clock ticks; False when stopped meanwhile."""
        while (delay := self._pacer.delay(stamp_ns, time.monotonic())) > 0:
            if self._wait(lambda: False, min(delay, _TICK)):
                return False
            left = max(0.0, delay - _TICK)
            self._tick(stamp_ns - int(left * self._options.time_factor * 1e9))
        return not self.stopping

    def _tick(self, now_ns: int) -> None:
        if self._clock is not None:
            self._clock.publish(Clock(clock=to_time(now_ns)))

    def _publish_frame(self, frame: Frame) -> bool:
        if self._lossless:
            if self._wait(lambda: not self._window.full, _LOGGED_WAIT):
                return False
            self._take_place(frame.stamp_ns)
        frame_id = self._options.camera_frame
        self._info.publish(camera_to_info(frame.camera, frame.stamp_ns, frame_id))
        self._pictures.publish(frame.image, frame.stamp_ns, frame_id)
        self._last_frame_ns = frame.stamp_ns
        self._diagnostics.handled(frame.stamp_ns)
        return True

    def _stamp(self, source_ns: int) -> int:
        """Files and simulations start now, unless the graph runs on their own clock."""
        if self._live or self._clock is not None:
            return source_ns
        if self._offset_ns is None:
            self._offset_ns = self._node.get_clock().now().nanoseconds - source_ns
        return source_ns + self._offset_ns

    def _take_place(self, stamp_ns: int) -> None:
        with self._changed:
            if self._window.full:
                lost = self._window.give_up()
                self._diagnostics.statistics.drop(NOT_LOGGED, lost)
                self._node.get_logger().warning(
                    f"no frame_logged for {lost} frames within {_LOGGED_WAIT:g} s; going on without them: do "
                    "the tiling, inference and logger nodes run, all with delivery:=lossless?"
                )
            self._window.sent(stamp_ns)

    def _logged(self, message: Header) -> None:
        with self._changed:
            self._window.arrived(to_nanoseconds(message.stamp))
            self._changed.notify_all()

    def _wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Wait until `done`, at most so many seconds; True when stopped meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopping or done(), seconds)
            return self.stopping

    def _heard(self) -> bool:
        publishers = [self._info] + ([] if self._odometry is None else [self._odometry])
        heard = [self._pictures.listeners(), *(one.get_subscription_count() for one in publishers)]
        return min(heard) >= self._options.least_subscribers
