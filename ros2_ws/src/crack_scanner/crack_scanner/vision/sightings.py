"""The crack lines that one frame shows."""

from __future__ import annotations

from dataclasses import dataclass

from crack_scanner.vision.crack_photo import CrackPhoto
from crack_scanner.vision.width import LineWidths


@dataclass(frozen=True, eq=False)
class CrackSighting:
    """One line of a crack in a frame.

    widths: along its points, pixels of the frame. probability: 0 to 1. photo: what shows it; None where it
    was not passed on.
    """

    widths: LineWidths
    probability: float
    photo: CrackPhoto | None = None


@dataclass(frozen=True, eq=False)
class FrameCracks:
    """What the segmenter sees in one frame, nothing included.

    model_id: first 12 hex digits of the segmenter's sha256.
    """

    sightings: tuple[CrackSighting, ...]
    model_id: str
