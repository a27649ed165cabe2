"""The way that a camera has gone."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

# Metres between two points.
STEP = 0.02
# 400 m; the oldest goes first.
MOST_POINTS = 20_000


class CameraPath:
    """Points of the odom frame, each at least STEP from the one before it."""

    def __init__(self) -> None:
        self._points: deque[NDArray[np.float64]] = deque(maxlen=MOST_POINTS)

    def add(self, position: NDArray[np.float64]) -> None:
        """The camera is at (3,) `position`, metres."""
        if not self._points or np.linalg.norm(position - self._points[-1]) >= STEP:
            self._points.append(position)

    @property
    def points(self) -> NDArray[np.float64]:
        """(N, 3) metres, the oldest first."""
        return np.array(self._points, dtype=np.float64).reshape(-1, 3)
