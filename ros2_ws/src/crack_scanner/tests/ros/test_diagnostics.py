"""Counting what a node did with its frames."""

from collections import Counter

from crack_scanner.ros.diagnostics import FrameStatistics, SequenceGaps


def test_gaps_in_the_publishers_count_are_missed_messages() -> None:
    gaps = SequenceGaps()
    assert [gaps.missed(number) for number in (7, 8, 11, 12)] == [0, 0, 2, 0]


def test_another_publisher_starts_its_own_count() -> None:
    gaps = SequenceGaps()
    assert [gaps.missed(number) for number in (100, 1, 2)] == [0, 0, 0]


def test_without_a_count_nothing_is_missed() -> None:
    gaps = SequenceGaps()
    assert [gaps.missed(number) for number in (5, None, 9)] == [0, 0, 0]


def test_rates_are_those_since_the_last_report() -> None:
    statistics = FrameStatistics()
    for _ in range(10):
        statistics.add(lag=0.2)
    statistics.report(seconds=1.0)
    for _ in range(4):
        statistics.add(lag=0.1)
    values, dropping = statistics.report(seconds=2.0)
    assert (values["frames"], values["rate_hz"], values["lag_max_s"]) == ("14", "2.00", "0.100")
    assert not dropping


def test_frames_whose_stamps_are_not_of_now_have_no_lag() -> None:
    statistics = FrameStatistics()
    statistics.add(lag=0.2)
    statistics.report(seconds=1.0)
    statistics.add()
    values, _ = statistics.report(seconds=1.0)
    assert values["frames"] == "2"
    assert "lag_max_s" not in values


def test_drops_are_counted_by_their_reason() -> None:
    statistics = FrameStatistics()
    statistics.drop("too slow", 3)
    statistics.drop("zero stamp")
    statistics.drop("too slow", 0)
    values, dropping = statistics.report(seconds=1.0)
    assert dropping
    assert values["dropped"] == "4"
    assert (values["dropped: too slow"], values["dropped: zero stamp"]) == ("3", "1")
    assert not statistics.report(seconds=1.0)[1]


def test_what_others_drop_is_counted_as_well_and_the_same_only_once() -> None:
    statistics = FrameStatistics()
    statistics.drop("zero stamp", 2)
    values, dropping = statistics.report(1.0, Counter({"zero stamp": 2, "queue full": 3}))
    assert dropping
    assert (values["dropped"], values["dropped: zero stamp"], values["dropped: queue full"]) == (
        "5",
        "2",
        "3",
    )
    assert not statistics.report(1.0, Counter({"zero stamp": 2, "queue full": 3}))[1]
    assert statistics.report(1.0, Counter({"zero stamp": 2, "queue full": 4}))[1]
