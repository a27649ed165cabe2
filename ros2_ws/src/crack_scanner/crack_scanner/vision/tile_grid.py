"""How a picture is cut into tiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError

TILE_SIZE = 227
MAX_OVERLAP = 0.9
SHARED_STEP = 16
"""Steps of overlapping tiles are multiples of it, pixels: a network of that stride can share its work."""


def tile_starts(
    length: int, tile_size: int, overlap: float, multiple: int = SHARED_STEP
) -> NDArray[np.int32]:
    """First pixels (n,) of tiles along an axis of `length` pixels.

    Tiles step by tile_size * (1 - overlap), rounded down, with any overlap to a multiple of `multiple`
    pixels where it is no less than that. No tile is padded or scaled, and every pixel is covered: without
    overlap the last one is moved back to end at the picture's edge. With it one half of the tiles is counted
    from either edge, and the one step in the middle is a smaller one, so that both halves are of even steps.
    """
    if length < tile_size:
        raise CrackScannerError(
            f"picture side of {length} px is smaller than a tile of {tile_size} px: "
            "use a larger picture or a smaller tile_size"
        )
    step = max(1, int(tile_size * (1 - overlap) + 1e-9))
    if overlap > 0 and step > multiple:
        step -= step % multiple
    last = length - tile_size
    tiles = -(-last // step) + 1
    from_end = tiles // 2 if overlap > 0 else min(tiles - 1, 1)
    starts = np.arange(tiles, dtype=np.int32) * step
    starts[tiles - from_end :] += last - starts[-1]
    return starts.astype(np.int32)


@dataclass(frozen=True, eq=False)
class TileGrid:
    """Tiles of one picture size, row by row.

    width, height, tile_size: pixels. columns, rows: left edges of the tile columns and upper edges of the
    tile rows, int32 pixels.
    """

    width: int
    height: int
    tile_size: int
    columns: NDArray[np.int32]
    rows: NDArray[np.int32]

    @cached_property
    def x(self) -> NDArray[np.int32]:
        """(N,) left edge of each tile, pixels."""
        return np.tile(self.columns, len(self.rows))

    @cached_property
    def y(self) -> NDArray[np.int32]:
        """(N,) upper edge of each tile, pixels."""
        return np.repeat(self.rows, len(self.columns))

    def __len__(self) -> int:
        return len(self.columns) * len(self.rows)

    def views(self, image: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        """The tiles (tile_size, tile_size, ...) of an image (height, width, ...) as views, no copies."""
        self._check(image)
        size = self.tile_size
        for x, y in zip(self.x.tolist(), self.y.tolist(), strict=True):
            yield image[y : y + size, x : x + size]

    def gather(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The tiles copied into one contiguous block (N, tile_size, tile_size, ...)."""
        block = np.empty((len(self), self.tile_size, self.tile_size, *image.shape[2:]), image.dtype)
        for target, view in zip(block, self.views(image), strict=True):
            target[...] = view
        return block

    def _check(self, image: NDArray[np.uint8]) -> None:
        if image.shape[:2] != (self.height, self.width):
            raise CrackScannerError(
                f"picture of {image.shape[1]} x {image.shape[0]} px for a tile grid of "
                f"{self.width} x {self.height} px: build the grid for this picture's size"
            )


@lru_cache(maxsize=32)
def tile_grid(
    width: int,
    height: int,
    tile_size: int = TILE_SIZE,
    overlap: float = 0.0,
    multiple: int = SHARED_STEP,
) -> TileGrid:
    """The tiles of pictures of width x height pixels; the same object for the same arguments.

    overlap: fraction of a tile shared with its neighbour, 0 to 0.9. multiple: pixels of which steps of
    overlapping tiles are a multiple.
    """
    if tile_size < 1:
        raise CrackScannerError(f"tile_size {tile_size} px; expected at least 1")
    if not 0.0 <= overlap <= MAX_OVERLAP:
        raise CrackScannerError(f"overlap {overlap:g}; expected 0 to {MAX_OVERLAP}")
    columns, rows = (tile_starts(side, tile_size, overlap, multiple) for side in (width, height))
    return TileGrid(width, height, tile_size, columns, rows)


def grid_at(
    width: int, height: int, tile_size: int, x: NDArray[np.int32], y: NDArray[np.int32]
) -> TileGrid | None:
    """The grid whose tiles have their corners (N,) at x, y in that order; None if they are no grid."""
    grid = TileGrid(width, height, tile_size, np.unique(x), np.unique(y))
    if not (len(grid) and np.array_equal(grid.x, x) and np.array_equal(grid.y, y)):
        return None
    last = grid.columns[-1] + tile_size, grid.rows[-1] + tile_size
    inside = min(grid.columns[0], grid.rows[0]) >= 0 and last[0] <= width and last[1] <= height
    return grid if inside and tile_size > 0 else None
