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

Grey = NDArray[np.uint8]

# Pixels from one sample point to the next, down and across. Of a group of lines three are read: those
# around the sample point.
_ROW_STEP, _COLUMN_STEP, _FIRST_LINE = 6, 3, 1
# Sample points, across and down, whose 3 x 3 pixels stand for 15 x 15.
_WIDE = (5, 3)
# Nine of the fifteen lines are read, so they lie further from the 3 x 3 pixels: by as much, on photographs.
_WIDE_SHARE = 0.88
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
    """Sharpness and exposure of the tiles of an image (H, W, 3) uint8 RGB.

    Measured at sample points every few pixels, thousands in a tile: each is a pixel with the means of the
    3 x 3 and of the 15 x 15 pixels around it, of which every other group of lines is read.
    """
    limits = limits or QualityLimits()
    sharp, smooth = _samples(image)
    wide = cv2.blur(smooth, _WIDE)
    sums = _TileSums(grid, sharp.shape)
    fine_variance = sums.mean_square(cv2.absdiff(sharp, smooth))
    middle_variance = _WIDE_SHARE * sums.mean_square(cv2.absdiff(smooth, wide))
    exposed = cv2.inRange(sharp, limits.dark + 1, limits.bright - 1)
    detail = np.maximum(fine_variance - _ROUNDING_VARIANCE, 0)
    return TileQuality(
        np.sqrt(detail / (middle_variance + _FLOOR_VARIANCE)).astype(np.float32),
        (1 - sums.mean(exposed) / 255).astype(np.float32),
        sums.mean(smooth).astype(np.float32),
        limits,
    )


def _samples(image: NDArray[np.uint8]) -> tuple[Grey, Grey]:
    """Grey values (rows, columns) at the sample points, and the means of the 3 x 3 pixels around them."""
    height, width = image.shape[:2]
    rows, columns = height // _ROW_STEP, width // _COLUMN_STEP
    # Three lines of each group, side by side in memory: a view of the picture that OpenCV reads as it lies.
    groups = np.ascontiguousarray(image[: rows * _ROW_STEP]).reshape(rows, _ROW_STEP * width, 3)
    lines = groups[:, _FIRST_LINE * width : (_FIRST_LINE + 3) * width]
    grey = np.asarray(cv2.cvtColor(lines, cv2.COLOR_RGB2GRAY), np.uint8).reshape(rows * 3, width)
    smooth = np.asarray(cv2.blur(grey, (3, 3)), np.uint8)
    return _points(grey, columns), _points(smooth, columns)


def _points(lines: Grey, columns: int) -> Grey:
    return np.ascontiguousarray(lines[1::3, 1::_COLUMN_STEP][:, :columns])


class _TileSums:
    """Means over the sample points in each of a grid's N tiles, by summed areas."""

    def __init__(self, grid: TileGrid, shape: tuple[int, ...]) -> None:
        self._top, self._bottom = _span(grid.y, grid.tile_size, _FIRST_LINE + 1, _ROW_STEP, shape[0])
        self._left, self._right = _span(grid.x, grid.tile_size, 1, _COLUMN_STEP, shape[1])
        self._count = (self._bottom - self._top) * (self._right - self._left)

    def mean(self, values: Any) -> NDArray[np.float64]:
        """(N,) means of values (rows, columns) uint8."""
        return self._over_tiles(cv2.integral(values))

    def mean_square(self, values: Any) -> NDArray[np.float64]:
        """(N,) means of the squares of values (rows, columns) uint8."""
        return self._over_tiles(cv2.integral2(values)[1])

    def _over_tiles(self, total: Any) -> NDArray[np.float64]:
        sums = total[self._bottom, self._right] - total[self._top, self._right]
        sums = sums - total[self._bottom, self._left] + total[self._top, self._left]
        means: NDArray[np.float64] = sums / self._count
        return means


def _span(
    start: NDArray[np.int32], size: int, offset: int, step: int, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and past-the-last of `count` sample points in tiles that start at pixel `start`; never empty."""
    first = np.minimum(-((offset - start.astype(np.int64)) // step), count - 1)
    last = np.minimum(-((offset - start.astype(np.int64) - size) // step), count)
    return first, np.maximum(last, first + 1)
