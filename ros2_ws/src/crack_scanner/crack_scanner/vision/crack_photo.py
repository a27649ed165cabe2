"""What is kept of a picture as evidence of a crack.

The crack in its surroundings, its widest place from near, and the grey values across that place.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from crack_scanner.vision.picture_file import decode
from crack_scanner.vision.width import LineWidths, grey_across

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]

# Largest side of the surroundings, and what is shown of them around the line, pixels.
LARGEST, _MARGIN = 640, 64
# Side of the close-up, at the picture's own resolution: a tile of a classifier fits in at several places.
CLOSE_UP = 320
_CONTEXT_QUALITY, _CLOSE_UP_QUALITY = 85, 92
# Points of the line that are kept, and ground that is shown beyond the edges of the profile, pixels.
_MOST_POINTS, _GROUND = 200, 10.0
# Points, about a pixel apart, of whose widths the median is taken before the widest place is looked for.
_STRETCH = 15


@dataclass(frozen=True)
class PictureArea:
    """A part of a picture: its upper left corner, and how large it is shown.

    x, y: pixels of the picture, of the corner of the first pixel. width, height: of the part as it is kept,
    pixels. scale: kept pixels a pixel of the picture; 1 is the picture's own resolution.
    """

    x: float
    y: float
    width: int
    height: int
    scale: float = 1.0

    def to_part(self, pixels: Floats) -> Floats:
        """Pixels (N, 2) of the picture, pixel centres at whole numbers, as pixels of the part."""
        result: Floats = (pixels + 0.5 - [self.x, self.y]) * self.scale - 0.5
        return result

    def to_picture(self, pixels: Floats) -> Floats:
        """Pixels (N, 2) of the part as pixels of the picture, pixel centres at whole numbers."""
        result: Floats = (pixels + 0.5) / self.scale + [self.x, self.y] - 0.5
        return result


@dataclass(frozen=True, eq=False)
class PhotoPart:
    """A part of a picture: (h, w, 3) uint8 RGB pixels, and the quality that its JPEG file is to have."""

    area: PictureArea
    pixels: Image
    quality: int

    def jpeg(self) -> bytes:
        """As a JPEG file."""
        return as_jpeg(self.pixels, self.quality)


@dataclass(frozen=True, eq=False)
class GreyProfile:
    """Grey values across a crack, where it is widest.

    x, y: the place, pixels of the picture. across: unit vector x, y. at: (K,) pixels from the place.
    grey: (K,). width, sigma: measured there, pixels; NaN where it could not be.
    """

    x: float
    y: float
    across: tuple[float, float]
    at: Floats
    grey: Floats
    width: float
    sigma: float


@dataclass(frozen=True, eq=False)
class CrackPhoto:
    """context: the crack and what is around it. close_up: its widest place. line: (N, 2) x, y pixels."""

    context: PhotoPart
    close_up: PhotoPart
    line: Floats
    profile: GreyProfile | None = None


def photo_of(image: Image, line: LineWidths) -> CrackPhoto:
    """What is worth keeping of an image (H, W, 3) uint8 RGB that shows a line; in copies of its own."""
    points = line.points
    low, high = points.min(axis=0) - _MARGIN, points.max(axis=0) + _MARGIN
    place = widest_place(line)
    corner = points[place] - CLOSE_UP / 2
    close_up = _shifted_inside(corner, CLOSE_UP, image.shape)
    step = max(1, -(-len(points) // _MOST_POINTS))
    return CrackPhoto(
        _part(image, low, high, LARGEST, _CONTEXT_QUALITY),
        _part(image, close_up, close_up + CLOSE_UP, CLOSE_UP, _CLOSE_UP_QUALITY),
        np.concatenate([points[::step], points[-1:]]),
        _profile(image, line, place),
    )


def widest_place(line: LineWidths) -> int:
    """Index of the point about which the line is widest; its middle where no width is known."""
    known = np.isfinite(line.width)
    if not known.any():
        return len(line.points) // 2
    usual = median_filter(np.where(known, line.width, 0.0), _STRETCH, mode="nearest")
    return int(np.argmax(np.where(known, usual, -1.0)))


def as_jpeg(picture: Image, quality: int) -> bytes:
    """A picture (h, w, 3) uint8 RGB as a JPEG file."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def from_jpeg(data: bytes) -> Image | None:
    """The pixels (h, w, 3) uint8 RGB of a JPEG file; None if it is none."""
    return decode(np.frombuffer(data, np.uint8))


def _part(image: Image, low: Floats, high: Floats, largest: int, quality: int) -> PhotoPart:
    """The part of an image between two corners x, y, reduced to `largest` pixels on the longer side."""
    size = np.array([image.shape[1], image.shape[0]])
    first = np.clip(np.floor(low).astype(int), 0, size - 1)
    end = np.clip(np.ceil(high).astype(int), first + 1, size)
    part = image[first[1] : end[1], first[0] : end[0]]
    x, y, scale = float(first[0]), float(first[1]), min(1.0, largest / max(part.shape[:2]))
    if scale == 1.0:
        return PhotoPart(PictureArea(x, y, part.shape[1], part.shape[0]), part.copy(), quality)
    width, height = (max(1, round(side * scale)) for side in (part.shape[1], part.shape[0]))
    reduced = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return PhotoPart(PictureArea(x, y, width, height, scale), reduced, quality)


def _shifted_inside(corner: Floats, side: int, shape: tuple[int, ...]) -> Floats:
    room = np.array([shape[1], shape[0]], float) - side
    result: Floats = np.rint(np.clip(corner, 0.0, np.maximum(room, 0.0)))
    return result


def _profile(image: Image, line: LineWidths, place: int) -> GreyProfile | None:
    width, sigma = float(line.width[place]), float(line.sigma[place])
    reach = (width if np.isfinite(width) else 2.0) / 2 + _GROUND
    found = grey_across(image, line.points, place, reach)
    if found is None:
        return None
    at, grey, across = found
    x, y = line.points[place].tolist()
    return GreyProfile(x, y, across, at, grey, width, sigma)
