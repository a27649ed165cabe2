"""Stamps as people and other programs read them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def iso_time(stamp_ns: int) -> str:
    """A stamp in nanoseconds since the epoch as ISO 8601 in UTC, to the nanosecond."""
    seconds, nanoseconds = divmod(stamp_ns, 1_000_000_000)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def iso_seconds(stamp_ns: int) -> str:
    """The same to the second, as a report shows it."""
    return f"{_EPOCH + timedelta(seconds=stamp_ns // 1_000_000_000):%Y-%m-%d %H:%M:%S} UTC"


def moment(stamp_ns: int) -> str:
    """The same, or seconds since the beginning of a source without a clock."""
    return iso_seconds(stamp_ns) if has_date(stamp_ns) else f"{stamp_ns / 1e9:.0f} s"


def has_date(stamp_ns: int) -> bool:
    """Whether a stamp counts from the epoch: before the year 2000 nobody scanned."""
    return stamp_ns >= 946_684_800 * 10**9


def stamp_of(text: str) -> int:
    """The stamp, in nanoseconds, of what `iso_time` has written."""
    seconds, _, nanoseconds = text.removesuffix("Z").partition(".")
    moment = datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return round((moment - _EPOCH).total_seconds()) * 1_000_000_000 + int(nanoseconds)


def iso_minutes(stamp_ns: int) -> str:
    """The same to the minute, for when somebody has said something."""
    return f"{_EPOCH + timedelta(seconds=stamp_ns // 1_000_000_000):%Y-%m-%d %H:%M} UTC"
