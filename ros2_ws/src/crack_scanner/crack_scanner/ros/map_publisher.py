"""Publishes the map while it grows, and only what somebody looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crack_scanner_interfaces.msg import CrackArray
from nav_msgs.msg import OccupancyGrid
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from visualization_msgs.msg import MarkerArray

from crack_scanner.pipeline.scan_session import ScanSession
from crack_scanner.ros import qos
from crack_scanner.ros.map_messages import coverage_to_message, cracks_to_message, probability_to_message
from crack_scanner.ros.markers import CrackMarkers
from crack_scanner.ros.robot_markers import robot_to_message, scan_words

_PERIOD = 1.0
_GOODBYE = 0.5


class MapPublisher:
    """Latched topics, at most once a second, each only when it has changed and somebody listens."""

    def __init__(
        self, node: Node, session: Callable[[], ScanSession | None], frame_id: Callable[[], str]
    ) -> None:
        """`session`, `frame_id`: the running session, if any, and the frame of its surface."""
        self._session = session
        self._frame_id = frame_id
        self._markers: tuple[ScanSession, CrackMarkers] | None = None
        self._published: dict[str, Any] = {}
        self._topics: dict[
            str, tuple[Publisher, Callable[[ScanSession], Any], Callable[[ScanSession], Any]]
        ] = {
            name: (node.create_publisher(kind, name, qos.latched()), version, make)
            for name, kind, version, make in (
                ("cracks", CrackArray, _cracks, self._crack_array),
                ("crack_map/markers", MarkerArray, _cracks, self._marker_array),
                ("crack_map/robot", MarkerArray, _newest, self._robot),
                ("crack_map/coverage", OccupancyGrid, _cells, self._coverage),
                ("crack_map/probability", OccupancyGrid, _cells, self._probability),
            )
        }
        node.create_timer(_PERIOD, self.publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def publish(self) -> None:
        """Publish what has changed since it was last published."""
        session = self._session()
        if session is not None:
            self._publish(session)

    def publish_last(self, session: ScanSession) -> None:
        """Publish the map of a session that has ended, and wait a moment until it has arrived."""
        self._publish(session)
        for publisher, _, _ in self._topics.values():
            publisher.wait_for_all_acked(Duration(seconds=_GOODBYE))

    def _publish(self, session: ScanSession) -> None:
        for name, (publisher, version, make) in self._topics.items():
            state = session, version(session)
            if publisher.get_subscription_count() and self._published.get(name) != state:
                publisher.publish(make(session))
                self._published[name] = state

    def _crack_array(self, session: ScanSession) -> CrackArray:
        surface, name = session.map.surface, session.info.name
        return cracks_to_message(session.map.cracks, surface, _stamp(session), self._frame_id(), name)

    def _marker_array(self, session: ScanSession) -> MarkerArray:
        if self._markers is None or self._markers[0] is not session:
            self._markers = session, CrackMarkers(session.map.surface)
        return self._markers[1].message(session.map.cracks, _stamp(session), self._frame_id())

    def _robot(self, session: ScanSession) -> MarkerArray:
        view = session.logger.newest
        if view is None:
            return MarkerArray()
        scanned = session.map.scanned_area / session.map.surface.area
        words = scan_words(session.logger.progress(), scanned, session.info.scale_known)
        return robot_to_message(view, session.logger.path, words, _stamp(session), self._frame_id())

    def _coverage(self, session: ScanSession) -> OccupancyGrid:
        return coverage_to_message(session.map, _stamp(session), self._frame_id())

    def _probability(self, session: ScanSession) -> OccupancyGrid:
        return probability_to_message(session.map, _stamp(session), self._frame_id())


def _cracks(session: ScanSession) -> Any:
    return session.map.cracks


def _cells(session: ScanSession) -> Any:
    return session.map.grid.version


def _newest(session: ScanSession) -> Any:
    return session.logger.newest


def _stamp(session: ScanSession) -> int:
    return session.logger.progress().last_stamp_ns or 0
