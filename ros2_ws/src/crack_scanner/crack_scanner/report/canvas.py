"""Two things to draw a sheet on: a picture, and SVG. Pixels, x right and y down."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from crack_scanner.report.colours import PAPER, rgb

Floats = NDArray[np.float64]

# Characters that Pillow's own font does not have.
_WITHOUT_GLYPH = str.maketrans({"²": "2"})

ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


@dataclass(frozen=True)
class Label:
    """A line of text; x, y: its foot at the anchor (start, middle or end). halo: on a paper ground."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: str = "start"
    halo: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom, about."""
        width = 0.58 * self.size * len(self.text)
        left = self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * width
        return left, self.y - 0.8 * self.size, left + width, self.y + 0.2 * self.size


class Canvas(Protocol):
    """What a sheet needs to be drawn."""

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A filled rectangle."""

    def line(self, points: Floats, colour: str, width: float, title: str = "", link: str = "") -> None:
        """An open line through points (N, 2); `title` and `link` where the medium has them."""

    def label(self, label: Label) -> None:
        """A line of text."""


class SvgCanvas:
    """Draws into one SVG element."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._size = (width, height)
        self._title = title
        self._role = "img"
        self._parts: list[str] = []

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """See Canvas."""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'
        )

    def line(self, points: Floats, colour: str, width: float, title: str = "", link: str = "") -> None:
        """See Canvas."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points.tolist())
        name = f"<title>{escape(title)}</title>" if title else ""
        part = (
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
            f'stroke-linecap="round" stroke-linejoin="round">{name}</polyline>'
        )
        if link:
            self._role = "group"
        # What it leads to is reached by keyboard otherwise; a thousand stops on the way there help nobody.
        self._parts.append(f'<a href="#{escape(link)}" tabindex="-1">{part}</a>' if link else part)

    def label(self, label: Label) -> None:
        """See Canvas."""
        text = (
            f'x="{label.x:.1f}" y="{label.y:.1f}" font-size="{label.size:g}" '
            f'text-anchor="{label.anchor}">{escape(label.text)}</text>'
        )
        if label.halo:
            # An element of its own below the text: not everything that draws SVG knows paint-order.
            paint = f'fill="{PAPER}" stroke="{PAPER}" stroke-width="4"'
            self._parts.append(f'<text aria-hidden="true" {paint} {text}')
        self._parts.append(f'<text fill="{label.colour}" {text}')

    def markup(self) -> str:
        """The SVG element, to be put into HTML as it is: every text in it is escaped."""
        width, height = self._size
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'role="{self._role}" aria-label="{escape(self._title)}" '
            f'font-family="Helvetica, Arial, sans-serif"><title>{escape(self._title)}</title>'
            + "\n".join(self._parts)
            + "</svg>"
        )


class PictureCanvas:
    """Draws into an RGB picture: shapes with OpenCV (antialiased), text with Pillow, last."""

    def __init__(self, width: int, height: int) -> None:
        self._pixels = np.full((height, width, 3), rgb(PAPER), np.uint8)
        self._labels: list[Label] = []

    def rectangle(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """See Canvas."""
        left, top, right, bottom = round(x), round(y), round(x + width), round(y + height)
        self._pixels[top:bottom, left:right] = rgb(fill)

    def line(self, points: Floats, colour: str, width: float, title: str = "", link: str = "") -> None:
        """See Canvas."""
        fixed_point = np.rint(points * 16).astype(np.int32)
        cv2.polylines(self._pixels, [fixed_point], False, rgb(colour), round(width), cv2.LINE_AA, shift=4)

    def label(self, label: Label) -> None:
        """See Canvas."""
        self._labels.append(label)

    def png(self) -> bytes:
        """The picture as a PNG file."""
        image = Image.fromarray(self._pixels)
        draw = ImageDraw.Draw(image)
        for label in self._labels:
            draw.text(
                (label.x, label.y),
                label.text.translate(_WITHOUT_GLYPH),
                fill=label.colour,
                font=text_font(label.size),
                anchor=ANCHORS[label.anchor],
                stroke_width=2 if label.halo else 0,
                stroke_fill=PAPER,
            )
        data = io.BytesIO()
        image.save(data, "PNG", compress_level=6)
        return data.getvalue()


@lru_cache(maxsize=16)
def text_font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The letters of pictures, `size` pixels high."""
    return ImageFont.load_default(size)
