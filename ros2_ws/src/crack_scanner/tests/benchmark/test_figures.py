"""Runs become rows."""

import pytest

from crack_scanner.benchmark.endurance import growth
from crack_scanner.benchmark.figures import Run, latency, speed


def test_a_row_has_the_medians_of_its_runs() -> None:
    row = speed(
        [Run(tiles, 2.0, 4.0, 10, lost, peak_rss_mb=tiles) for tiles, lost in ((80, 0), (100, 1), (240, 5))]
    )
    assert row["tiles_per_s"] == 50.0
    assert row["tiles_per_s_range"] == [40.0, 120.0]
    assert row["tiles_per_cpu_s"] == 25.0
    assert row["cpu_s_per_1000_tiles"] == 40.0
    assert (row["loss"], row["dropped"], row["frames"]) == (0.1, 6, 30)
    assert row["peak_rss_mb"] == 240
    assert "start_to_first_frame_s" not in row


def test_the_start_is_told_where_it_was_timed() -> None:
    assert speed([Run(1, 1.0, 1.0, start_s=1.5)])["start_to_first_frame_s"] == 1.5


def test_latency_is_that_of_the_frames_that_came() -> None:
    row = latency(Run(1, 1.0, 1.0, 4, 1, (10.0, 20.0, 30.0)))
    assert (row["p50"], row["loss"]) == (20.0, 0.25)
    assert latency(Run(0, 1.0, 1.0, 4, 4))["p95"] is None


@pytest.mark.parametrize(("last", "expected"), [(100.0, 1.0), (110.0, 1.1)])
def test_growth_compares_the_end_with_two_minutes(last: float, expected: float) -> None:
    samples = [
        (minute / 10, 50.0 if minute < 10 else 100.0 if minute < 150 else last) for minute in range(200)
    ]
    assert growth(samples) == pytest.approx(expected)
