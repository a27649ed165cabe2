"""Which tiles of a grid a widened network scores together, and whether that is cheaper."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.dense_model import Piece
from crack_scanner.vision.tile_grid import TileGrid

DENSE = AUTO, ALWAYS, NEVER = ("auto", "always", "never")
"""When tiles are scored in large pieces; always: wherever steps allow it, else it is refused."""
MOST_ROWS, MOST_COLUMNS = 6, 9
"""Tiles of a piece: bounds the memory of a pass, whatever the picture, and what caches must hold."""
COST = 1.7
"""Time a pixel of a widened float32 network takes, against one of a tile, which loses its borders."""


def plan(grid: TileGrid, stride: int) -> list[Piece] | None:
    """Pieces that cover every tile of the grid once, largest first; None if its steps do not fit the network.

    A piece ends where the step is another one than nearly everywhere, as in the middle of a picture.
    """
    gaps = np.concatenate([np.diff(grid.rows), np.diff(grid.columns)])
    step = int(gaps.max(initial=0)) or stride
    if step % stride:
        return None
    rows, columns = list(_runs(grid.rows, step, MOST_ROWS)), list(_runs(grid.columns, step, MOST_COLUMNS))
    pieces = [Piece(x, y, step, m, n) for y, m in rows for x, n in columns]
    return sorted(pieces, key=lambda piece: -piece.rows * piece.columns)


def is_cheaper(pieces: list[Piece], tile: int, tiles: int) -> bool:
    """Whether the pieces take less time than `tiles` single tiles."""
    pixels = sum(int(np.prod(piece.extent(tile))) for piece in pieces)
    return COST * pixels < tiles * tile * tile


def _runs(starts: NDArray[np.int32], step: int, most: int) -> Iterator[tuple[int, int]]:
    """First pixel and number of tiles of stretches of even steps, cut into parts of at most `most`."""
    breaks = np.flatnonzero(np.diff(starts) != step) + 1
    for stretch in np.split(starts, breaks):
        for part in np.array_split(stretch, -(-len(stretch) // most)):
            yield int(part[0]), len(part)
