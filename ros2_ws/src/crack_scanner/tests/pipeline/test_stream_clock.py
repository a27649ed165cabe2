"""What is odd about the stamps of a stream."""

import pytest

from crack_scanner.pipeline.stream_clock import StreamClock, clock_words

CASES = {
    "steady": ([0.0, 0.1, 0.2], {}),
    "zero": ([None, 0.0, None, 0.1], {"zero_stamps": 2}),
    "repeated": ([0.0, 0.1, 0.1], {"repeated": 1}),
    "out of order": ([0.0, 0.2, 0.1, 0.3], {"out_of_order": 1}),
    "loop": ([0.0, 0.5, 1.0, 1.5, 0.0, 0.5, 1.0], {"jumps_back": 1}),
    "gap": ([0.0, 10.0, 10.1], {"gaps": 1, "longest_gap_s": 10.0}),
    "forth and back": ([0.0, 0.1, 3600.0, 0.2], {"gaps": 1, "longest_gap_s": 3599.9, "jumps_back": 1}),
}


@pytest.mark.parametrize(("seconds", "odd"), CASES.values(), ids=CASES.keys())
def test_what_is_odd_is_counted(seconds: list[float | None], odd: dict[str, float]) -> None:
    clock = StreamClock(max_gap=0.5)
    for second in seconds:
        clock.see(0 if second is None else round((100 + second) * 1e9))
    found = clock.findings()
    assert found.pop("messages") == len(seconds)
    assert {name: count for name, count in found.items() if count} == odd


def test_a_steady_clock_is_not_worth_a_word() -> None:
    clock = StreamClock()
    for stamp in (1, 2, 3):
        clock.see(stamp)
    assert clock_words({"pictures": clock.findings()}) == ""


def test_oddities_are_told_by_stream() -> None:
    odometry, pictures = StreamClock(max_gap=0.5), StreamClock()
    for stamp in (10**9, 11 * 10**9, 0):
        odometry.see(stamp)
    pictures.see(0)
    assert clock_words({"odometry": odometry.findings(), "pictures": pictures.findings()}) == (
        "odometry: 1 with a stamp of zero, 1 gaps (longest 10.0 s); pictures: 1 with a stamp of zero"
    )
