"""Pictures of what was found in a picture: tile probabilities laid over it, and its cracks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw

from crack_scanner.mapping.severity import NOT_MEASURED, SEVERITIES
from crack_scanner.report.canvas import text_font
from crack_scanner.report.colours import CRACK_CLASSES, HEAT_COLOURS, INK, PAPER, rgb
from crack_scanner.vision.scores import TileScores

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom, px."""

_CELL = 16  # pixels; probabilities are spread on a lattice as coarse as this
_BAND = 512  # rows coloured at once
_STRENGTH = 0.6  # share of the colour where the probability is 1
_LETTERS = 14  # pixels that the letters of labels are high in a small picture
_PLACES = 33  # along a line, where a label may stand
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
    taken = [] if mm_per_px is None else _scale_bar(image, mm_per_px, size)
    for line in lines:
        _label(image, _from_the_middle(line.points), line.text, size, taken)


def legend_names(severities: Collection[str], scale_known: bool = True) -> list[tuple[str, str]]:
    """The severities that are there, each with what its colour means.

    Without a scale the widths are there, in pixels, but cannot be rated.
    """
    words = {} if scale_known else {NOT_MEASURED: "no scale: widths in pixels, not rated"}
    present = [severity for severity in SEVERITIES if severity in severities]
    return [(severity, words.get(severity, f"width {severity}")) for severity in present]


def legend(width: int, severities: Collection[str], scale_known: bool = True) -> Image:
    """A strip (h, width, 3) uint8 RGB to go below a picture: what the colours of its cracks mean."""
    names = legend_names(severities, scale_known)
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


def _from_the_middle(points: Floats) -> Floats:
    """Places along a line, the nearest to its middle first."""
    middle, count = len(points) // 2, len(points)
    chosen = np.unique(np.append(np.linspace(0, count - 1, min(_PLACES, count)).astype(int), middle))
    order = np.argsort(np.abs(chosen - middle), kind="stable")
    return np.asarray(points[chosen[order]])


def _label(image: Image, places: Floats, text: str, size: float, taken: list[Box]) -> None:
    """Text beside the first of the places where it covers no other label; none where there is no such place.

    taken: boxes of the labels that are there; this one's is added.
    """
    patch, ink = _text(text, size)
    height, width = min(patch.shape[0], image.shape[0]), min(patch.shape[1], image.shape[1])
    for box in _boxes(image.shape[:2], places, (height, width), size):
        if not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            break
    else:
        return
    taken.append(box)
    left, top, right, bottom = box
    share, under = ink[:height, :width, None] / 255.0, image[top:bottom, left:right]
    under[...] = np.rint(under * (1 - share) + patch[:height, :width] * share)


def _boxes(shape: tuple[int, ...], places: Floats, extent: tuple[int, int], size: float) -> Iterator[Box]:
    """Where a label of an extent (height, width) may stand: right or left of a place.

    Those that are not wholly inside the picture come last, moved inside.
    """
    height, width = extent
    away = round(6 * size)
    low, right_end = shape[0] - height, shape[1] - width
    moved: list[Box] = []
    for x, y in np.rint(places).astype(int).tolist():
        top = min(max(y - height, 0), low)
        for left in (x + away, x - away - width):
            inside = min(max(left, 0), right_end)
            box = inside, top, inside + width, top + height
            if inside == left:
                yield box
            else:
                moved.append(box)
    yield from moved


def _text(text: str, size: float) -> tuple[Image, Image]:
    """A text with a pale rim, (h, w, 3) uint8 RGB, and how much of each pixel it covers, (h, w) 0 to 255.

    Rim and letters are made of the same outline: OpenCV's own letters are wider apart the thicker they are.
    """
    font, rim = text_font(round(_LETTERS * size)), max(1, round(1.5 * size))
    measure = ImageDraw.Draw(Pictures.new("L", (1, 1)))
    left, top, right, bottom = measure.textbbox((0, 0), text, font=font, stroke_width=rim)
    corner, extent = (-left, -top), (int(np.ceil(right - left)), int(np.ceil(bottom - top)))
    cover, letters = Pictures.new("L", extent, 0), Pictures.new("RGB", extent, PAPER)
    ImageDraw.Draw(cover).text(corner, text, fill=255, font=font, stroke_width=rim, stroke_fill=255)
    ImageDraw.Draw(letters).text(corner, text, fill=INK, font=font)
    return np.asarray(letters), np.asarray(cover)


def _scale_bar(image: Image, mm_per_px: float, size: float) -> list[Box]:
    """A bar of a round length, about a fifth of the picture wide, in the lower left corner; its boxes.

    None in a picture that shows too little for the shortest.
    """
    height, width = image.shape[:2]
    longest = width / 4 * mm_per_px
    lengths = [value for value in _BAR_LENGTHS_MM if value <= longest]
    if not lengths:
        return []
    length = lengths[-1]
    left, bottom = round(12 * size), round(height - 12 * size)
    right = left + round(length / mm_per_px)
    thick = max(2, round(4 * size))
    cv2.line(image, (left, bottom), (right, bottom), rgb(PAPER), thick + 2 * max(1, round(size)))
    cv2.line(image, (left, bottom), (right, bottom), rgb(INK), thick)
    taken = [(left - thick, bottom - thick, right + thick, bottom + thick)]
    _label(image, np.array([[left - 6 * size, bottom - 6 * size]]), f"{length} mm", size, taken)
    return taken
