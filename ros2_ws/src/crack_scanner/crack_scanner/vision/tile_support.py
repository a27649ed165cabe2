"""What the classifier says of the place where the segmenter sees a line.

The two look at different things: the segmenter at a line's own pixels, the classifier at the surface
around it. Edges that look like a crack for some pixels rarely look like one in a whole tile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.scores import TileScores

CELL = 16
"""Pixels between two places at which the support is kept."""


@dataclass(frozen=True, eq=False)
class TileSupport:
    """highest: (rows, columns) float32, the highest probability of the tiles around CELL x CELL pixels."""

    highest: NDArray[np.float32]

    def along(self, points: NDArray[np.float64]) -> float:
        """Mean over a line (N, 2) x, y pixels."""
        column, row = (points // CELL).astype(np.intp).T
        last_row, last_column = (side - 1 for side in self.highest.shape)
        return float(self.highest[row.clip(0, last_row), column.clip(0, last_column)].mean())


def tile_support(scores: Sequence[TileScores]) -> TileSupport:
    """What a picture's tiles say; `scores` may be those of its parts. Tiles without a score say nothing."""
    height, width = scores[0].image_height, scores[0].image_width
    highest = np.zeros((-(-height // CELL), -(-width // CELL)), np.float32)
    for part in scores:
        known = part.classified
        corners = zip(part.x[known].tolist(), part.y[known].tolist(), strict=True)
        for (x, y), probability in zip(corners, part.probability[known], strict=True):
            end_y, end_x = y + part.tile_size, x + part.tile_size
            window = highest[y // CELL : -(-end_y // CELL), x // CELL : -(-end_x // CELL)]
            np.maximum(window, probability, out=window)
    return TileSupport(highest)
