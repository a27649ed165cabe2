"""How far the picture moved, from the pictures alone: for cameras without odometry.

Phase correlation (Kuglin and Hines, 1975, in OpenCV) of pictures shrunk to a common small size. It
gives the shift along the picture's axes only, which is what a camera that is panned or driven along
a surface mostly does; what it cannot see grows the reported uncertainty.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Pictures are compared at about this width, pixels.
_COMPARED_WIDTH = 424
# Peaks below this share of the correlation's energy are no match.
_MIN_RESPONSE = 0.15
# One sigma of a matched shift, in pixels of the shrunk picture, at a perfect response.
_MATCH_SIGMA = 0.25


@dataclass(frozen=True)
class Shift:
    """Motion of the view between two pictures, in pixels of the first: x right, y down, with a sigma."""

    x: float
    y: float
    sigma: float


class MotionTracker:
    """Compares each picture with the one before."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None
        self._window: NDArray[np.float32] | None = None

    def shift(self, image: NDArray[np.uint8]) -> Shift | None:
        """Motion of the view since the last picture (H, W, 3) uint8 RGB; None if the two do not match.

        The first picture, and one of another size than the last, match nothing.
        """
        scale = max(1.0, image.shape[1] / _COMPARED_WIDTH)
        size = round(image.shape[1] / scale), round(image.shape[0] / scale)
        grey = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        now = np.asarray(grey, np.float32)
        before, self._before = self._before, now
        if before is None or before.shape != now.shape:
            self._window = cv2.createHanningWindow(size, cv2.CV_32F)
            return None
        (x, y), response = cv2.phaseCorrelate(before, now, self._window)
        if response < _MIN_RESPONSE:
            return None
        return Shift(-x * scale, -y * scale, _MATCH_SIGMA * scale / response)
