"""From a probability for every pixel to the pixels of cracks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class MaskLimits:
    """What counts as a crack pixel.

    low: probability to which a crack goes on. high: probability it must reach somewhere.
    min_extent: pixels; the diagonal of the box around connected pixels must reach it.
    """

    low: float = 0.35
    high: float = 0.9
    min_extent: float = 30.0


@dataclass(frozen=True, eq=False)
class MaskPart:
    """Connected pixels: their box's upper left corner x, y and the box (h, w) with them set."""

    x: int
    y: int
    mask: Mask


def crack_mask(probability: NDArray[np.uint8], limits: MaskLimits) -> NDArray[np.uint8]:
    """(H, W) uint8, 0 or 255: connected pixels above `low` that reach `high` (hysteresis) and are not specks.

    probability: (H, W) uint8, 255 for 1.
    """
    mask = np.zeros_like(probability)
    low, high = round(limits.low * 255), round(limits.high * 255)
    for part in mask_parts(cv2.threshold(probability, low - 1, 255, cv2.THRESH_BINARY)[1]):
        height, width = part.mask.shape
        window = np.s_[part.y : part.y + height, part.x : part.x + width]
        strong = bool((probability[window][part.mask] >= high).any())
        if strong and np.hypot(height, width) >= limits.min_extent:
            mask[window][part.mask] = 255
    return mask


def mask_parts(mask: NDArray[np.uint8]) -> Iterator[MaskPart]:
    """The 8-connected parts of a mask (H, W) uint8 that is zero outside, from the top down."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    for number in range(1, count):
        x, y, width, height = (int(value) for value in stats[number, :4])
        yield MaskPart(x, y, labels[y : y + height, x : x + width] == number)
