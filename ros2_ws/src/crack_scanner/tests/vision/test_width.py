"""Widths across a line: measured from grey values, honest about their error."""

import numpy as np
import pytest

from crack_scanner.vision.width import LEAST_CLAIMABLE, measure_widths, smallest_claimable
from tests.vision.drawn_crack import coverage, wall_with, wavy_line

SHAPE = (460, 460)


def measured(width: float, blur: float = 0.9, darkness: float = 0.7, guess: float | None = None):
    line = wavy_line()
    grey = wall_with(coverage(line, width, SHAPE), blur, darkness)
    half = np.full(len(line[::2]), (guess or width) / 2)
    return measure_widths(grey, line[::2], half)


@pytest.mark.parametrize("width", [2.0, 3.0, 5.0, 9.0, 15.0])
def test_width_is_right_to_a_third_of_a_pixel(width: float) -> None:
    found = measured(width)
    inner = slice(20, -20)
    assert np.nanmedian(np.abs(found.width[inner] - width)) < 0.33
    assert np.isfinite(found.width[inner]).mean() > 0.95


@pytest.mark.parametrize("width", [2.5, 4.0, 8.0])
def test_two_sigmas_hold_the_truth(width: float) -> None:
    found = measured(width)
    inner = slice(20, -20)
    error = np.abs(found.width - width)[inner]
    assert (error < 2 * found.sigma[inner]).mean() > 0.9


@pytest.mark.parametrize("darkness", [0.5, 0.9])
@pytest.mark.parametrize("blur", [0.9, 1.2, 1.5, 1.8])
@pytest.mark.parametrize("width", [0.8, 1.2])
def test_what_the_optics_do_not_resolve_is_not_claimed(width: float, blur: float, darkness: float) -> None:
    found = measured(width, blur, darkness, guess=2.0)
    assert not (found.width >= found.smallest).any()


def test_a_speck_on_a_hairline_does_not_decide_what_it_is_less_than() -> None:
    line = wavy_line()
    grey = wall_with(coverage(line, 0.8, SHAPE), 0.9, 0.5)
    x, y = line[::2][200].round().astype(int)
    grey[y - 5 : y + 6, x - 5 : x + 6] = 40
    found = measure_widths(grey, line[::2], np.full(len(line[::2]), 1.0))
    assert not (found.width >= found.smallest).any()
    assert found.smallest < 3.5


@pytest.mark.parametrize(
    ("width", "blur", "darkness"),
    [(2.5, 0.6, 0.5), (3.0, 0.9, 0.5), (3.0, 1.2, 0.9), (4.0, 1.5, 0.7), (6.0, 1.8, 0.5)],
)
def test_what_the_optics_resolve_is_claimed(width: float, blur: float, darkness: float) -> None:
    found = measured(width, blur, darkness)
    inner = slice(20, -20)
    assert (found.width >= found.smallest)[inner].mean() > 0.9
    assert (np.abs(found.width - width)[inner] < 2 * found.sigma[inner]).mean() > 0.9


def test_blur_does_not_widen_a_crack() -> None:
    sharp, soft = measured(8.0, blur=0.6), measured(8.0, blur=1.8)
    assert np.nanmedian(soft.width) == pytest.approx(np.nanmedian(sharp.width), abs=0.3)
    assert soft.blur > 1.5 * sharp.blur


@pytest.mark.parametrize(
    ("width", "blur", "darkness"), [(5.7, 1.5, 0.55), (3.6, 0.8, 0.45), (2.9, 0.5, 0.65)]
)
def test_faint_cracks_are_not_taken_for_narrow_dark_blurred_ones(
    width: float, blur: float, darkness: float
) -> None:
    found = measured(width, blur, darkness)
    assert np.nanmedian(found.width) == pytest.approx(width, abs=0.35)
    assert found.blur == pytest.approx(blur, rel=0.3)


def test_contrast_does_not_change_the_width_of_a_wide_crack() -> None:
    faint, dark = measured(6.0, darkness=0.3), measured(6.0, darkness=0.9)
    assert np.nanmedian(faint.width) == pytest.approx(np.nanmedian(dark.width), abs=0.3)


def test_first_guess_may_be_wrong_by_half() -> None:
    found = measured(6.0, guess=9.0)
    assert np.nanmedian(np.abs(found.width[20:-20] - 6.0)) < 0.25


def test_line_beside_the_crack_is_moved_onto_it() -> None:
    line = wavy_line()
    grey = wall_with(coverage(line, 5.0, SHAPE))
    found = measure_widths(grey, line[::2] + np.array([0.0, 1.2]), np.full(len(line[::2]), 2.5))
    offset = found.points - line[::2]
    assert np.median(np.abs(offset[20:-20, 1])) < 0.3


def test_bare_ground_has_no_width_that_could_be_claimed() -> None:
    line = wavy_line()
    grey = wall_with(np.zeros(SHAPE))
    found = measure_widths(grey, line[::2], np.full(len(line[::2]), 2.0))
    assert (np.isnan(found.width) | (found.width < found.smallest)).mean() > 0.9


def test_black_ground_is_no_error() -> None:
    line = wavy_line()
    found = measure_widths(np.zeros(SHAPE, np.uint8), line[::2], np.full(len(line[::2]), 2.0))
    assert np.isnan(found.width).all()


def test_smallest_claimable_width_grows_with_the_blur() -> None:
    assert smallest_claimable(0.5) == LEAST_CLAIMABLE
    assert smallest_claimable(2.0) > smallest_claimable(1.0)
