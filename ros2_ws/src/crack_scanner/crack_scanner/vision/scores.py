"""What is known of a picture once it has been looked at: its tiles, and the crack lines in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.sightings import FrameCracks


@dataclass(frozen=True, eq=False)
class TileScores:
    """Scores of the tiles of one picture, a structure of arrays.

    stamp_ns: exposure time of the picture. image_width, image_height, tile_size: pixels.
    x, y: (N,) int32 upper left corner of each tile, pixels.
    probability: (N,) float32 calibrated probability of a crack; NaN where a tile was useless (too
    blurred, too dark, too bright) and was not classified.
    quality: (N,) float32, 0 useless to 1 sharp and well exposed.
    model_id: first 12 hex digits of the model's sha256.
    cracks: lines in and around the crack tiles; None where nobody has looked at their pixels.
    """

    stamp_ns: int
    image_width: int
    image_height: int
    tile_size: int
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    probability: NDArray[np.float32]
    quality: NDArray[np.float32]
    model_id: str
    cracks: FrameCracks | None = None

    @property
    def classified(self) -> NDArray[np.bool_]:
        """(N,) whether a tile was good enough to be classified."""
        result: NDArray[np.bool_] = np.isfinite(self.probability)
        return result

    @property
    def quality_of_picture(self) -> float:
        """Median quality of the tiles that were good enough, 0 without any."""
        classified = self.quality[self.classified]
        return float(np.median(classified)) if len(classified) else 0.0
