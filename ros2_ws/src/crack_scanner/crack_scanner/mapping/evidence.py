"""What one picture says about the pixels it shows: the source of the map's evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.frame_cracks import promising_tiles
from crack_scanner.vision.scores import TileScores

Floats = NDArray[np.float64]

# The log-odds of one look are clipped to plus or minus this: no single picture is certain.
EVIDENCE_LIMIT = 4.0

# Share of a tile's side, next to a border inside the picture, about which the tile says nothing: of cracks
# that come no further in, the classifier recognises no more than about half. Drawn ones, 2 to 8 px wide and
# at most 3, 5, 8, 11, 15, 20, 30 px in: 17, 33, 43, 56, 64, 67, 73 %, at all four sides alike.
TILE_MARGIN = 0.05

# Share of a tile's side from which on a line can be why the tile was called crack: some are recognised.
EXPLAINING_DEPTH = 0.02

# Probability of a crack beside the lines that the segmenter sees in a crack tile: it misses some.
BESIDE_LINE = 0.2

# Points of a line, about a pixel apart, from one to the next that is looked up.
_POINT_STRIDE = 8


class Evidence(Protocol):
    """Log-odds of a crack for any pixel of a picture."""

    @property
    def support_px(self) -> float:
        """Size in pixels of the area one statement is about: a tile, or a pixel's surroundings."""
        ...

    def at(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Log-odds and quality (N,) at pixels (N, 2) x, y inside the picture; NaN and 0 where unknown."""
        ...


def log_odds(probability: Floats) -> Floats:
    """Logarithm of p / (1 - p), clipped to plus or minus EVIDENCE_LIMIT; NaN stays NaN."""
    edge = 1.0 / (1.0 + np.exp(EVIDENCE_LIMIT))
    clipped = np.clip(np.asarray(probability, dtype=np.float64), edge, 1.0 - edge)
    result: Floats = np.log(clipped / (1.0 - clipped))
    return result


@dataclass(frozen=True, eq=False)
class TileEvidence:
    """Mean log-odds of the classified tiles over each pixel.

    The tiles' borders cut the picture into rectangles in which that mean is constant, so a table
    of rectangles is enough. x_edges (M + 1,), y_edges (L + 1,): borders in pixels, ascending.
    log_odds (L, M): NaN where no classified tile lies. quality (L, M): mean quality of those tiles.
    """

    x_edges: Floats
    y_edges: Floats
    log_odds: Floats
    quality: Floats
    support_px: float

    def at(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Log-odds and quality (N,) at pixels (N, 2); see Evidence."""
        # Pixel 0 spans -0.5 to 0.5 and is the first of a tile that starts at x = 0.
        columns = np.searchsorted(self.x_edges[1:-1], pixels[:, 0] + 0.5, side="right")
        rows = np.searchsorted(self.y_edges[1:-1], pixels[:, 1] + 0.5, side="right")
        places = rows * self.log_odds.shape[1] + columns
        return self.log_odds.ravel()[places], self.quality.ravel()[places]


def tile_evidence(scores: TileScores) -> TileEvidence:
    """Evidence of one picture's tiles."""
    x = _axis(scores.x.tobytes(), scores.x.dtype.str, scores.tile_size, scores.image_width)
    y = _axis(scores.y.tobytes(), scores.y.dtype.str, scores.tile_size, scores.image_height)
    values = log_odds(scores.probability.astype(np.float64))
    valid = np.isfinite(values)
    # Number of the tiles, sum of their log-odds and of their quality.
    sums = np.zeros((3, y.tiles, x.tiles))
    of_tiles = np.stack([np.ones(len(values)), values, scores.quality])
    sums[:, y.index, x.index] = np.where(valid, of_tiles, 0.0)
    count, total, quality = y.covers @ sums @ x.covers.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(count > 0, total / count, np.nan)
        mean_quality = np.where(count > 0, quality / count, 0.0)
    return TileEvidence(x.edges, y.edges, mean, mean_quality, float(scores.tile_size))


@dataclass(frozen=True, eq=False)
class _Axis:
    """Where tiles lie along an axis of a picture.

    index: (N,) the row or column of each tile. tiles: how many there are. edges: (M + 1,) of the intervals
    that they cut the axis into, pixels. covers: (M, tiles) which tile covers which.
    """

    index: NDArray[np.intp]
    tiles: int
    edges: Floats
    covers: Floats


# Cameras send pictures of one size for hours.
@lru_cache(maxsize=32)
def _axis(starts: bytes, dtype: str, tile_size: int, length: int) -> _Axis:
    places, index = np.unique(np.frombuffer(starts, dtype), return_inverse=True)
    edges, covers = _intervals(places, tile_size, TILE_MARGIN * tile_size, length)
    return _Axis(index, len(places), edges, covers)


def _intervals(starts: NDArray[np.int32], tile_size: int, inset: float, length: int) -> tuple[Floats, Floats]:
    """Edges (n + 1,) of the intervals that tiles cut an axis into, and (n, tiles) which tile covers which."""
    low = np.where(starts > 0, starts + inset, 0.0)
    high = np.where(starts + tile_size < length, starts + tile_size - inset, float(length))
    edges = np.unique(np.concatenate([low, high, [0.0, float(length)]]))
    middle = (edges[:-1] + edges[1:])[:, None] / 2
    return edges, ((middle > low) & (middle < high)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class PictureEvidence:
    """Evidence from a probability for every pixel.

    probability: (H, W) uint8, 0 to 255 for 0 to 1. known: (H, W), False where nothing is known.
    quality: 0 to 1 for the whole picture. support_px: pixels across that a value stands for.
    """

    probability: NDArray[np.uint8]
    known: NDArray[np.bool_]
    quality: float
    support_px: float

    def at(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Log-odds and quality (N,) at pixels (N, 2); see Evidence."""
        height, width = self.probability.shape
        columns = np.clip(np.rint(pixels[:, 0]).astype(np.intp), 0, width - 1)
        rows = np.clip(np.rint(pixels[:, 1]).astype(np.intp), 0, height - 1)
        known = self.known[rows, columns]
        values = log_odds(self.probability[rows, columns] / 255.0)
        return np.where(known, values, np.nan), np.where(known, self.quality, 0.0)


def line_evidence(scores: TileScores, reach_px: Sequence[float]) -> PictureEvidence:
    """Evidence of the crack lines of a picture whose pixels were looked at, one `reach_px` a line.

    A crack is much thinner than a cell, a cell is looked up at its centre only, and poses are a little
    off: so a line speaks for the band of `reach_px` pixels about it, which should be two or three cells.
    A crack tile with a line in it is explained: elsewhere in it no crack was seen. A crack tile without
    one is not, and nothing is known of its pixels: what the segmenter cannot see may still be a crack.
    """
    if scores.cracks is None:
        raise ValueError("line evidence of a picture whose pixels nobody has looked at")
    shape = scores.image_height, scores.image_width
    known, probability = np.zeros(shape, np.uint8), np.full(shape, round(255 * BESIDE_LINE), np.uint8)
    for index in _explained(scores).tolist():
        x, y = int(scores.x[index]), int(scores.y[index])
        known[y : y + scores.tile_size, x : x + scores.tile_size] = 1
    # The surest line is drawn last, on top.
    for number in np.argsort([line.probability for line in scores.cracks.sightings]).tolist():
        line, thickness = scores.cracks.sightings[number], max(1, round(reach_px[number]))
        points = [np.rint(line.widths.points).astype(np.int32).reshape(-1, 1, 2)]
        cv2.polylines(known, points, False, 1, thickness)
        cv2.polylines(probability, points, False, round(255 * line.probability), thickness)
    support = float(np.median(reach_px)) if reach_px else 1.0
    return PictureEvidence(probability, known > 0, scores.quality_of_picture, support)


def _explained(scores: TileScores) -> NDArray[np.intp]:
    """Indices of the promising tiles into which a line runs so far that it may be why they are."""
    sightings = scores.cracks.sightings if scores.cracks is not None else ()
    if not sightings:
        return np.empty(0, np.intp)
    x, y = np.concatenate([line.widths.points[::_POINT_STRIDE] for line in sightings]).T
    promising = promising_tiles(scores)
    inset, size = EXPLAINING_DEPTH * scores.tile_size, scores.tile_size
    low_x, low_y = scores.x[promising, None] + inset, scores.y[promising, None] + inset
    span = size - 2 * inset
    inside = (x >= low_x) & (x < low_x + span) & (y >= low_y) & (y < low_y + span)
    explained: NDArray[np.intp] = promising[inside.any(axis=1)]
    return explained
