"""The crack lines that one frame shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.width import LineWidths


@dataclass(frozen=True, eq=False)
class CrackSighting:
    """One line of a crack in a frame.

    widths: along its points, pixels of the frame. probability: 0 to 1. crop: (h, w, 3) uint8 RGB, the part of
    the frame around it; None where it was not passed on.
    """

    widths: LineWidths
    probability: float
    crop: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class FrameCracks:
    """What the segmenter sees in one frame, nothing included.

    model_id: first 12 hex digits of the segmenter's sha256.
    """

    sightings: tuple[CrackSighting, ...]
    model_id: str
