"""Crack lines of one frame, looked for only where the classifier points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.crack_photo import photo_of
from crack_scanner.vision.picture_cracks import CrackLimits, find_cracks
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.width import LineWidths

GATE = 0.3
"""Tile probability from which a tile and its neighbours are worth a look at their pixels."""


def promising_tiles(scores: TileScores, gate: float = GATE) -> NDArray[np.intp]:
    """Indices of the tiles with a probability of `gate` or more: without any, no pixel is worth a look."""
    return np.flatnonzero(np.nan_to_num(scores.probability, nan=0.0) >= gate)


def near_promising(scores: Sequence[TileScores], gate: float = GATE) -> Callable[[int, int, int], bool]:
    """Whether a square, x, y and side in pixels, touches a promising tile or a quarter of a tile around one.

    For pictures too large for a map of their pixels; `scores` may be those of parts of one picture.
    """
    low, high = (np.concatenate(ends) for ends in zip(*(_areas(part, gate) for part in scores), strict=True))

    def touches(x: int, y: int, size: int) -> bool:
        return bool(((low < (x + size, y + size)) & (high > (x, y))).all(axis=1).any())

    return touches


def observe_frame(
    segmenter: CrackSegmenter,
    image: NDArray[np.uint8],
    scores: TileScores,
    gate: float = GATE,
    limits: CrackLimits | None = None,
) -> FrameCracks:
    """Cracks of an image (H, W, 3) uint8 RGB of which the tiles are scored; no crack tile, no work."""
    if len(promising_tiles(scores, gate)) == 0:
        return FrameCracks((), segmenter.card.model_id)
    probability = segmenter.segment(image, near_promising([scores], gate))
    probability[~promising(scores, gate)] = 0
    cracks = find_cracks(image, probability, limits).cracks
    sightings = tuple(
        CrackSighting(
            _single(crack.widths), float(np.float32(crack.probability)), photo_of(image, crack.widths)
        )
        for crack in cracks
    )
    return FrameCracks(sightings, segmenter.card.model_id)


def _single(line: LineWidths) -> LineWidths:
    """A line in single precision, as messages carry it: maps come out alike however frames got to them."""
    points, width, sigma = (
        values.astype(np.float32).astype(np.float64) for values in (line.points, line.width, line.sigma)
    )
    return replace(line, points=points, width=width, sigma=sigma, smallest=float(np.float32(line.smallest)))


def promising(scores: TileScores, gate: float = GATE) -> NDArray[np.bool_]:
    """(H, W) the tiles called crack with probability `gate` or more, and a quarter of a tile around them."""
    area = np.zeros((scores.image_height, scores.image_width), np.bool_)
    for (left, top), (right, bottom) in zip(*_areas(scores, gate), strict=True):
        area[max(top, 0) : bottom, max(left, 0) : right] = True
    return area


def _areas(scores: TileScores, gate: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First corner (N, 2) x, y and the one opposite, past the end, of each promising tile and its rim."""
    chosen = promising_tiles(scores, gate)
    corner = np.stack([scores.x[chosen], scores.y[chosen]], axis=1).astype(np.int64)
    reach = scores.tile_size // 4
    return corner - reach, corner + scores.tile_size + reach
