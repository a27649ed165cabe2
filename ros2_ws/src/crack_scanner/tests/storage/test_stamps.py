"""Stamps as text."""

from crack_scanner.storage.stamps import iso_seconds, iso_time


def test_a_stamp_keeps_its_nanoseconds() -> None:
    assert iso_time(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456789Z"


def test_a_simulated_clock_may_start_at_the_epoch() -> None:
    assert iso_time(66_666_667) == "1970-01-01T00:00:00.066666667Z"
    assert iso_seconds(66_666_667) == "1970-01-01 00:00:00 UTC"
