"""The part of a picture that shows a crack, as evidence to keep."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Largest side of a kept part, and what is shown around the line, pixels.
LARGEST, _MARGIN = 640, 32
_JPEG_QUALITY = 85


def crop_around(image: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The part (h, w, 3) uint8 RGB of an image (H, W, 3) around a line (N, 2) x, y, in a copy of its own.

    Larger parts are reduced to LARGEST pixels on the longer side.
    """
    size = np.array([image.shape[1], image.shape[0]])
    low = np.clip(np.floor(points.min(axis=0)).astype(int) - _MARGIN, 0, size - 1)
    high = np.clip(np.ceil(points.max(axis=0)).astype(int) + _MARGIN, low + 1, size)
    part = image[low[1] : high[1], low[0] : high[0]]
    scale = LARGEST / max(part.shape[:2])
    if scale >= 1.0:
        return part.copy()
    width, height = (max(1, round(side * scale)) for side in (part.shape[1], part.shape[0]))
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def as_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """A picture (h, w, 3) uint8 RGB as a JPEG file."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1])
