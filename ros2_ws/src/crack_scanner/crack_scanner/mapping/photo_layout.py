"""Where the photo of a crack lies on the surface, and what was measured in it: kept beside its JPEG files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.surface.footprint import FrameView
from crack_scanner.vision.crack_photo import CrackPhoto, GreyProfile, PictureArea

Floats = NDArray[np.float64]

# Points on each side of the grid through which picture and surface are tied together.
_TIES = 5


@dataclass(frozen=True)
class WidthProfile:
    """Grey values across a crack where it is widest.

    x, y: the place, pixels of the picture. across: unit vector x, y. at_mm: from the place. grey: 0 to 255.
    width_mm, sigma_mm: measured there, None where it could not be.
    """

    x: float
    y: float
    across: tuple[float, float]
    at_mm: tuple[float, ...]
    grey: tuple[float, ...]
    width_mm: float | None
    sigma_mm: float | None


@dataclass(frozen=True)
class PhotoLayout:
    """Where a crack's context and close-up lie in the picture they are from, and that on the surface.

    surface: homography, row by row, of pixels of the picture to u, v in metres; near the crack, as a lens
    bends more than that. line: x, y of the crack as seen there, pixels of the picture.
    """

    context: PictureArea
    close_up: PictureArea
    surface: tuple[float, ...]
    line: tuple[tuple[float, float], ...]
    profile: WidthProfile | None = None

    def to_surface(self, pixels: Floats) -> Floats:
        """Surface coordinates (N, 2) in metres of pixels (N, 2) of the picture."""
        return _mapped(np.array(self.surface).reshape(3, 3), pixels)

    def to_pixels(self, uv: Floats) -> Floats:
        """Pixels (N, 2) of the picture of surface coordinates (N, 2)."""
        return _mapped(np.linalg.inv(np.array(self.surface).reshape(3, 3)), uv)

    def mm_per_px(self, area: PictureArea) -> float:
        """Millimetres on the surface a kept pixel in the middle of a part."""
        x, y = (area.width - 1) / 2, (area.height - 1) / 2
        middles = np.array([[x - 0.5, y], [x + 0.5, y], [x, y - 0.5], [x, y + 0.5]])
        around = self.to_surface(area.to_picture(middles))
        along_x, along_y = around[1] - around[0], around[3] - around[2]
        return float(np.sqrt(abs(along_x[0] * along_y[1] - along_x[1] * along_y[0])) * 1e3)


def layout_of(view: FrameView, photo: CrackPhoto) -> PhotoLayout | None:
    """The layout of a photo taken from a view; None where a part of it looks past the surface."""
    area = photo.context.area
    grid = np.stack(np.meshgrid(*(np.linspace(0, side - 1, _TIES) for side in (area.width, area.height))))
    pixels = np.concatenate([area.to_picture(grid.reshape(2, -1).T), photo.line])
    uv = view.pixels_to_surface(pixels)
    if not np.isfinite(uv).all():
        return None
    # About the origin on both sides: far from it the differences would drown.
    middle, place = pixels.mean(axis=0), uv.mean(axis=0)
    matrix, _ = cv2.findHomography(pixels - middle, uv - place)
    if matrix is None:
        return None
    there, back = np.eye(3), np.eye(3)
    there[:2, 2], back[:2, 2] = place, -middle
    whole = there @ matrix @ back
    line = tuple((round(x, 2), round(y, 2)) for x, y in photo.line.tolist())
    profile = None if photo.profile is None else _profile(view, photo.profile)
    surface = tuple((whole / whole[2, 2]).ravel().tolist())
    return PhotoLayout(area, photo.close_up.area, surface, line, profile)


def layout_as_json(layout: PhotoLayout | None) -> dict[str, Any]:
    """As the database holds it; empty for none."""
    return {} if layout is None else asdict(layout)


def layout_from_json(values: Mapping[str, Any]) -> PhotoLayout | None:
    """The reverse."""
    if not values:
        return None
    profile = values["profile"]
    return PhotoLayout(
        PictureArea(**values["context"]),
        PictureArea(**values["close_up"]),
        tuple(values["surface"]),
        tuple((x, y) for x, y in values["line"]),
        None if profile is None else _profile_from_json(profile),
    )


def _profile_from_json(values: Mapping[str, Any]) -> WidthProfile:
    lists = {name: tuple(values[name]) for name in ("across", "at_mm", "grey")}
    return WidthProfile(**{**values, **lists})


def _profile(view: FrameView, seen: GreyProfile) -> WidthProfile | None:
    jacobian = view.pixel_jacobian(np.array([[seen.x, seen.y]]))[0]
    mm_per_px = float(np.linalg.norm(jacobian @ np.array(seen.across))) * 1e3
    if not np.isfinite(mm_per_px):
        return None
    width, sigma = (
        round(value * mm_per_px, 4) if np.isfinite(value) else None for value in (seen.width, seen.sigma)
    )
    return WidthProfile(
        round(seen.x, 2),
        round(seen.y, 2),
        (round(seen.across[0], 4), round(seen.across[1], 4)),
        tuple(round(at * mm_per_px, 4) for at in seen.at.tolist()),
        tuple(round(grey, 1) for grey in seen.grey.tolist()),
        width,
        sigma,
    )


def _mapped(matrix: Floats, points: Floats) -> Floats:
    moved: Floats = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    result: Floats = moved[:, :2] / moved[:, 2:]
    return result
