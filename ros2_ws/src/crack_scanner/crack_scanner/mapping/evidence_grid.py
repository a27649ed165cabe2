"""The surface as a sparse grid of cells, each with what all pictures together say about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError

Floats = NDArray[np.float64]
Cells = NDArray[np.void]
BlockKey = tuple[int, int]
Indices = NDArray[np.intp]

BLOCK = 64

# How well a cell was seen: not at all, in pictures that would not show a hairline, or well.
NOT_SCANNED, NOT_GOOD_ENOUGH, SCANNED = 0, 1, 2

# One cell. Little-endian, so that a stored grid can be read on any machine.
CELL = np.dtype(
    [
        ("evidence", "<f4"),  # sum of the counted looks' log-odds, from tiles
        ("looks", "<u2"),  # counted looks at tiles
        ("line_evidence", "<f4"),  # sum of the log-odds of the counted looks at pixels
        ("line_looks", "<u2"),  # counted looks at pixels
        ("line_camera", "<f2", (3,)),  # camera minus cell at the last of them, metres
        ("state", "u1"),  # how well the cell was seen so far: one of the three below
        ("quality", "<f2"),  # best of all acceptable looks, 0 to 1
        ("resolution", "<f4"),  # smallest ground sampling distance of them, metres per pixel
        ("support", "<f4"),  # smallest area a statement was about, metres across
        ("variance", "<f4"),  # sum over counted looks of the position variance, square metres per axis
        ("camera", "<f2", (3,)),  # camera minus cell at the last counted look, metres
        ("first_ns", "<i8"),  # stamps of the first and last acceptable look
        ("last_ns", "<i8"),
        ("line_length", "<f4"),  # sum over looks of the length of the lines here as pictures show it, metres
        ("line_ruled", "<f4"),  # and as the map's ruler sees it
        ("width_looks", "<u2"),  # looks that measured a crack's width here
        ("width_weight", "<f4"),  # sum of their inverse variances, 1 / square metres
        ("width_sum", "<f4"),  # sum of width times inverse variance, 1 / metres
        ("width_peak", "<f4"),  # sum of their largest widths in the cell times inverse variance, 1 / metres
        ("width_smallest", "<f4"),  # smallest width that could have been claimed, metres; 0: no measurement
    ]
)


# A cell as mere bytes: NumPy moves those in one go, and a record field by field.
_BYTES = np.dtype((np.void, CELL.itemsize))


def taken(cells: Cells, indices: Indices) -> Cells:
    """A copy (N,) of some of the cells (M,)."""
    return cells.view(_BYTES)[indices].view(CELL)


def put(cells: Cells, indices: Indices, some: Cells) -> None:
    """Replace some of the cells (M,) by others (N,)."""
    cells.view(_BYTES)[indices] = some.view(_BYTES)


@dataclass(frozen=True)
class CellWindow:
    """A rectangle of cells: first row and column, number of rows and columns. Row 0 lies at v = 0."""

    row: int
    column: int
    rows: int
    columns: int

    @property
    def blocks(self) -> set[BlockKey]:
        """Keys of the grid's blocks that the window touches."""
        return {key for key, _, _ in _parts(self)}

    def centres(self, cell_size: float) -> Floats:
        """(rows * columns, 2) surface coordinates of the cell centres in metres, row by row."""
        v = (self.row + np.arange(self.rows) + 0.5) * cell_size
        u = (self.column + np.arange(self.columns) + 0.5) * cell_size
        return np.stack(
            [np.broadcast_to(u, (self.rows, self.columns)).ravel(), np.repeat(v, self.columns)], axis=1
        )

    def grown(self, cells: int, limit: CellWindow) -> CellWindow:
        """This window with `cells` more on each side, inside `limit`."""
        row, column = max(self.row - cells, limit.row), max(self.column - cells, limit.column)
        row_end = min(self.row + self.rows + cells, limit.row + limit.rows)
        column_end = min(self.column + self.columns + cells, limit.column + limit.columns)
        return CellWindow(row, column, max(row_end - row, 0), max(column_end - column, 0))


class BlockSource(Protocol):
    """Where blocks lie that are not in memory."""

    def load(self, key: BlockKey) -> bytes:
        """The cells of a block as `block_bytes` gave them."""
        ...


class EvidenceGrid:
    """Cells of a rectangle of the surface, allocated in blocks where something was seen.

    width, height: metres, from surface coordinate (0, 0). cell_size: metres. Every block stays in memory
    until it is said where else they are kept, see `keep_in`.
    """

    def __init__(self, width: float, height: float, cell_size: float) -> None:
        rows, columns = (max(1, int(np.ceil(side / cell_size - 1e-9))) for side in (height, width))
        self.cell_size = cell_size
        self.extent = CellWindow(0, 0, rows, columns)
        # Those in memory, longest untouched first.
        self._blocks: dict[BlockKey, Cells] = {}
        # When each was written last, longest ago first.
        self._versions: dict[BlockKey, int] = {}
        self.version = 0
        self._source: BlockSource | None = None
        self._room, self._stored_version = 0, 0

    def __len__(self) -> int:
        return len(self._versions)

    @property
    def in_memory(self) -> int:
        """Number of blocks that are not only in the source."""
        return len(self._blocks)

    def window(self, uv: Floats) -> CellWindow:
        """The cells whose centres lie in the bounding box of points (N, 2), cut to the surface."""
        finite = uv[np.isfinite(uv).all(axis=1)]
        if len(finite) == 0:
            return CellWindow(0, 0, 0, 0)
        size = np.array([self.extent.columns, self.extent.rows])
        low = np.clip(np.floor(finite.min(axis=0) / self.cell_size), 0, size).astype(int)
        high = np.clip(np.ceil(finite.max(axis=0) / self.cell_size), 0, size).astype(int)
        return CellWindow(int(low[1]), int(low[0]), int(high[1] - low[1]), int(high[0] - low[0]))

    def read(self, window: CellWindow) -> Cells:
        """A copy (rows, columns) of the window's cells; cells never written are all zero."""
        cells = np.zeros((window.rows, window.columns), CELL)
        for key, inner, outer in _parts(window):
            if key in self._versions:
                cells.view(_BYTES)[outer] = self._fetched(key).view(_BYTES)[inner]
        return cells

    def write(self, window: CellWindow, cells: Cells) -> None:
        """Replace the window's cells by (rows, columns) others."""
        self.version += 1
        for key, inner, outer in _parts(window):
            if key not in self._versions:
                self._blocks[key] = np.zeros((BLOCK, BLOCK), CELL)
            self._fetched(key).view(_BYTES)[inner] = cells.view(_BYTES)[outer]
            self._mark(key)

    def changed_since(self, version: int) -> list[BlockKey]:
        """Keys of the blocks written after `version` of the grid, in order."""
        newest_first = reversed(self._versions.items())
        return sorted(key for key, _ in takewhile(lambda item: item[1] > version, newest_first))

    def blocks(self) -> list[BlockKey]:
        """Keys of all blocks, in order."""
        return sorted(self._versions)

    def block(self, key: BlockKey) -> Cells:
        """The cells (BLOCK, BLOCK) of a block that was written, to be read only; leaves memory as it is."""
        block = self._blocks.get(key)
        return self._loaded(key) if block is None else block

    def block_bytes(self, key: BlockKey) -> bytes:
        """A block's cells as bytes, for storing."""
        return self.block(key).tobytes()

    def restore_block(self, key: BlockKey, data: bytes) -> None:
        """Put a stored block back."""
        self.version += 1
        self._blocks.pop(key, None)
        self._blocks[key] = block_cells(key, data)
        self._mark(key)

    def keep_in(self, source: BlockSource, room: int) -> None:
        """From now on keep at most `room` blocks in memory, as far as the others are in the source."""
        self._source, self._room = source, room
        self._make_room()

    def stored(self, version: int) -> None:
        """All blocks as they were at a version of the grid are in the source."""
        self._stored_version = version
        self._make_room()

    def _make_room(self, needed: int = 0) -> None:
        """Let go of those longest untouched; what was written since it was stored stays.

        needed: blocks that are about to come in.
        """
        if self._source is None or len(self._blocks) + needed <= self._room:
            return
        for key in [key for key in self._blocks if self._versions[key] <= self._stored_version]:
            if len(self._blocks) + needed <= self._room:
                return
            del self._blocks[key]

    def _fetched(self, key: BlockKey) -> Cells:
        """A known block, in memory from now on."""
        block = self._blocks.pop(key, None)
        if block is None:
            block = self._loaded(key)
            self._make_room(1)
        # In last: touched a moment ago.
        self._blocks[key] = block
        return block

    def _loaded(self, key: BlockKey) -> Cells:
        if self._source is None:
            raise KeyError(key)
        return block_cells(key, self._source.load(key))

    def _mark(self, key: BlockKey) -> None:
        # Out and in again: the dictionary stays in the order of writing.
        self._versions.pop(key, None)
        self._versions[key] = self.version


def block_window(key: BlockKey) -> CellWindow:
    """The cells of a block."""
    return CellWindow(key[0] * BLOCK, key[1] * BLOCK, BLOCK, BLOCK)


def block_cells(key: BlockKey, data: bytes) -> Cells:
    """The cells (BLOCK, BLOCK) of a stored block."""
    if len(data) != BLOCK * BLOCK * CELL.itemsize:
        raise CrackScannerError(
            f"stored grid block {key} has {len(data)} bytes; expected {BLOCK * BLOCK * CELL.itemsize}: "
            "written by another version of the program?"
        )
    return np.frombuffer(data, CELL).reshape(BLOCK, BLOCK).copy()


def _parts(window: CellWindow) -> Iterator[tuple[BlockKey, tuple[slice, slice], tuple[slice, slice]]]:
    """Blocks that a window touches: key, the part in the block, the part in the window."""
    for block_row, inner_rows, outer_rows in _spans(window.row, window.rows):
        for block_column, inner_columns, outer_columns in _spans(window.column, window.columns):
            yield (block_row, block_column), (inner_rows, inner_columns), (outer_rows, outer_columns)


def _spans(start: int, count: int) -> Iterator[tuple[int, slice, slice]]:
    end = start + count
    for block in range(start // BLOCK, (end - 1) // BLOCK + 1 if count > 0 else start // BLOCK):
        low, high = max(start, block * BLOCK), min(end, (block + 1) * BLOCK)
        yield block, slice(low - block * BLOCK, high - block * BLOCK), slice(low - start, high - start)
