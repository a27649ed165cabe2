"""The grid reduced to a size that can be shown, whatever the size of the surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.evidence_grid import BLOCK, CellWindow, EvidenceGrid
from crack_scanner.mapping.fusion import probability

Floats = NDArray[np.float64]

# Most squares of an overview: those of 10,000 m2 at 5 mm are 80 mm wide.
MOST_SQUARES = 4_000_000


@dataclass(frozen=True, eq=False)
class ProbabilityMap:
    """Highest probability of a crack in each square (rows, columns), NaN where nothing was looked at.

    cell_size: metres, the side of a square. Row 0 lies at v = 0.
    """

    values: NDArray[np.float32]
    cell_size: float


def coarsening(extent: CellWindow) -> int:
    """Cells on the side of a square: the smallest power of two that keeps to MOST_SQUARES."""
    factor = 1
    while -(-extent.rows // factor) * -(-extent.columns // factor) > MOST_SQUARES:
        factor *= 2
    return factor


def squares(values: Floats, factor: int) -> Floats:
    """A block's cells (BLOCK, BLOCK) by the square they lie in: (rows, columns, cells of the square)."""
    inner = min(factor, BLOCK)
    outer = BLOCK // inner
    result: Floats = values.reshape(outer, inner, outer, inner).swapaxes(1, 2).reshape(outer, outer, -1)
    return result


def square_part(total: NDArray[np.floating], window: CellWindow, factor: int) -> NDArray[np.floating]:
    """The view of an overview (rows, columns) that a block's window falls into."""
    side = BLOCK // min(factor, BLOCK)
    row, column = window.row // factor, window.column // factor
    return total[row : row + side, column : column + side]


def probability_map(grid: EvidenceGrid) -> ProbabilityMap:
    """Highest probability in each square of the surface."""
    factor = coarsening(grid.extent)
    shape = -(-grid.extent.rows // factor), -(-grid.extent.columns // factor)
    values = np.full(shape, np.nan, np.float32)
    for key in grid.blocks():
        block = grid.block(key)
        known = np.where(block["looks"] > 0, probability(block), -1.0)
        highest = squares(known, factor).max(axis=2)
        part = square_part(values, grid.block_window(key), factor)
        highest = np.where(highest < 0, np.nan, highest)[: part.shape[0], : part.shape[1]]
        np.fmax(part, highest, out=part, casting="same_kind")
    return ProbabilityMap(values, factor * grid.cell_size)
