"""Subscriptions to frames: raw, counted, and only while somebody wants the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from rclpy.event_handler import PublisherEventCallbacks
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile

from crack_scanner.errors import CrackScannerError
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.ros.diagnostics import Diagnostics, SequenceGaps
from crack_scanner.ros.picture_ring import OverwrittenError
from crack_scanner.ros.wire import read_raw

Value = TypeVar("Value")

NOT_TAKEN = "newer frame came first"
OVERWRITTEN = "overwritten before it was read"
ZERO_STAMP = "zero stamp"
REFUSED = "refused"
_REPEAT_ERROR = 10.0


class Refusal:
    """Counts a topic's messages that cannot be used, and says why in the log: each topic for itself."""

    def __init__(self, node: Node, diagnostics: Diagnostics, topic: str) -> None:
        self._statistics = diagnostics.statistics
        self._topic = node.resolve_topic_name(topic)
        # A logger keeps in mind what it has said by the line of the program that said it.
        self._log = get_logger(node.get_logger().name)

    def __call__(self, error: CrackScannerError) -> None:
        """One message could not be used; a picture that came too late needs no words."""
        if isinstance(error, OverwrittenError):
            self._statistics.drop(OVERWRITTEN)
            return
        self._statistics.drop(REFUSED)
        self._log.error(f"{self._topic}: {error}", throttle_duration_sec=_REPEAT_ERROR)

    def timeless(self) -> None:
        """One message came with a stamp of zero: it is of no use, which is said once."""
        self._statistics.drop(ZERO_STAMP)
        self._log.warning(
            f"{self._topic}: message with a stamp of zero refused; expected the time of exposure in "
            "header.stamp: let the driver fill it in",
            once=True,
        )


class FrameSubscription(Generic[Value]):
    """Hands the frames of a topic to `read`, counting those that are missed or refused.

    A message arrives serialised and is read without copying its data. One with a stamp of zero is
    refused, as nobody could say where the camera was; that is said once.
    """

    def __init__(
        self,
        node: Node,
        message_type: type,
        topic: str,
        qos: QoSProfile,
        diagnostics: Diagnostics,
        read: Callable[[Any], Value],
        take: Callable[[Value], None] = lambda _: None,
        timeless: Callable[[], None] = lambda: None,
        counts_missed: bool = True,
    ) -> None:
        """read: what it raises is the message's fault, which is counted. take: given what `read` returned.

        What `take` raises is not. timeless: called for each message with a stamp of zero. counts_missed:
        whether a gap is a loss.
        """
        self._node = node
        self._counts_missed = counts_missed
        self._type = message_type
        self._statistics = diagnostics.statistics
        self._read = read
        self._take = take
        self._timeless = timeless
        self._refuse = Refusal(node, diagnostics, topic)
        self._gaps = SequenceGaps()
        self._subscription = node.create_subscription(message_type, topic, self._receive, qos, raw=True)

    def destroy(self) -> None:
        """Stop receiving."""
        self._node.destroy_subscription(self._subscription)

    def _receive(self, raw: bytes, info: dict[str, Any]) -> None:
        missed = self._gaps.missed(info["publication_sequence_number"])
        if self._counts_missed:
            self._statistics.drop(NOT_TAKEN, missed)
        message = read_raw(raw, self._type)
        if stamp_ns(message) == 0:
            self._refuse.timeless()
            self._timeless()
            return
        try:
            value = self._read(message)
        except CrackScannerError as error:
            self._refuse(error)
            return
        self._take(value)


class Guarded:
    """Keeps messages that cannot be used from a node's work: they are counted and said."""

    def __init__(self, node: Node, diagnostics: Diagnostics) -> None:
        self._node = node
        self._diagnostics = diagnostics

    def handler(
        self,
        topic: str,
        convert: Callable[[Any], Value],
        handle: Callable[[Any, Value], None],
        timeless: Callable[[], None] = lambda: None,
    ) -> Callable[[Any], None]:
        """A callback that gives `handle` each message with a stamp that `convert` takes, and the result.

        timeless: called for each message with a stamp of zero.
        """
        refuse = Refusal(self._node, self._diagnostics, topic)

        def receive(message: Any) -> None:
            if stamp_ns(message) == 0:
                refuse.timeless()
                timeless()
                return
            try:
                value = convert(message)
            except CrackScannerError as error:
                refuse(error)
                return
            handle(message, value)

        return receive


class Destroyable(Protocol):
    """What listens until it is told not to."""

    def destroy(self) -> None:
        """Stop receiving."""


class LazyPublisher:
    """A publisher whose node works only while somebody listens.

    `start` is called when the first subscriber appears and returns what has to be destroyed when the
    last one has gone. As every stage does so, a source that sees a subscriber knows that the whole
    chain behind it is connected.
    """

    def __init__(
        self,
        node: Node,
        message_type: type,
        topic: str,
        qos: QoSProfile,
        start: Callable[[], Destroyable],
    ) -> None:
        self._start = start
        self._running: Destroyable | None = None
        events = PublisherEventCallbacks(matched=self._matched)
        self._publisher: Publisher = node.create_publisher(message_type, topic, qos, event_callbacks=events)

    def publish(self, message: Any) -> None:
        """Publish a message, or one that is serialised already."""
        self._publisher.publish(message)

    def _matched(self, event: Any) -> None:
        if event.current_count > 0 and self._running is None:
            self._running = self._start()
        elif event.current_count == 0 and self._running is not None:
            self._running.destroy()
            self._running = None
