"""Where the darkness along a line says that its crack ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.vision.line_ends import REACH, SHARE, clear_part
from crack_scanner.vision.width import measure_widths
from tests.vision.drawn_crack import coverage, wall_with, wavy_line

STEP = 2.0


def dips(*stretches: tuple[float, float]) -> np.ndarray:
    """Stretches of (pixels, darkness), one after the other."""
    return np.concatenate([np.full(round(length / STEP), dark) for length, dark in stretches])


def part(dip: np.ndarray) -> tuple[int, int]:
    found = clear_part(dip, STEP)
    return int(found.start * STEP), int(found.stop * STEP)


@pytest.mark.parametrize("beyond", [10, 30, 60])
@pytest.mark.parametrize("stain", [0.0, 0.1, 0.3])
def test_what_lies_beyond_an_end_is_not_the_crack(beyond: int, stain: float) -> None:
    dip = dips((beyond, stain), (500, 0.7), (beyond, stain))
    assert part(dip) == (beyond, 500 + beyond)
    assert part(dip[::-1]) == (beyond, 500 + beyond)


def test_a_crack_that_runs_out_keeps_its_end() -> None:
    dip = np.concatenate([np.linspace(0.05, 0.7, 40), np.full(200, 0.7)])
    assert part(dip) == (0, 480)


def test_a_gap_within_the_crack_is_no_end() -> None:
    dip = dips((150, 0.7), (20, 0.05), (330, 0.7))
    assert part(dip) == (0, 500)


def test_a_short_line_keeps_most_of_itself() -> None:
    start, stop = part(dips((40, 0.05), (60, 0.7)))
    assert stop - start >= (1 - 2 * SHARE) * 100


@given(st.lists(st.floats(-0.2, 1), min_size=1, max_size=300))
def test_no_more_is_taken_off_than_is_allowed(dip: list[float]) -> None:
    found = clear_part(np.array(dip), STEP)
    for taken in (found.start, len(dip) - found.stop):
        assert 0 <= taken <= min(REACH / STEP, SHARE * len(dip))


def test_a_line_that_runs_on_into_a_stain_ends_where_its_crack_does() -> None:
    line = wavy_line(400.0)
    crack, stain = (coverage(piece, 6.0, (400, 520)) for piece in (line[:700], line[690:]))
    grey = wall_with(np.maximum(crack, 0.25 * stain))
    widths = measure_widths(grey, line[::2], np.full(len(line[::2]), 3.0))
    assert np.linalg.norm(widths.points[-1] - line[700]) < 4
    assert np.linalg.norm(widths.points[0] - line[0]) < 2
