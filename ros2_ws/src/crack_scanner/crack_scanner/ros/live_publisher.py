"""Publishes the events of a scan that runs in this process, for other nodes, at the pace of its recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType

import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from crack_scanner.frames import Frame, Odometry
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.event_publisher import EventPublisher, PublishingOptions


class LivePublisher:
    """A node beside the scan. What nobody listens to, or listens to too slowly, does not hold up the scan."""

    def __init__(self, options: PublishingOptions) -> None:
        self._context = Context()
        rclpy.init(args=[], context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        self._node = Node("replay_node", context=self._context)
        self._publisher = EventPublisher(self._node, options, Diagnostics(self._node), live=False)

    def publish_all(self, events: Iterable[Frame | Odometry]) -> Iterator[Frame | Odometry]:
        """Hand events on, each when it is due and has been published."""
        self._publisher.wait_for_listeners()
        for item in events:
            if not self._publisher.publish(item):
                return
            yield item
        self._publisher.say_finished()

    def __enter__(self) -> LivePublisher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._publisher.stop()
        self._publisher.close()
        self._node.destroy_node()
        self._context.try_shutdown()
