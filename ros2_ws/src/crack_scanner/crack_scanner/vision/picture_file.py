"""Encoded pictures (JPEG, PNG and so on) to pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def decode(content: NDArray[np.uint8]) -> Image | None:
    """(H, W, 3) uint8 RGB of the bytes of a picture file, grey repeated; None if it cannot be decoded."""
    try:
        image = cv2.imdecode(content, cv2.IMREAD_COLOR_RGB) if content.size else None
    except cv2.error:
        # Such as one whose header, damaged, tells of more pixels than OpenCV takes.
        return None
    return None if image is None else np.asarray(image, np.uint8)


def read(path: Path) -> Image | None:
    """(H, W, 3) uint8 RGB of a picture file; None if it cannot be read or decoded."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError:
        return None
    return decode(content)
