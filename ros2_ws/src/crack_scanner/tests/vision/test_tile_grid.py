"""How pictures are cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.tile_grid import grid_at, tile_grid, tile_starts

sides = st.integers(40, 700)
overlaps = st.floats(0.0, 0.9)


@pytest.mark.parametrize(
    ("length", "overlap", "starts"),
    [
        (227, 0.0, [0]),
        (228, 0.0, [0, 1]),
        (454, 0.0, [0, 227]),
        (500, 0.0, [0, 227, 273]),
        (600, 0.5, [0, 112, 224, 261, 373]),
    ],
)
def test_tiles_end_at_the_edge_of_the_picture(length: int, overlap: float, starts: list[int]) -> None:
    assert tile_starts(length, 227, overlap).tolist() == starts


def test_steps_of_overlapping_tiles_are_multiples_that_a_network_can_share() -> None:
    assert tile_grid(900, 300, overlap=0.25).columns.tolist() == [0, 160, 320, 353, 513, 673]
    assert tile_grid(900, 300, overlap=0.25, multiple=1).columns.tolist() == [0, 170, 340, 503, 673]


@given(sides, sides, st.integers(20, 40), overlaps)
def test_every_pixel_is_covered_and_no_tile_leaves_the_picture(
    width: int, height: int, tile: int, overlap: float
) -> None:
    grid = tile_grid(width, height, tile, overlap)
    seen = np.zeros((height, width), bool)
    for x, y in zip(grid.x, grid.y, strict=True):
        assert 0 <= x <= width - tile
        assert 0 <= y <= height - tile
        seen[y : y + tile, x : x + tile] = True
    assert seen.all()


@given(sides, sides, st.integers(20, 40), overlaps)
def test_a_grid_is_known_by_its_corners(width: int, height: int, tile: int, overlap: float) -> None:
    grid = tile_grid(width, height, tile, overlap)
    known = grid_at(width, height, tile, grid.x, grid.y)
    assert known is not None
    assert np.array_equal(known.columns, grid.columns)
    assert np.array_equal(known.rows, grid.rows)
    assert grid_at(width - 1, height, tile, grid.x, grid.y) is None
    assert grid_at(width, height, tile, grid.x + 1, grid.y) is None
    assert grid_at(width, height, tile, grid.x[:0], grid.y[:0]) is None


@given(sides, st.integers(20, 40), overlaps)
def test_neighbours_overlap_at_least_as_asked(length: int, tile: int, overlap: float) -> None:
    steps = np.diff(tile_starts(length, tile, overlap))
    assert (steps > 0).all()
    assert (steps <= max(1, tile * (1 - overlap) + 1e-9)).all()


def test_tiles_are_views_of_the_frame() -> None:
    image = np.zeros((300, 500, 3), np.uint8)
    for tile in tile_grid(500, 300).views(image):
        assert tile.shape == (227, 227, 3)
        assert np.shares_memory(tile, image)


def test_a_gathered_block_holds_the_same_tiles() -> None:
    image = np.random.default_rng(0).integers(0, 256, (300, 500, 3), dtype=np.uint8)
    grid = tile_grid(500, 300, overlap=0.3)
    assert np.array_equal(grid.gather(image), np.stack(list(grid.views(image))))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((226, 300), "smaller than a tile"),
        ((300, 10), "smaller than a tile"),
        ((300, 300, 227, 0.95), "overlap"),
        ((300, 300, 227, -0.1), "overlap"),
        ((300, 300, 0), "tile_size"),
    ],
)
def test_impossible_grids_are_refused(arguments: tuple, word: str) -> None:
    with pytest.raises(CrackScannerError, match=word):
        tile_grid(*arguments)


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(CrackScannerError, match="500 x 300"):
        tile_grid(640, 480).gather(np.zeros((300, 500, 3), np.uint8))
