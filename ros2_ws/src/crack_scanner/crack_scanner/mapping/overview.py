"""The grid reduced to a size that can be shown, whatever the size of the surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.evidence_grid import (
    BLOCK,
    NOT_GOOD_ENOUGH,
    SCANNED,
    BlockKey,
    Cells,
    CellWindow,
    EvidenceGrid,
    block_window,
)
from crack_scanner.mapping.fusion import probability

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

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


def lengths_on(length: float, size: float, first: int = 0, count: int | None = None) -> Floats:
    """Metres of each of `count` cells from the `first` on that lie on the surface; all without `count`."""
    last = int(np.ceil(length / size - 1e-9)) if count is None else first + count
    result: Floats = np.clip(length - np.arange(first, last) * size, 0.0, size)
    return result


@dataclass(frozen=True, eq=False)
class BlockSummary:
    """What an overview needs of a block, by the squares (S, S) that it falls into.

    scanned, poor: square metres scanned, and seen but not well enough. highest: probability of a crack, NaN
    where nothing was looked at. resolution: median of the `cells` scanned cells, metres per pixel.
    """

    scanned: Singles
    poor: Singles
    highest: Singles
    resolution: float
    cells: int


class Overview:
    """The surface in squares, kept up block by block so that nobody has to look at all cells again.

    width, height: of the surface, metres.
    """

    def __init__(self, width: float, height: float, cell_size: float) -> None:
        self.width, self.height, self._cell_size = width, height, cell_size
        # A grid holds no cells as long as nobody writes any.
        self._extent = EvidenceGrid(width, height, cell_size).extent
        self._factor = coarsening(self._extent)
        self._blocks: dict[BlockKey, BlockSummary] = {}
        self.scanned_area = 0.0

    @property
    def square_size(self) -> float:
        """Side of a square, metres."""
        return self._factor * self._cell_size

    def take(self, key: BlockKey, cells: Cells) -> None:
        """Put a block (BLOCK, BLOCK) in, in place of what it was before."""
        known = self._blocks.get(key)
        summary = self._blocks[key] = self._summary(block_window(key), cells)
        self.scanned_area += float(summary.scanned.sum()) - (0.0 if known is None else known.scanned.sum())

    def areas(self) -> tuple[Floats, Floats, Floats]:
        """Square metres of each square (rows, columns): planned, scanned, seen but not well enough."""
        size = self.square_size
        planned = np.outer(lengths_on(self.height, size), lengths_on(self.width, size))
        scanned, poor = np.zeros_like(planned), np.zeros_like(planned)
        for key, summary in self._blocks.items():
            for total, part in ((scanned, summary.scanned), (poor, summary.poor)):
                here = square_part(total, block_window(key), self._factor)
                here += part[: here.shape[0], : here.shape[1]]
        return planned, scanned, poor

    def resolution(self) -> float | None:
        """Median over the scanned cells of the blocks' median resolutions, None if nothing was scanned."""
        of_blocks = [(block.resolution, block.cells) for block in self._blocks.values() if block.cells]
        if not of_blocks:
            return None
        values, cells = np.array(sorted(of_blocks)).T
        return float(values[np.searchsorted(np.cumsum(cells), cells.sum() / 2)])

    def probability_map(self) -> ProbabilityMap:
        """Highest probability in each square of the surface."""
        shape = -(-self._extent.rows // self._factor), -(-self._extent.columns // self._factor)
        values = np.full(shape, np.nan, np.float32)
        for key, summary in self._blocks.items():
            here = square_part(values, block_window(key), self._factor)
            np.fmax(here, summary.highest[: here.shape[0], : here.shape[1]], out=here)
        return ProbabilityMap(values, self.square_size)

    def _summary(self, window: CellWindow, cells: Cells) -> BlockSummary:
        areas = np.outer(
            lengths_on(self.height, self._cell_size, window.row, BLOCK),
            lengths_on(self.width, self._cell_size, window.column, BLOCK),
        )
        state = cells["state"]
        scanned, poor = (
            squares(areas * (state == wanted), self._factor).sum(axis=2).astype(np.float32)
            for wanted in (SCANNED, NOT_GOOD_ENOUGH)
        )
        known = np.where(cells["looks"] > 0, probability(cells), -1.0)
        highest = squares(known, self._factor).max(axis=2)
        resolution = cells["resolution"][state == SCANNED]
        return BlockSummary(
            scanned,
            poor,
            np.where(highest < 0, np.nan, highest).astype(np.float32),
            float(np.median(resolution)) if len(resolution) else 0.0,
            len(resolution),
        )


def overview(grid: EvidenceGrid, width: float, height: float) -> Overview:
    """The overview of a grid as it stands."""
    result = Overview(width, height, grid.cell_size)
    for key in grid.blocks():
        result.take(key, grid.block(key))
    return result
