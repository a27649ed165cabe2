"""A picture whose damage OpenCV does not take for granted."""

from __future__ import annotations

import cv2
import numpy as np


def jpeg_of_a_damaged_size(height: int = 24, width: int = 32) -> bytes:
    """A JPEG whose header tells of 65,500 x 65,500 pixels: cv2.imdecode raises instead of giving None."""
    content = cv2.imencode(".jpg", np.full((height, width, 3), 128, np.uint8))[1].tobytes()
    size = content.index(b"\xff\xc0") + 5
    return content[:size] + b"\xff\xdc\xff\xdc" + content[size + 4 :]
