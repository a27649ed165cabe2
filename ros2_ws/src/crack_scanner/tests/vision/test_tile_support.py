"""A line counts only where the classifier, too, sees a crack."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.vision.picture_cracks import CrackLimits, trace_cracks
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.tile_grid import tile_grid
from crack_scanner.vision.tile_support import tile_support

GRID = tile_grid(681, 454, 227, 0.5)


def scored(probability: np.ndarray) -> TileScores:
    quality = np.ones(len(GRID), np.float32)
    return TileScores(
        0, GRID.width, GRID.height, 227, GRID.x, GRID.y, probability.astype(np.float32), quality, "0" * 12
    )


def level_line(y: float) -> np.ndarray:
    return np.stack([np.arange(40.0, 640.0), np.full(600, y)], axis=1)


def test_every_place_has_the_highest_probability_of_its_tiles() -> None:
    probability = np.full(len(GRID), 0.1)
    probability[0] = 0.8
    support = tile_support([scored(probability)])
    assert support.along(np.array([[100.0, 100.0]])) == pytest.approx(0.8)
    assert support.along(np.array([[400.0, 400.0]])) == pytest.approx(0.1)


def test_tiles_without_a_score_say_nothing() -> None:
    assert tile_support([scored(np.full(len(GRID), np.nan))]).along(level_line(200.0)) == 0.0


def test_parts_of_a_picture_count_together() -> None:
    high, low = np.full(len(GRID), 0.9), np.full(len(GRID), 0.2)
    assert tile_support([scored(low), scored(high)]).along(level_line(200.0)) == pytest.approx(0.9)


@given(st.floats(0, 1), st.floats(0, 680), st.floats(0, 453))
def test_even_probability_supports_every_place_alike(probability: float, x: float, y: float) -> None:
    support = tile_support([scored(np.full(len(GRID), probability))])
    assert support.along(np.array([[x, y]])) == pytest.approx(probability)


@pytest.mark.parametrize(("sure", "probability", "lines"), [(215, 0.02, 0), (215, 0.97, 1), (250, 0.3, 1)])
def test_line_that_both_doubt_is_none(sure: int, probability: float, lines: int) -> None:
    seen = np.zeros((454, 681), np.uint8)
    seen[198:203, 40:440] = sure
    seen[200, 140] = 255
    support = tile_support([scored(np.full(len(GRID), probability))])
    assert len(trace_cracks(seen, CrackLimits(), support).lines) == lines
    assert len(trace_cracks(seen, CrackLimits()).lines) == 1
