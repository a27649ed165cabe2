"""Crack pixels and crack lines of one frame, looked for only where the classifier points."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.picture_cracks import CrackLimits, PictureCrack, find_cracks
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.segmenter import CrackSegmenter

GATE = 0.3
"""Tile probability from which a tile and its neighbours are worth a look at their pixels."""


@dataclass(frozen=True, eq=False)
class FrameCracks:
    """What the segmenter sees in one frame.

    stamp_ns: exposure time. probability: (H, W) uint8, 255 for 1. known: (H, W), False where nobody looked.
    cracks: lines with widths, in pixels of the frame. model_id: first digits of the segmenter's sha256.
    """

    stamp_ns: int
    probability: NDArray[np.uint8]
    known: NDArray[np.bool_]
    cracks: tuple[PictureCrack, ...]
    model_id: str


def observe_frame(
    segmenter: CrackSegmenter,
    image: NDArray[np.uint8],
    scores: TileScores,
    gate: float = GATE,
    limits: CrackLimits | None = None,
) -> FrameCracks:
    """Cracks of an image (H, W, 3) uint8 RGB of which the tiles are scored; no crack tile, no work."""
    known = promising(scores, gate)
    if not known.any():
        return FrameCracks(
            scores.stamp_ns, np.zeros(known.shape, np.uint8), known, (), segmenter.card.model_id
        )
    probability = segmenter.segment(
        image, wanted=lambda x, y, size: bool(known[y : y + size, x : x + size].any())
    )
    probability[~known] = 0
    cracks = find_cracks(image, probability, limits).cracks
    return FrameCracks(scores.stamp_ns, probability, known, cracks, segmenter.card.model_id)


def promising(scores: TileScores, gate: float) -> NDArray[np.bool_]:
    """(H, W) the tiles called crack with probability `gate` or more, and half a tile around them."""
    area = np.zeros((scores.image_height, scores.image_width), np.uint8)
    reach = scores.tile_size // 2
    chosen = np.flatnonzero(np.nan_to_num(scores.probability, nan=0.0) >= gate)
    for x, y in zip(scores.x[chosen].tolist(), scores.y[chosen].tolist(), strict=True):
        corner = (max(x - reach, 0), max(y - reach, 0))
        end = (x + scores.tile_size + reach - 1, y + scores.tile_size + reach - 1)
        cv2.rectangle(area, corner, end, 1, cv2.FILLED)
    result: NDArray[np.bool_] = area > 0
    return result
