"""Integers as times of ROS messages."""

from __future__ import annotations

from builtin_interfaces.msg import Time


def to_time(nanoseconds: int) -> Time:
    """A builtin_interfaces/Time."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return Time(sec=seconds, nanosec=rest)
