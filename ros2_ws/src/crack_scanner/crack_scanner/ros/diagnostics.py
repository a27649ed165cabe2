"""What a node did with its frames, for /diagnostics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

_PERIOD = 1.0
_NANOSECONDS = 1e9
_NONE: Counter[str] = Counter()


class SequenceGaps:
    """Counts what a subscription missed, from the publisher's own count of its messages."""

    def __init__(self) -> None:
        self._last: int | None = None

    def missed(self, sequence: int | None) -> int:
        """Messages published between the one seen before and this one; 0 where nobody counts."""
        last, self._last = self._last, sequence
        if sequence is None or last is None or sequence <= last:
            # The first message, or another publisher that starts its own count.
            return 0
        return sequence - last - 1


class FrameStatistics:
    """Frames handled and dropped since the start, and the rate and lag since the last report."""

    def __init__(self) -> None:
        self.handled = 0
        self.dropped: Counter[str] = Counter()
        self._reported = 0, 0
        self._lag: float | None = None

    def add(self, lag: float | None = None) -> None:
        """A frame was handled, `lag` seconds after its exposure where that is known."""
        self.handled += 1
        if lag is not None:
            self._lag = lag if self._lag is None else max(self._lag, lag)

    def drop(self, reason: str, count: int = 1) -> None:
        """`count` frames were not handled."""
        if count:
            self.dropped[reason] += count

    def report(self, seconds: float, lost: Counter[str] = _NONE) -> tuple[dict[str, str], bool]:
        """Key values over the last `seconds` and whether frames were dropped in them; starts anew.

        lost: frames dropped elsewhere since the start; under a reason known here as well they are the same.
        """
        handled, before = self._reported
        dropped = self.dropped | lost
        total = dropped.total()
        values = {
            "frames": str(self.handled),
            "rate_hz": f"{(self.handled - handled) / seconds:.2f}",
            "dropped": str(total),
            "dropped_rate_hz": f"{(total - before) / seconds:.2f}",
        }
        if self._lag is not None:
            values["lag_max_s"] = f"{self._lag:.3f}"
        values |= {f"dropped: {reason}": str(count) for reason, count in sorted(dropped.items())}
        self._reported, self._lag = (self.handled, total), None
        return values, total > before


class Diagnostics:
    """Publishes a node's statistics once a second on /diagnostics."""

    def __init__(
        self,
        node: Node,
        details: Callable[[], dict[str, str]] = dict,
        lost: Callable[[], Counter[str]] = Counter,
    ) -> None:
        """Asked for at each report: `details`, further key values; `lost`, frames dropped elsewhere."""
        self.statistics = FrameStatistics()
        self.stamps_are_now = True
        """Whether stamps follow the node's clock; where they do not, as of a file, there is no lag."""
        self._node = node
        self._details = details
        self._lost = lost
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._last = time.monotonic()
        node.create_timer(_PERIOD, self.publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def handled(self, stamp_ns: int) -> None:
        """A frame exposed at `stamp_ns` has been handled now."""
        lag = (self._node.get_clock().now().nanoseconds - stamp_ns) / _NANOSECONDS
        self.statistics.add(lag if self.stamps_are_now else None)

    def publish(self) -> None:
        """Report what happened since the last time."""
        now = time.monotonic()
        values, dropping = self.statistics.report(max(now - self._last, 1e-3), self._lost())
        self._last = now
        values |= self._details()
        status = DiagnosticStatus(
            level=DiagnosticStatus.WARN if dropping else DiagnosticStatus.OK,
            name=f"{self._node.get_fully_qualified_name().lstrip('/')}: frames",
            message=f"dropping {values['dropped_rate_hz']} frames/s" if dropping else "ok",
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )
        report = DiagnosticArray(status=[status])
        report.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(report)
