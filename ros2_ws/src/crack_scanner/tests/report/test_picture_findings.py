"""What is said of a crack in a picture."""

import numpy as np
import pytest

from crack_scanner.mapping.severity import ABOVE, BELOW, NOT_MEASURED, GuideValue
from crack_scanner.report.picture_findings import crack_findings, orientation, width_figures
from crack_scanner.vision.picture_cracks import PictureCrack
from crack_scanner.vision.picture_scale import PictureScale, even_scale
from crack_scanner.vision.width import LineWidths

GUIDE = GuideValue("table", "source", "exposure", 0.3)


def crack(width: float | np.ndarray, smallest: float = 1.0) -> PictureCrack:
    """A level crack 200 px long."""
    points = np.stack([np.arange(201.0), np.full(201, 50.0)], axis=1)
    widths = np.broadcast_to(np.asarray(width, float), 201).copy()
    lines = LineWidths(points, widths, np.full(201, 0.1), np.full(201, 0.6), 0.8, smallest)
    return PictureCrack(1, lines, 0.9, ())


def test_one_wide_spot_is_not_the_largest_width() -> None:
    width = np.full(201, 4.0)
    width[100] = 30.0
    figures = width_figures(crack(width), even_scale(0.5))
    assert figures.largest == pytest.approx(2.0, abs=0.7)
    assert figures.mean == pytest.approx(2.06, abs=0.02)


def test_long_wide_stretch_is() -> None:
    width = np.full(201, 4.0)
    width[100:160] = 8.0
    assert width_figures(crack(width), even_scale(0.5)).largest == pytest.approx(4.0, abs=0.1)


def test_less_than_can_be_claimed_is_no_number() -> None:
    row = crack_findings(crack(0.6), even_scale(0.1), GUIDE)
    assert row["width_max_mm"] is None
    assert row["width_mean_px"] is None
    assert row["width"] == "< 0.1 mm"
    assert row["severity"] == BELOW


def test_too_coarse_a_picture_says_nothing_about_thin_cracks() -> None:
    row = crack_findings(crack(0.6), even_scale(1.0), GUIDE)
    assert row["width"] == "< 1 mm"
    assert row["severity"] == NOT_MEASURED


def test_nothing_measurable_is_a_question_mark() -> None:
    row = crack_findings(crack(np.nan), even_scale(0.1), GUIDE)
    assert (row["width"], row["severity"]) == ("?", NOT_MEASURED)


def upright_horizon(column: float) -> PictureScale:
    """A surface whose horizon stands upright at a column of the picture; half a millimetre down a pixel."""
    return PictureScale(
        np.array([[0.0, 0.0, 1.0], [0.0, 0.5, 0.0], [0.01, 0.0, -0.01 * column]]), 0.0, "marker"
    )


def test_a_crack_past_the_horizon_of_the_surface_has_no_size() -> None:
    row = crack_findings(crack(4.0), upright_horizon(500.0), GUIDE)
    assert (row["length_mm"], row["width_max_mm"], row["smallest_width_mm"]) == (None, None, None)
    assert (row["width"], row["severity"]) == ("?", NOT_MEASURED)


def test_a_crack_that_crosses_the_horizon_of_the_surface_has_a_width_but_no_length() -> None:
    row = crack_findings(crack(4.0), upright_horizon(20.0), GUIDE)
    assert row["length_mm"] is None
    assert row["width_max_mm"] is not None
    assert row["smallest_width_mm"] is not None


def test_severity_needs_millimetres() -> None:
    assert crack_findings(crack(5.0), None, GUIDE)["severity"] == NOT_MEASURED
    assert crack_findings(crack(5.0), even_scale(0.1), GUIDE)["severity"] == ABOVE


@pytest.mark.parametrize(("degrees", "step"), [(0, (1, 0)), (45, (1, -1)), (90, (0, 1)), (135, (1, 1))])
def test_orientation_rises_to_the_right(degrees: float, step: tuple[int, int]) -> None:
    line = np.arange(50.0)[:, None] * np.array(step, float)
    turn = abs(orientation(line) - degrees)
    assert min(turn, 180 - turn) == pytest.approx(0.0, abs=1e-6)
