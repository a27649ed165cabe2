"""How well marked pixels agree with true ones, as lines."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from skimage.morphology import skeletonize

Mask = NDArray[np.bool_]

TOLERANCE = 4.0
"""Pixels that a centre line may lie beside the true one."""


@dataclass(frozen=True)
class LineAgreement:
    """Pixels of centre lines: marked ones and those of them near a true line, true ones and those found."""

    found: int
    right_found: int
    true: int
    right_true: int

    def __add__(self, other: LineAgreement) -> LineAgreement:
        return LineAgreement(
            self.found + other.found,
            self.right_found + other.right_found,
            self.true + other.true,
            self.right_true + other.right_true,
        )

    @property
    def precision(self) -> float:
        """Share of the marked line that is right."""
        return self.right_found / max(self.found, 1)

    @property
    def recall(self) -> float:
        """Share of the true line that was found."""
        return self.right_true / max(self.true, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)

    @property
    def iou(self) -> float:
        """Found true line over found true line, missed true line and wrongly marked line."""
        wrong = self.found - self.right_found
        return self.right_true / max(self.true + wrong, 1)


def cleaned(mask: NDArray[np.uint8]) -> Mask:
    """A reference mask (H, W) uint8, crack from 128, without the ragged rim that JPEG left around it.

    Skeletons of the raw masks are four times as long as the cracks: every speck of the rim grows a line.
    """
    result: Mask = cv2.medianBlur((mask >= 128).astype(np.uint8) * 255, 5) > 0
    return result


def line_agreement(marked: Mask, true: Mask, tolerance: float = TOLERANCE) -> LineAgreement:
    """Agreement of the centre lines of two masks (H, W)."""
    lines, truth = skeletonize(marked), skeletonize(true)
    return LineAgreement(
        int(lines.sum()),
        int((lines & _near(truth, tolerance)).sum()),
        int(truth.sum()),
        int((truth & _near(lines, tolerance)).sum()),
    )


def _near(lines: Mask, tolerance: float) -> Mask:
    if not lines.any():
        return np.zeros_like(lines)
    result: Mask = distance_transform_edt(~lines) <= tolerance
    return result
