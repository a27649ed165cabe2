"""Publishes what a source delivers, at its pace: image, camera_info and odom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from nav_msgs.msg import Odometry as OdometryMessage
from rclpy.duration import Duration
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from crack_scanner.frames import Frame, Odometry
from crack_scanner.messages.stamps import to_nanoseconds
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.geometry import camera_to_info, odometry_to_message
from crack_scanner.ros.images import rgb_to_message
from crack_scanner.ros.pacing import FlightWindow, Pacer
from crack_scanner.ros.parameters import DELIVERY, Parameter
from crack_scanner.ros.stamps import to_time
from crack_scanner.sources.source import Source

NOT_LOGGED = "not logged in time"
# Longest wait for something that another process has to do, between two looks at whether to stop, seconds.
_LOOK_UP = 0.2
_SAY_WAITING = 10.0
# A lossless source goes on without word of a frame after this long, seconds.
_LOGGED_WAIT = 20.0
_GOODBYE = 2.0

PARAMETERS = (
    DELIVERY,
    Parameter("time_factor", 1.0, "times real time at which a recorded source runs; 0: flat out", 0, 100),
    Parameter("wait_for_subscribers", True, "begin only when somebody listens to all that is published"),
    Parameter("publish_clock", False, "publish the source's own time on /clock, for nodes with use_sim_time"),
    Parameter("camera_frame", "camera_optical_frame", "frame_id of pictures"),
    Parameter("odom_frame", "odom", "frame_id of odometry"),
    Parameter("base_frame", "base_link", "child_frame_id of odometry"),
)


@dataclass(frozen=True)
class PublishingOptions:
    """The parameters above, as values."""

    delivery: str
    time_factor: float
    wait_for_subscribers: bool
    publish_clock: bool
    camera_frame: str
    odom_frame: str
    base_frame: str

    @staticmethod
    def of(values: dict[str, Any]) -> PublishingOptions:
        """From declared parameters."""
        return PublishingOptions(**{parameter.name: values[parameter.name] for parameter in PARAMETERS})


class SourcePublisher:
    """Runs a source in a thread of its own, as cameras block while they wait for a picture.

    When the source has ended, `scan_finished` is published (latched) with the stamp of the last
    frame, so that the logger knows what to wait for.
    """

    def __init__(
        self,
        node: Node,
        source: Source,
        options: PublishingOptions,
        diagnostics: Diagnostics,
        with_odometry: bool = True,
    ) -> None:
        """`with_odometry`: whether the source has poses; a bare camera leaves `odom` to the robot."""
        self._node = node
        self._source = source
        self._options = options
        self._diagnostics = diagnostics
        self._pacer = Pacer(0.0 if source.live else options.time_factor)
        self._window = FlightWindow(qos.FRAMES_IN_FLIGHT)
        self._changed = threading.Condition()
        self._stopping = False
        self._error: BaseException | None = None
        self._offset_ns: int | None = None
        self._last_frame_ns = 0
        self._image = node.create_publisher(Image, "image", qos.frames_out())
        self._info = node.create_publisher(CameraInfo, "camera_info", qos.stream())
        self._odometry = (
            node.create_publisher(OdometryMessage, "odom", qos.odometry(lossless=True))
            if with_odometry
            else None
        )
        self._finished = node.create_publisher(Header, "scan_finished", qos.latched())
        self._clock = node.create_publisher(Clock, "/clock", 10) if options.publish_clock else None
        if self._lossless:
            node.create_subscription(Header, "frame_logged", self._logged, qos.stream())
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)
        self._thread.start()

    @property
    def _lossless(self) -> bool:
        return self._options.delivery == qos.LOSSLESS and not self._source.live

    def is_finished(self) -> bool:
        """Whether the source has ended; raises what ended it too early."""
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True

    def close(self) -> None:
        """End the thread and give back the source."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(_GOODBYE)
        self._source.close()

    def _run(self) -> None:
        try:
            self._wait_for_listeners()
            for item in self._source:
                if self._stopping or not self._publish(item):
                    return
            self._say_finished()
        except BaseException as error:  # noqa: BLE001 - raised again in is_finished
            self._error = error

    def _publish(self, item: Frame | Odometry) -> bool:
        """Publish an item when it is due; False when stopped before."""
        item = replace(item, stamp_ns=self._stamp(item.stamp_ns))
        delay = self._pacer.delay(item.stamp_ns, time.monotonic())
        if delay > 0 and self._wait(lambda: False, delay):
            return False
        if self._clock is not None:
            self._clock.publish(Clock(clock=to_time(item.stamp_ns)))
        if isinstance(item, Frame):
            return self._publish_frame(item)
        if self._odometry is not None:
            options = self._options
            self._odometry.publish(odometry_to_message(item, options.odom_frame, options.base_frame))
        return True

    def _publish_frame(self, frame: Frame) -> bool:
        if self._lossless:
            if self._wait(lambda: not self._window.full, _LOGGED_WAIT):
                return False
            self._take_place(frame.stamp_ns)
        frame_id = self._options.camera_frame
        self._info.publish(camera_to_info(frame.camera, frame.stamp_ns, frame_id))
        self._image.publish(rgb_to_message(frame.image, frame.stamp_ns, frame_id))
        self._last_frame_ns = frame.stamp_ns
        self._diagnostics.handled(frame.stamp_ns)
        return True

    def _stamp(self, source_ns: int) -> int:
        """Files and simulations start now, unless the graph runs on their own clock."""
        if self._source.live or self._clock is not None:
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
                    "the inference and logger nodes run, all with delivery:=lossless, and does odom come?"
                )
            self._window.sent(stamp_ns)

    def _logged(self, message: Header) -> None:
        with self._changed:
            self._window.arrived(to_nanoseconds(message.stamp))
            self._changed.notify_all()

    def _wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Wait until `done`, at most so many seconds; True when stopped meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or done(), seconds)
            return self._stopping

    def _wait_for_listeners(self) -> None:
        since = time.monotonic()
        while self._options.wait_for_subscribers and not self._heard():
            if self._wait(lambda: False, _LOOK_UP):
                return
            if time.monotonic() - since > _SAY_WAITING:
                since = time.monotonic()
                self._node.get_logger().info(
                    f"waiting for subscribers to {self._image.topic_name}, camera_info and odom; "
                    "wait_for_subscribers:=false begins at once"
                )

    def _heard(self) -> bool:
        publishers = [self._image, self._info] + ([] if self._odometry is None else [self._odometry])
        return all(publisher.get_subscription_count() > 0 for publisher in publishers)

    def _say_finished(self) -> None:
        if self._lossless:
            self._wait(lambda: len(self._window) == 0, _LOGGED_WAIT)
        self._finished.publish(Header(stamp=to_time(self._last_frame_ns)))
        for publisher in (self._odometry, self._info, self._image, self._finished):
            if publisher is not None:
                publisher.wait_for_all_acked(Duration(seconds=_GOODBYE))
