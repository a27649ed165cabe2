"""Pictures of findings: drawn where they belong, nothing else touched."""

import numpy as np
import pytest

from crack_scanner.mapping.severity import ABOVE, BELOW, NOT_MEASURED, SEVERITIES
from crack_scanner.report.colours import CRACK_CLASSES, rgb
from crack_scanner.report.picture_overlay import LabelledLine, draw_cracks, draw_heat, legend, legend_names
from crack_scanner.vision.scores import TileScores


def grey(height: int = 400, width: int = 600) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def scores(*probability: float) -> TileScores:
    """Tiles of 200 px side by side."""
    count = len(probability)
    x = (200 * np.arange(count)).astype(np.int32)
    values = np.array(probability, np.float32)
    return TileScores(
        1, 600, 400, 200, x, np.zeros(count, np.int32), values, np.ones(count, np.float32), "0" * 12
    )


def test_the_legend_names_the_colours_that_are_there() -> None:
    strip = legend(600, {ABOVE, NOT_MEASURED})
    for severity, there in ((ABOVE, True), (NOT_MEASURED, True), (BELOW, False)):
        assert (strip == rgb(CRACK_CLASSES[severity].colour)).all(axis=2).any() == there
    assert legend(600, ()).shape == (0, 600, 3)


def test_without_a_scale_the_legend_does_not_say_that_nothing_was_measured() -> None:
    assert legend_names({NOT_MEASURED}) == [(NOT_MEASURED, "width not measured")]
    ((severity, words),) = legend_names({NOT_MEASURED}, scale_known=False)
    assert severity == NOT_MEASURED
    assert "no scale" in words
    assert "not measured" not in words
    assert not np.array_equal(legend(600, {NOT_MEASURED}, scale_known=False), legend(600, {NOT_MEASURED}))


@pytest.mark.parametrize("width", [40, 227, 4096])
def test_the_legend_is_as_wide_as_the_picture_and_all_of_it_is_inside(width: int) -> None:
    strip = legend(width, SEVERITIES)
    assert strip.shape[1] == width
    assert (strip[:, -1] == 255).all()


def test_heat_colours_probable_tiles_and_leaves_unjudged_ones() -> None:
    image = grey()
    draw_heat(image, [scores(0.95, 0.0, np.nan)])
    assert image[100, 100, 0] > image[100, 100, 2] + 20  # yellow
    assert (image[100, 500] == 128).all()
    assert (image[300, 100] == 128).all()


def test_cracks_are_drawn_along_their_line() -> None:
    image = grey()
    line = np.stack([np.arange(50.0, 250.0), np.full(200, 200.0)], axis=1)
    draw_cracks(image, [LabelledLine(line, NOT_MEASURED, "1: 3 px")])
    assert (image[200, 60:140] != 128).any(axis=1).all()
    assert (image[350:] == 128).all()


@pytest.mark.parametrize(("mm_per_px", "drawn"), [(0.1, True), (0.0005, False)])
def test_the_scale_bar_is_left_out_where_it_would_be_longer_than_the_picture(
    mm_per_px: float, drawn: bool
) -> None:
    image = grey()
    draw_cracks(image, [], mm_per_px)
    assert (image != 128).any() == drawn


def labelled(x: float, *texts: str) -> np.ndarray:
    """A grey picture with cracks all of which are one dot, at x and half the height."""
    image = grey()
    dot = np.array([[x, 200.0], [x + 0.1, 200.0]])
    draw_cracks(image, [LabelledLine(dot, NOT_MEASURED, text) for text in texts])
    return image


def columns(found: np.ndarray) -> tuple[int, int]:
    """The first and the last column that has one of the pixels found."""
    there = np.flatnonzero(found.any(axis=0))
    return int(there[0]), int(there[-1])


def letters(image: np.ndarray) -> np.ndarray:
    return (image < 60).all(axis=2)


def rim(image: np.ndarray) -> np.ndarray:
    return (image > 220).all(axis=2)


def test_the_letters_of_a_label_are_in_the_middle_of_their_rim() -> None:
    image = labelled(200.0, "8: 8.8 px")
    (left, right), (rim_left, rim_right) = columns(letters(image)), columns(rim(image))
    assert left - rim_left > 0
    assert abs((left - rim_left) - (rim_right - right)) <= 1


@pytest.mark.parametrize("x", [0.0, 580.0, 599.0])
def test_a_label_at_the_edge_is_whole(x: float) -> None:
    inside, at_edge = labelled(200.0, "8: 8.8 px"), labelled(x, "8: 8.8 px")
    assert letters(at_edge).sum() == letters(inside).sum()
    assert rim(at_edge).sum() == rim(inside).sum()


def test_a_label_is_cut_off_only_by_a_picture_that_is_smaller() -> None:
    image = grey(30, 20)
    draw_cracks(image, [LabelledLine(np.array([[1.0, 1.0], [9.0, 9.0]]), NOT_MEASURED, "1: 0.25 mm")])
    assert letters(image).any()


def test_a_label_goes_elsewhere_along_its_line_where_another_one_is() -> None:
    one, two = grey(), grey()
    line = np.stack([np.arange(50.0, 250.0), np.full(200, 200.0)], axis=1)
    draw_cracks(one, [LabelledLine(line, NOT_MEASURED, "1: 3 px")])
    draw_cracks(two, [LabelledLine(line, NOT_MEASURED, "1: 3 px")] * 2)
    assert letters(two).sum() == 2 * letters(one).sum()


def test_labels_do_not_cover_each_other() -> None:
    two, three = labelled(200.0, "1: 3 px", "2: 3 px"), labelled(200.0, "1: 3 px", "2: 3 px", "3: 3 px")
    assert (letters(three) == letters(two)).all()


def test_labels_do_not_cover_the_scale_bar() -> None:
    bar, both = grey(), grey()
    draw_cracks(bar, [], mm_per_px=0.5)
    line = np.stack([np.arange(10.0, 80.0), np.full(70, 395.0)], axis=1)
    draw_cracks(both, [LabelledLine(line, NOT_MEASURED, "1: 3 mm")], mm_per_px=0.5)
    assert letters(both)[380:394].sum() == letters(bar)[380:394].sum()


def test_scale_bar_has_a_round_length() -> None:
    image = grey()
    draw_cracks(image, [], mm_per_px=0.5)
    dark = (image < 60).all(axis=2).sum(axis=1).max()
    assert 90 <= dark <= 115
