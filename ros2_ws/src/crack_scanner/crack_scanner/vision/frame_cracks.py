"""Crack lines of one frame, looked for only where the classifier points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.picture_cracks import CrackLimits, find_cracks
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.width import LineWidths

GATE = 0.3
"""Tile probability from which a tile and its neighbours are worth a look at their pixels."""


def has_promising_tiles(scores: TileScores, gate: float = GATE) -> bool:
    """Whether a frame is worth a look at its pixels at all."""
    return bool((np.nan_to_num(scores.probability, nan=0.0) >= gate).any())


def near_promising(scores: Sequence[TileScores], gate: float = GATE) -> Callable[[int, int, int], bool]:
    """Whether a square, x, y and side in pixels, touches a promising tile or a quarter of a tile around one.

    For pictures too large for a map of their pixels; `scores` may be those of parts of one picture.
    """
    corners, sides = [np.empty((0, 2))], [np.empty(0)]
    for part in scores:
        chosen = np.flatnonzero(np.nan_to_num(part.probability, nan=0.0) >= gate)
        corners.append(np.stack([part.x[chosen], part.y[chosen]], axis=1).astype(np.float64))
        sides.append(np.full(len(chosen), float(part.tile_size)))
    corner, side = np.concatenate(corners), np.concatenate(sides)[:, None]
    low, high = corner - side // 4, corner + side + side // 4

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
    if not has_promising_tiles(scores, gate):
        return FrameCracks((), segmenter.card.model_id)
    known = promising(scores, gate)
    probability = segmenter.segment(
        image, wanted=lambda x, y, size: bool(known[y : y + size, x : x + size].any())
    )
    probability[~known] = 0
    cracks = find_cracks(image, probability, limits).cracks
    sightings = tuple(
        CrackSighting(_single(crack.widths), float(np.float32(crack.probability))) for crack in cracks
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
    area = np.zeros((scores.image_height, scores.image_width), np.uint8)
    reach = scores.tile_size // 4
    chosen = np.flatnonzero(np.nan_to_num(scores.probability, nan=0.0) >= gate)
    for x, y in zip(scores.x[chosen].tolist(), scores.y[chosen].tolist(), strict=True):
        corner = (max(x - reach, 0), max(y - reach, 0))
        end = (x + scores.tile_size + reach - 1, y + scores.tile_size + reach - 1)
        cv2.rectangle(area, corner, end, 1, cv2.FILLED)
    result: NDArray[np.bool_] = area > 0
    return result
