"""Times between ROS messages and integers."""

from __future__ import annotations

from typing import Any

from builtin_interfaces.msg import Time


def stamp_ns(message: Any) -> int:
    """Nanoseconds of the header of a message."""
    return to_nanoseconds(message.header.stamp)


def to_nanoseconds(time: Any) -> int:
    """A builtin_interfaces/Time as one number."""
    return int(time.sec) * 1_000_000_000 + int(time.nanosec)


def to_time(nanoseconds: int) -> Time:
    """A builtin_interfaces/Time."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return Time(sec=seconds, nanosec=rest)
