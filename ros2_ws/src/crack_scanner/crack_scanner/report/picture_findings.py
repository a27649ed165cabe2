"""What is told of the cracks of one picture: figures in pixels and, where there is a scale, millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from crack_scanner.mapping.severity import NOT_MEASURED, GuideValue
from crack_scanner.vision.picture_cracks import PictureCrack
from crack_scanner.vision.picture_scale import PictureScale
from crack_scanner.vision.rough_length import lost_course

Floats = NDArray[np.float64]

STRETCH_MM = 10.0
STRETCH_PX = 20.0
"""Length over which a width is averaged before the largest one is looked for, with and without a scale."""

CHANCE = 1.645
"""Sigmas by which the 95th percentile of equal widths is too large; what it leaves must be claimable."""
_LINE_STEP = 3  # points of a line that are written: every third


@dataclass(frozen=True)
class WidthFigures:
    """Widths of one crack in one unit: mm or px.

    largest: 95th percentile of the width averaged over 10 mm (20 px without a scale). mean: over the
    length. sigma: standard deviation of a single width. smallest: the smallest width that can be
    claimed, a figure below it is None; or, of a crack whose widths may be below it, the largest measured.
    All None where nothing could be measured.
    """

    unit: str
    largest: float | None
    mean: float | None
    sigma: float | None
    smallest: float

    @property
    def text(self) -> str:
        """`0.42 mm`, `< 0.3 mm` or `?`."""
        if self.sigma is None:
            return "?"
        return (
            f"< {self.smallest:.2g} {self.unit}"
            if self.largest is None
            else f"{self.largest:.2g} {self.unit}"
        )


def width_figures(crack: PictureCrack, scale: PictureScale | None) -> WidthFigures:
    """A crack's widths, in millimetres where there is a scale."""
    widths = crack.widths
    if scale is None:
        steps = np.linalg.norm(np.diff(crack.points, axis=0), axis=1)
        return _figures("px", widths.width, widths.sigma, steps, STRETCH_PX, widths.smallest)
    width = scale.widths_mm(crack.points, widths.width)
    per_pixel = width / widths.width
    sigma = np.hypot(widths.sigma * per_pixel, width * scale.relative_sigma)
    steps = scale.lengths_mm(crack.points)
    # The middle of what was measured: past the surface's horizon nothing has a size.
    known = np.flatnonzero(np.isfinite(width)) if np.isfinite(width).any() else np.arange(len(width))
    x, y = crack.points[known[len(known) // 2]]
    smallest = widths.smallest * scale.mm_per_px(float(x), float(y))
    return _figures("mm", width, sigma, steps, STRETCH_MM, smallest)


def crack_findings(crack: PictureCrack, scale: PictureScale | None, guide: GuideValue) -> dict[str, Any]:
    """A row of cracks.json."""
    figures = width_figures(crack, scale)
    pixels = width_figures(crack, None)
    low, high = crack.points.min(axis=0), crack.points.max(axis=0)
    row: dict[str, Any] = {
        "id": crack.number,
        "probability": round(crack.probability, 3),
        "length_px": round(crack.length, 1),
        **_rounded(pixels, 2),
        "orientation_deg": round(orientation(crack.points), 1),
        "joins": list(crack.joins),
        "box_px": [round(float(value), 1) for value in (*low, *high)],
        "blur_px": round(crack.widths.blur, 2),
    }
    if scale is not None:
        length = float(scale.lengths_mm(crack.points).sum()) * lost_course(crack.points)
        row |= {"length_mm": _number(length, 2), **_rounded(figures, 4)}
    row["width"] = figures.text
    row["severity"] = _severity(figures, guide)
    row["line_px"] = np.round(crack.points[::_LINE_STEP], 2).tolist()
    row["widths_px"] = [_number(value, 2) for value in crack.widths.width[::_LINE_STEP]]
    row["sigmas_px"] = [_number(value, 2) for value in crack.widths.sigma[::_LINE_STEP]]
    return row


def orientation(points: Floats) -> float:
    """Degrees from 0 (level) over 45 (rising to the right) to 180, of the line's main direction."""
    spread = points - points.mean(axis=0)
    x, y = np.linalg.svd(spread, full_matrices=False)[2][0]
    return math.degrees(math.atan2(-y, x)) % 180.0


def _figures(
    unit: str, width: Floats, sigma: Floats, steps: Floats, stretch: float, smallest: float
) -> WidthFigures:
    known = np.isfinite(width)
    if known.sum() < 3 or not math.isfinite(smallest):
        return WidthFigures(unit, None, None, None, smallest)
    window = max(1, round(stretch / max(float(np.nanmedian(steps)), 1e-9)))
    weight = uniform_filter1d(known.astype(float), window, mode="constant")
    average = uniform_filter1d(np.where(known, width, 0.0), window, mode="constant") / np.maximum(
        weight, 1e-9
    )
    largest = float(np.quantile(average[known], 0.95))
    mean = float(width[known].mean())
    single = float(np.sqrt(np.mean(sigma[known] ** 2)))
    if largest - CHANCE * single < smallest:
        return WidthFigures(unit, None, None, single, max(largest, smallest))
    return WidthFigures(unit, largest, mean if mean >= smallest else None, single, smallest)


def _severity(figures: WidthFigures, guide: GuideValue) -> str:
    if figures.unit != "mm" or figures.sigma is None:
        return NOT_MEASURED
    return guide.severity(figures.largest, figures.sigma, figures.smallest)


def _rounded(figures: WidthFigures, digits: int) -> dict[str, float | None]:
    unit = figures.unit
    return {
        f"width_max_{unit}": _number(figures.largest, digits),
        f"width_mean_{unit}": _number(figures.mean, digits),
        f"width_sigma_{unit}": _number(figures.sigma, digits),
        f"smallest_width_{unit}": _number(figures.smallest, digits),
    }


def _number(value: float | None, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
