"""Millimetres in a picture without a robot: a plane seen through the lens."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Less than this share of the nearness of where the scale comes from is too near the horizon: there, what
# the homography is off by is as much as what it says.
_NEAREST = 0.05


@dataclass(frozen=True, eq=False)
class PictureScale:
    """Maps pixels onto the photographed surface.

    to_surface: (3, 3) homography from pixels x, y to millimetres on the surface; its third row gives 1
    where the scale comes from, and falls to 0 at the surface's horizon, beyond which nothing lies on it.
    relative_sigma: standard deviation of a length, as a share of it. source: where the scale comes from.
    """

    to_surface: Floats
    relative_sigma: float
    source: str

    def lengths_mm(self, points: Floats) -> Floats:
        """(N - 1,) lengths of the pieces of a line of points (N, 2) in pixels; NaN past the horizon."""
        result: Floats = np.linalg.norm(np.diff(self.on_surface(points), axis=0), axis=1)
        return result

    def widths_mm(self, points: Floats, widths: Floats) -> Floats:
        """(N,) widths across a line: points (N, 2) and widths (N,) in pixels. NaN stays NaN, and
        is what lies past the horizon.

        A crack seen at an angle is wider or narrower in pixels than from the front, so its two edges
        are laid on the surface and measured there, across the line as it runs on the surface.
        """
        ahead = _unit(np.gradient(points, axis=0))
        across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) * widths[:, None] / 2
        opening = self.on_surface(points + across) - self.on_surface(points - across)
        line = _unit(self.on_surface(points + ahead) - self.on_surface(points - ahead))
        result: Floats = np.abs(line[:, 0] * opening[:, 1] - line[:, 1] * opening[:, 0])
        return result

    def mm_per_px(self, x: float, y: float) -> float:
        """Mean side of a pixel at x, y on the surface; NaN past the horizon."""
        nearness = float(self.to_surface[2] @ [x, y, 1.0])
        if nearness <= _NEAREST:
            return math.nan
        # What a homography makes of a small area, by its determinant: differences of places, and NumPy's
        # determinant, have wrong last digits.
        area = abs(float(self.to_surface[0] @ np.cross(self.to_surface[1], self.to_surface[2])))
        return math.sqrt(area / nearness**3)

    def on_surface(self, points: Floats) -> Floats:
        """(N, 2) millimetres on the surface of points (N, 2) in pixels; NaN past the horizon or near it."""
        x, y, nearness = self.to_surface[:, :2] @ points.T + self.to_surface[:, 2:]
        on_it = np.where(nearness > _NEAREST, nearness, np.nan)
        return np.stack([x / on_it, y / on_it], axis=1)


def even_scale(mm_per_px: float) -> PictureScale:
    """The same everywhere: a picture taken straight on."""
    return PictureScale(np.diag([mm_per_px, mm_per_px, 1.0]), 0.0, "given")


def _unit(vectors: Floats) -> Floats:
    result: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return result
