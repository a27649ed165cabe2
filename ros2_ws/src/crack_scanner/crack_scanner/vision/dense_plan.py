"""Which tiles of a grid a widened network scores together, and whether that is cheaper."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.dense_model import Piece
from crack_scanner.vision.tile_grid import TileGrid

DENSE = AUTO, ALWAYS, NEVER = ("auto", "always", "never")
"""When tiles are scored in large pieces; always: wherever steps allow it, else it is refused."""
STRIP_ROWS = 8
"""Rows of tiles in one piece: bounds the memory of a pass, whatever the picture's height."""
STRIP_COLUMNS = 8
"""Columns of tiles in one piece."""
COST = 1.7
"""Time a pixel of a widened float32 network takes, against one of a tile, which loses its borders."""


def plan(grid: TileGrid, stride: int) -> list[Piece] | None:
    """Pieces that cover every tile of the grid once, largest first; None if its steps do not fit the network.

    The last row and column, moved back to the picture's border, are pieces of their own.
    """
    rows, columns = list(_runs(grid.rows, STRIP_ROWS)), list(_runs(grid.columns, STRIP_COLUMNS))
    steps = {step for _, step, count in rows + columns if count > 1}
    if len(steps) > 1 or any(step % stride for step in steps):
        return None
    step = max(steps, default=stride)
    pieces = [Piece(x, y, step, m, n) for y, _, m in rows for x, _, n in columns]
    return sorted(pieces, key=lambda piece: -piece.rows * piece.columns)


def is_cheaper(pieces: list[Piece], tile: int, tiles: int) -> bool:
    """Whether the pieces take less time than `tiles` single tiles."""
    pixels = sum(int(np.prod(piece.extent(tile))) for piece in pieces)
    return COST * pixels < tiles * tile * tile


def _runs(starts: NDArray[np.int32], longest: int) -> Iterator[tuple[int, int, int]]:
    """First pixel, step and number of tiles of each stretch of even steps."""
    places = starts.tolist()
    usual = places[1] - places[0] if len(places) > 1 else 0
    even = len(places)
    if even > 1 and places[-1] - places[-2] != usual:
        even -= 1
    for first in range(0, even, longest):
        yield places[first], usual, min(longest, even - first)
    if even < len(places):
        yield places[-1], usual, 1
