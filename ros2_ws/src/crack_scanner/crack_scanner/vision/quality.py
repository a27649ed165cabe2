"""Whether a tile is sharp and well exposed enough to be judged at all.

A tile in which a crack could not be seen must not be called free of cracks, so tiles are measured
before they are classified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.tile_grid import TileGrid

# Statistics are gathered in cells of this many pixels, then summed over each tile.
_CELL = 8
# Rows measured at once, a multiple of it.
_BAND = 64
# Variance that rounding to 8 bits leaves behind in the fine band: 1/12, less what a 3x3 mean keeps.
_ROUNDING_VARIANCE = 0.09
# Keeps the ratio of the two bands finite on a featureless tile.
_FLOOR_VARIANCE = 0.25


@dataclass(frozen=True)
class QualityLimits:
    """When a tile is useless.

    min_sharpness: smallest ratio of detail at 1 to 3 px to detail at 3 to 15 px. Sharp photographs of
    concrete lie above 0.2; the same photographs blurred with a sigma of 2 px lie below 0.1.
    dark, bright: grey values at and beyond which a pixel says nothing.
    max_clipped: largest share of such pixels in a tile.
    """

    min_sharpness: float = 0.09
    dark: int = 8
    bright: int = 250
    max_clipped: float = 0.85


@dataclass(frozen=True, eq=False)
class TileQuality:
    """Measures of N tiles: sharpness (N,) ratio, clipped (N,) share of pixels, brightness (N,) grey."""

    sharpness: NDArray[np.float32]
    clipped: NDArray[np.float32]
    brightness: NDArray[np.float32]
    limits: QualityLimits

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(N,) whether a tile can be classified."""
        sharp = self.sharpness >= self.limits.min_sharpness
        result: NDArray[np.bool_] = sharp & (self.clipped <= self.limits.max_clipped)
        return result

    @property
    def score(self) -> NDArray[np.float32]:
        """(N,) 0 for a useless tile, up to 1 for one twice as sharp as needed with nothing clipped."""
        sharp = np.clip(self.sharpness / (2 * self.limits.min_sharpness), 0, 1)
        score = np.where(self.usable, sharp * (1 - self.clipped), 0.0)
        return score.astype(np.float32)


def measure_tiles(
    image: NDArray[np.uint8], grid: TileGrid, limits: QualityLimits | None = None
) -> TileQuality:
    """Sharpness and exposure of the tiles of an image (H, W, 3) uint8 RGB."""
    limits = limits or QualityLimits()
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    cells = _cells(np.asarray(grey, np.uint8), limits)
    fine_variance, middle_variance, share, brightness = _tile_means(cells, grid).T
    detail = np.maximum(fine_variance - _ROUNDING_VARIANCE, 0)
    return TileQuality(
        np.sqrt(detail / (middle_variance + _FLOOR_VARIANCE)).astype(np.float32),
        share.astype(np.float32),
        brightness.astype(np.float32),
        limits,
    )


def _cells(grey: NDArray[np.uint8], limits: QualityLimits) -> NDArray[np.float32]:
    """(rows, columns, 4) means over cells of a grey picture: both bands' variances, share clipped, grey.

    Band by band, so that what lies between stays in the processor's cache: the same to the last bit. Only
    where cells are not whole pixels is the picture taken as one.
    """
    height, width = grey.shape
    if height % _CELL or width % _CELL:
        return _band_cells(grey, slice(0, height), limits)
    bands = []
    for top in range(0, height, _BAND):
        low, high = max(top - _CELL, 0), min(top + _BAND + _CELL, height)
        inner = slice(top - low, min(top + _BAND, height) - low)
        bands.append(_band_cells(grey[low:high], inner, limits))
    return np.concatenate(bands)


def _band_cells(grey: NDArray[np.uint8], inner: slice, limits: QualityLimits) -> NDArray[np.float32]:
    """As `_cells`, of the `inner` rows; those around them only go into the blurs."""
    smooth = cv2.blur(grey, (3, 3))
    wide = cv2.blur(grey, (15, 15))[inner]
    smooth, grey = smooth[inner], grey[inner]
    height, width = grey.shape
    shape = max(1, width // _CELL), max(1, height // _CELL)
    clipped = cv2.bitwise_not(cv2.inRange(grey, limits.dark + 1, limits.bright - 1))
    means: list[NDArray[np.float32]] = [
        _mean_square(cv2.subtract(grey, smooth, dtype=cv2.CV_16S), shape),
        _mean_square(cv2.subtract(smooth, wide, dtype=cv2.CV_16S), shape),
        _mean(clipped, shape) / np.float32(255),
        _mean(grey, shape),
    ]
    return np.stack(means, axis=2).astype(np.float32, copy=False)


def _mean(image: Any, shape: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(image, shape, interpolation=cv2.INTER_AREA), np.float32)


def _mean_square(band: Any, shape: tuple[int, int]) -> NDArray[np.float32]:
    square = cv2.multiply(band, band, dtype=cv2.CV_32F)
    return np.asarray(cv2.resize(square, shape, interpolation=cv2.INTER_AREA), np.float32)


def _tile_means(cells: NDArray[np.float32], grid: TileGrid) -> NDArray[np.float64]:
    """(N, C) means over each tile of cell values (rows, columns, C), by summed areas."""
    rows, columns = cells.shape[:2]
    total = np.zeros((rows + 1, columns + 1, cells.shape[2]))
    total[1:, 1:] = cells.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    left, right = _span(grid.x, grid.tile_size, grid.width, columns)
    top, bottom = _span(grid.y, grid.tile_size, grid.height, rows)
    sums = total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]
    means: NDArray[np.float64] = sums / ((right - left) * (bottom - top))[:, None]
    return means


def _span(
    start: NDArray[np.int32], size: int, length: int, cells: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and past-the-last cell of tiles that start at pixel `start`; never empty."""
    first = np.minimum(start.astype(np.int64) * cells // length, cells - 1)
    last = np.rint((start.astype(np.int64) + size) * cells / length).astype(np.int64)
    return first, np.maximum(last, first + 1)
