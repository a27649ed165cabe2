"""Pictures of what was found in a picture: tile probabilities laid over it, and its cracks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.severity import SEVERITIES
from crack_scanner.report.colours import CRACK_CLASSES, HEAT_COLOURS, INK, PAPER, rgb
from crack_scanner.vision.scores import TileScores

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]

_CELL = 16  # pixels; probabilities are spread on a lattice as coarse as this
_BAND = 512  # rows coloured at once
_STRENGTH = 0.6  # share of the colour where the probability is 1
# Of the legend, in letters of scale 1: height of a row, width of what stands beside the names.
_ROW, _SWATCH = 44, 78
_BAR_LENGTHS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


@dataclass(frozen=True, eq=False)
class LabelledLine:
    """A crack to draw: points (N, 2) x, y pixels, its severity and the text beside it."""

    points: Floats
    severity: str
    text: str


def draw_heat(image: Image, scores: Iterable[TileScores]) -> None:
    """Colour an image (H, W, 3) uint8 RGB by the mean probability of the tiles over each place.

    From dark blue for low to yellow for high, in colours that differ in lightness too (HEAT_COLOURS); the
    picture stays as it is where the probability is 0 and where no tile could be judged.
    """
    field = np.nan_to_num(_spread(image.shape[:2], scores), nan=0.0)
    width = image.shape[1]
    for top in range(0, len(image), _BAND):
        band = image[top : top + _BAND]
        rows = np.arange(top, top + len(band), dtype=np.float32)[:, None].repeat(width, 1)
        columns = np.arange(width, dtype=np.float32)[None].repeat(len(band), 0)
        value = cv2.remap(
            field,
            columns / _CELL - 0.5,
            rows / _CELL - 0.5,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        colour = cv2.applyColorMap(np.rint(value * 255).astype(np.uint8), HEAT_COLOURS)[..., ::-1]
        share = (_STRENGTH * np.sqrt(value))[..., None]
        band[...] = np.rint(band * (1 - share) + colour * share)


def draw_cracks(image: Image, lines: Iterable[LabelledLine], mm_per_px: float | None = None) -> None:
    """Draw cracks with their labels, and a scale bar, into an image (H, W, 3) uint8 RGB."""
    size = max(1.0, max(image.shape[:2]) / 1200)
    lines = list(lines)
    for line in lines:
        colour = rgb(CRACK_CLASSES[line.severity].colour)
        path = np.rint(line.points * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(image, [path], False, colour, max(1, round(1.5 * size)), cv2.LINE_AA, 4)
    taken: list[tuple[int, int, int, int]] = []
    for line in lines:
        _label(image, line.points[len(line.points) // 2], line.text, size, taken)
    if mm_per_px is not None:
        _scale_bar(image, mm_per_px, size)


def legend(width: int, severities: Collection[str]) -> Image:
    """A strip (h, width, 3) uint8 RGB to go below a picture: what the colours of its cracks mean."""
    names = [(severity, f"width {severity}") for severity in SEVERITIES if severity in severities]
    if not names:
        return np.empty((0, width, 3), np.uint8)
    font = cv2.FONT_HERSHEY_SIMPLEX
    widest = max(cv2.getTextSize(name, font, 1.0, 2)[0][0] for _, name in names)
    scale = min(0.45 * max(1.0, width / 1200), width / (widest + _SWATCH))
    row, thick = max(4, round(_ROW * scale)), max(1, round(2 * scale))
    strip = np.full((row * len(names) + row // 3, width, 3), rgb(PAPER), np.uint8)
    for number, (severity, name) in enumerate(names):
        y = row * number + round(0.65 * row)
        start, end, text = (round(at * scale) for at in (10, 50, 64))
        cv2.line(strip, (start, y), (end, y), rgb(CRACK_CLASSES[severity].colour), 2 * thick, cv2.LINE_AA)
        cv2.putText(
            strip, name, (text, y + round(9 * scale)), font, scale, rgb(INK), max(1, thick // 2), cv2.LINE_AA
        )
    return strip


def _spread(shape: tuple[int, int], scores: Iterable[TileScores]) -> NDArray[np.float32]:
    """Mean probability of the tiles over each cell of a lattice; NaN where there is none."""
    rows, columns = (-(-side // _CELL) for side in shape)
    total, count = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    for part in scores:
        side = max(1, round(part.tile_size / _CELL))
        for x, y, probability in zip(part.x // _CELL, part.y // _CELL, part.probability, strict=True):
            if np.isfinite(probability):
                total[y : y + side, x : x + side] += probability
                count[y : y + side, x : x + side] += 1
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _label(
    image: Image, place: Floats, text: str, size: float, taken: list[tuple[int, int, int, int]]
) -> None:
    """Text beside a place, unless it would cover a label that is there already."""
    font, scale, thick = cv2.FONT_HERSHEY_SIMPLEX, 0.45 * size, max(1, round(size))
    (width, height), _ = cv2.getTextSize(text, font, scale, thick)
    x = int(np.clip(place[0] + 6 * size, 0, max(image.shape[1] - width, 0)))
    y = int(np.clip(place[1], height, image.shape[0] - 1))
    box = (x, y - height, x + width, y)
    if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
        return
    taken.append(box)
    cv2.putText(image, text, (x, y), font, scale, rgb(PAPER), 3 * thick, cv2.LINE_AA)
    cv2.putText(image, text, (x, y), font, scale, rgb(INK), thick, cv2.LINE_AA)


def _scale_bar(image: Image, mm_per_px: float, size: float) -> None:
    """A bar of a round length, about a fifth of the picture wide, in the lower left corner.

    None in a picture that shows too little for the shortest.
    """
    height, width = image.shape[:2]
    longest = width / 4 * mm_per_px
    lengths = [value for value in _BAR_LENGTHS_MM if value <= longest]
    if not lengths:
        return
    length = lengths[-1]
    left, bottom = round(12 * size), round(height - 12 * size)
    right = left + round(length / mm_per_px)
    thick = max(2, round(4 * size))
    cv2.line(image, (left, bottom), (right, bottom), rgb(PAPER), thick + 2 * max(1, round(size)))
    cv2.line(image, (left, bottom), (right, bottom), rgb(INK), thick)
    _label(image, np.array([left - 6 * size, bottom - 8 * size]), f"{length} mm", size, [])
