"""The segmenter works only where the classifier points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.resources import SHARE
from crack_scanner.vision.frame_cracks import near_promising, observe_frame, promising
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.tile_grid import tile_grid
from tests.vision.drawn_crack import coverage, jagged_line, wall_with

SHAPE = (460, 908)
GRID = tile_grid(SHAPE[1], SHAPE[0], 227, 0.0)


def scored(*crack_tiles: int) -> TileScores:
    probability = np.full(len(GRID), 0.05, np.float32)
    probability[list(crack_tiles)] = 0.9
    probability[3] = np.nan
    quality = np.ones(len(GRID), np.float32)
    return TileScores(7, SHAPE[1], SHAPE[0], 227, GRID.x, GRID.y, probability, quality, "0" * 12)


def test_a_tile_and_a_quarter_of_a_tile_around_it_are_looked_at() -> None:
    area = promising(scored(0), 0.3)
    assert area[:283, :283].all()
    assert not area[284:].any()
    assert not area[:, 284:].any()


@given(
    chosen=st.sets(st.integers(0, 11), max_size=4),
    x=st.integers(0, SHAPE[1] - 1),
    y=st.integers(0, SHAPE[0] - 1),
    side=st.integers(1, 300),
)
def test_a_large_picture_is_looked_at_in_the_same_places(chosen: set[int], x: int, y: int, side: int) -> None:
    scores = scored(*(chosen - {3} & set(range(len(GRID)))))
    area = promising(scores, 0.3)
    touches = near_promising([scores], 0.3)
    assert touches(x, y, side) == area[y : y + side, x : x + side].any()


def test_frame_without_crack_tiles_costs_nothing() -> None:
    with CrackSegmenter.load(SHARE / "models" / "crack_segmenter.tflite", 1) as segmenter:
        seen = observe_frame(segmenter, np.zeros((*SHAPE, 3), np.uint8), scored())
    assert seen.sightings == ()


def test_crack_is_found_where_the_classifier_points() -> None:
    grey = wall_with(coverage(jagged_line(), 6.0, SHAPE), grain=4.0)
    image = np.repeat(grey[..., None], 3, axis=2)
    with CrackSegmenter.load(SHARE / "models" / "crack_segmenter.tflite", 1) as segmenter:
        seen = observe_frame(segmenter, image, scored(0, 1))
    line = seen.sightings[0].widths
    assert np.ptp(line.points[:, 0]) > 200
    assert np.nanmedian(line.width) == pytest.approx(6.0, abs=0.5)
    near = promising(scored(0, 1))
    for sighting in seen.sightings:
        x, y = np.rint(sighting.widths.points).astype(int).T
        assert near[y, x].all()
