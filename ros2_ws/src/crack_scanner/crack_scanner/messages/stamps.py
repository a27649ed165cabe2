"""Times of ROS messages as integers."""

from __future__ import annotations

from typing import Any


def stamp_ns(message: Any) -> int:
    """Nanoseconds of the header of a message."""
    return to_nanoseconds(message.header.stamp)


def to_nanoseconds(time: Any) -> int:
    """A builtin_interfaces/Time as one number."""
    return int(time.sec) * 1_000_000_000 + int(time.nanosec)
