"""What looks like a crack and is none: joints, cables, shadows, scratches, stains, pores, writing, bricks.

Each function draws into a picture (H, W, 3) float32 RGB 0..1; nothing of it is ever labelled crack.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.training.segmentation.backgrounds import fractal
from crack_scanner.training.segmentation.crack_drawing import FloatImage, soften

Floats = NDArray[np.float64]
Distractor = Callable[[np.random.Generator, FloatImage], None]

_SHIFT = 4  # fractional bits of OpenCV's drawing coordinates


def add_distractors(rng: np.random.Generator, picture: FloatImage) -> None:
    """Draw one to three of them."""
    for _ in range(int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))):
        kind = DISTRACTORS[int(rng.choice(len(DISTRACTORS), p=_SHARES))]
        kind(rng, picture)


def joint(rng: np.random.Generator, picture: FloatImage) -> None:
    """A straight groove of constant width across the picture, sometimes with a lit edge."""
    start, end = _across(rng, len(picture))
    width = float(rng.uniform(1, 14))
    _darken(picture, _stroke(picture, np.stack([start, end]), width), float(rng.uniform(0.15, 0.9)), rng)
    if rng.random() < 0.5:
        aside = _normal(start, end) * (width / 2 + 1) * rng.choice([-1, 1])
        _lighten(
            picture, _stroke(picture, np.stack([start, end]) + aside, 2.0), float(rng.uniform(0.05, 0.4))
        )


def cable(rng: np.random.Generator, picture: FloatImage) -> None:
    """A smooth, gently bent bar, round: light along its middle, with its shadow beside it.

    Always with that light, and never as thin as to lose it: a dark line in a bow may as well be a crack.
    """
    start, end = _across(rng, len(picture))
    t = np.linspace(0, 1, 40)[:, None]
    bend = _normal(start, end) * rng.normal(0, 0.12) * len(picture)
    line = start + (end - start) * t + bend * 4 * t * (1 - t)
    width = float(np.exp(rng.uniform(math.log(4), math.log(40))))
    shadow = _normal(start, end) * width * rng.uniform(-0.8, 0.8)
    _darken(
        picture, soften(_stroke(picture, line + shadow, width), width / 4), float(rng.uniform(0, 0.5)), rng
    )
    colour = rng.uniform(0.03, 0.5) * rng.normal(1, 0.1, 3)
    _paint(picture, _stroke(picture, line, width), colour)
    _lighten(picture, soften(_stroke(picture, line, width / 4), width / 8), float(rng.uniform(0.15, 0.6)))


def shadow_edge(rng: np.random.Generator, picture: FloatImage) -> None:
    """One side of a line, straight or wavy, lies in shadow."""
    size = len(picture)
    start, end = _across(rng, size)
    rows, columns = np.mgrid[:size, :size]
    side = _normal(start, end)
    distance = (columns - start[0]) * side[0] + (rows - start[1]) * side[1]
    distance = distance + fractal(rng, size, 120.0, 0.3) * rng.choice([0, 0, 6, 15])
    share = 1 / (1 + np.exp(-np.clip(distance / rng.uniform(0.3, 8), -30, 30)))
    picture *= (1 - rng.uniform(0.15, 0.7) * share).astype(np.float32)[..., None]


def scratches(rng: np.random.Generator, picture: FloatImage) -> None:
    """Short thin straight strokes, light or dark, often several in parallel."""
    angle = rng.uniform(0, math.pi)
    for _ in range(int(rng.integers(1, 9))):
        heading = angle + rng.normal(0, 0.15)
        length = rng.uniform(8, 110)
        start = rng.uniform(0, len(picture), 2)
        end = start + length * np.array([math.cos(heading), math.sin(heading)])
        stroke = _stroke(picture, np.stack([start, end]), float(rng.uniform(0.8, 2.5)))
        if rng.random() < 0.5:
            _lighten(picture, stroke, float(rng.uniform(0.05, 0.5)))
        else:
            _darken(picture, stroke, float(rng.uniform(0.05, 0.4)), rng)


def stains(rng: np.random.Generator, picture: FloatImage) -> None:
    """Dark or light patches with soft or hard borders; sometimes runs of water."""
    size = len(picture)
    field = fractal(rng, size, float(rng.uniform(25, 150)), float(rng.uniform(0.3, 0.7)))
    if rng.random() < 0.3:
        runs = cv2.resize(field, None, fx=1.0, fy=float(rng.uniform(4, 12)), interpolation=cv2.INTER_LINEAR)
        field = np.asarray(runs, np.float32)[:size, :size]
    share = np.clip((field - rng.uniform(0, 1.2)) / rng.uniform(0.05, 0.8), 0, 1)
    picture *= (1 + rng.choice([-0.5, 0.3]) * rng.uniform(0.2, 1) * share).astype(np.float32)[..., None]


def pores(rng: np.random.Generator, picture: FloatImage) -> None:
    """Dark holes with a lit lower rim; some drawn out, some in rows."""
    heading = rng.uniform(0, math.pi)
    longest = float(rng.choice([1.5, 1.5, 6.0]))
    for _ in range(int(np.exp(rng.uniform(0, math.log(60))))):
        x, y = rng.uniform(0, len(picture), 2)
        size = float(np.exp(rng.uniform(math.log(0.8), math.log(7))))
        axes = (size * rng.uniform(1, longest), size)
        turn = math.degrees(heading + rng.normal(0, 0.4))
        _darken(picture, _ellipse(picture, (x, y), axes, turn), float(rng.uniform(0.2, 0.9)), rng)
        _lighten(
            picture,
            _ellipse(picture, (x + 0.8, y + size), (axes[0] * 0.8, 1.0), turn),
            float(rng.uniform(0, 0.3)),
        )


def writing(rng: np.random.Generator, picture: FloatImage) -> None:
    """Letters and figures as surveyors leave them, or smooth loops of chalk and coloured pen."""
    size = len(picture)
    lettered = rng.random() < 0.5
    if lettered:
        letters = "".join(chr(int(c)) for c in rng.integers(48, 91, int(rng.integers(1, 6))))
        place = tuple(int(v) for v in rng.uniform(0, 0.8 * size, 2))
        font, scale = int(rng.choice([0, 3, 6, 7])), float(rng.uniform(0.4, 3))
        layer = np.zeros(picture.shape[:2], np.uint8)
        cv2.putText(layer, letters, place, font, scale, 255, int(rng.integers(1, 5)), cv2.LINE_AA)
    else:
        t = np.linspace(0, 1, 80)[:, None]
        phase = rng.uniform(0, 2 * math.pi, (2, 3, 2))
        waves = sum(
            np.cos(2 * math.pi * (k + 1) * t * rng.uniform(0.2, 1) + phase[0, k]) / (k + 1) for k in range(3)
        )
        line = rng.uniform(0, size, 2) + waves * rng.uniform(15, 90)
        layer = np.rint(255 * _stroke(picture, np.asarray(line), float(rng.uniform(1.0, 6)))).astype(np.uint8)
    stroke = soften(np.asarray(layer, np.float32) / np.float32(255), 0.6)
    if lettered and rng.random() < 0.5:
        _darken(picture, stroke, float(rng.uniform(0.2, 0.8)), rng)
    else:
        _paint(picture, stroke * np.float32(rng.uniform(0.3, 0.95)), _pen(rng))


def _pen(rng: np.random.Generator) -> Floats:
    """RGB of chalk or of a coloured pen: lighter than concrete, or clearly no grey."""
    if rng.random() < 0.5:
        return rng.uniform(0.75, 1.0) * rng.uniform(0.85, 1.0, 3)
    colour = rng.permutation([rng.uniform(0.0, 0.2), rng.uniform(0.0, 0.6), rng.uniform(0.5, 1.0)])
    return np.asarray(colour, np.float64)


def masonry(rng: np.random.Generator, picture: FloatImage) -> None:
    """Courses of bricks or slabs, each of its own shade, with dark or light joints."""
    size = len(picture)
    height = int(rng.uniform(18, 90))
    length = int(height * rng.uniform(1, 4))
    width = float(rng.uniform(1, 7))
    lines = np.zeros((size, size), np.float32)
    shade = np.ones((size, size), np.float32)
    for course, top in enumerate(range(-int(rng.integers(height)), size, height)):
        offset = int(length * (0.5 * (course % 2) + rng.uniform(-0.1, 0.1))) - length
        for left in range(offset, size, length):
            corner = (max(left, 0), max(top, 0))
            shade[corner[1] : top + height, corner[0] : max(left + length, 0)] = rng.normal(1, 0.1)
            points = np.array([[left, top + height], [left, top], [left + length, top]], float)
            wobble = rng.normal(0, 0.8, points.shape)
            lines = np.maximum(lines, _stroke(picture, points + wobble, width))
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), float(rng.choice([0, 90]) + rng.normal(0, 6)), 1.15)
    lines, shade = (
        np.asarray(cv2.warpAffine(layer, turn, (size, size), borderMode=cv2.BORDER_REFLECT_101), np.float32)
        for layer in (lines, shade)
    )
    picture *= np.clip(shade, 0.5, 1.5)[..., None]
    if rng.random() < 0.7:
        _darken(picture, soften(lines, float(rng.uniform(0, 1.5))), float(rng.uniform(0.15, 0.8)), rng)
    else:
        _lighten(picture, soften(lines, float(rng.uniform(0, 1.5))), float(rng.uniform(0.1, 0.5)))


def moulding(rng: np.random.Generator, picture: FloatImage) -> None:
    """Parallel straight or round edges of a profile, each with its own light and shadow."""
    size = len(picture)
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    if rng.random() < 0.5:
        x, y = rng.uniform(-0.5 * size, 1.5 * size, 2)
        position = np.hypot(columns - x, (rows - y) * rng.uniform(0.6, 1.6))
    else:
        angle = rng.uniform(0, math.pi)
        position = columns * math.cos(angle) + rows * math.sin(angle)
    for _ in range(int(rng.integers(1, 6))):
        edge = rng.uniform(position.min(), position.max())
        reach = rng.uniform(1, 12)
        bump = np.exp(-np.abs(position - edge) / reach) * (position > edge)
        picture *= (1 + rng.uniform(-0.6, 0.5) * bump).astype(np.float32)[..., None]


def fixtures(rng: np.random.Generator, picture: FloatImage) -> None:
    """Brackets, clips, bolts, sockets: dark or metallic shapes with their own edges, holes and shadows."""
    size = len(picture)
    colour = rng.uniform(0.02, 0.6) * rng.normal(1, 0.08, 3)
    for _ in range(int(rng.integers(1, 4))):
        centre, turn = rng.uniform(0.05, 0.95, 2) * size, float(rng.choice([0, 90]) + rng.normal(0, 8))
        shadow = rng.normal(0, 4, 2)
        pieces = [_piece(rng, picture, centre) for _ in range(int(rng.integers(1, 6)))]
        shift = np.array([[1, 0, shadow[0]], [0, 1, shadow[1]]])
        shapes = [_turned(piece, centre, turn) for piece in pieces]
        moved = [cv2.warpAffine(shape, shift, (size, size)) for shape in shapes]
        _darken(
            picture,
            soften(np.asarray(np.max(moved, axis=0), np.float32), 2.0),
            float(rng.uniform(0, 0.7)),
            rng,
        )
        for shape in shapes:
            _paint(picture, shape, colour * rng.uniform(0.5, 1.4))
            rim = soften(shape, 1.5)
            _lighten(picture, rim * (1 - rim) * 4 * shape, float(rng.uniform(0, 0.4)))


def _piece(rng: np.random.Generator, picture: FloatImage, centre: Floats) -> FloatImage:
    """A bar, a plate, a ring or a round head near `centre`."""
    place = centre + rng.normal(0, 12, 2)
    if rng.random() < 0.4:
        radius = float(rng.uniform(3, 22))
        disc = _ellipse(picture, (place[0], place[1]), (radius, radius), 0)
        inner = _ellipse(picture, (place[0], place[1]), (radius * 0.6, radius * 0.6), 0)
        return disc - inner if rng.random() < 0.6 else disc
    half = np.exp(rng.uniform(math.log(2), math.log(40), 2))
    layer = np.zeros(picture.shape[:2], np.uint8)
    corners = place + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    cv2.fillPoly(layer, [np.rint(corners * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    return np.asarray(layer, np.float32) / np.float32(255)


def _turned(layer: FloatImage, centre: Floats, angle: float) -> FloatImage:
    turn = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, 1.0)
    return np.asarray(cv2.warpAffine(layer, turn, layer.shape[::-1]), np.float32)


DISTRACTORS: tuple[Distractor, ...] = (
    joint, cable, shadow_edge, scratches, stains, pores, writing, masonry, moulding, fixtures,
)  # fmt: skip
_SHARES = np.array([0.12, 0.06, 0.12, 0.13, 0.12, 0.12, 0.07, 0.08, 0.08, 0.10])


def _across(rng: np.random.Generator, size: int) -> tuple[Floats, Floats]:
    """Two points outside the picture whose connection crosses it; often level or upright."""
    angle = (
        rng.choice([0, math.pi / 2]) + rng.normal(0, 0.05) if rng.random() < 0.6 else rng.uniform(0, math.pi)
    )
    ahead = np.array([math.cos(angle), math.sin(angle)])
    through = rng.uniform(0.1, 0.9, 2) * size
    return through - 1.5 * size * ahead, through + 1.5 * size * ahead


def _normal(start: Floats, end: Floats) -> Floats:
    ahead = (end - start) / np.linalg.norm(end - start)
    return np.array([-ahead[1], ahead[0]])


def _stroke(picture: FloatImage, line: Floats, width: float) -> FloatImage:
    """A line (N, 2) as (H, W) coverage 0..1; narrower than a pixel it gets fainter."""
    layer = np.zeros(picture.shape[:2], np.uint8)
    points = np.rint(line * 2**_SHIFT).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(layer, [points], False, 255, max(1, round(width)), cv2.LINE_AA, _SHIFT)
    return np.asarray(layer, np.float32) * np.float32(min(1.0, width) / 255)


def _ellipse(
    picture: FloatImage, centre: tuple[float, float], axes: tuple[float, float], turn: float
) -> FloatImage:
    layer = np.zeros(picture.shape[:2], np.uint8)
    fixed = tuple(round(v * 2**_SHIFT) for v in centre)
    radii = tuple(max(round(v * 2**_SHIFT), 8) for v in axes)
    cv2.ellipse(layer, fixed, radii, turn, 0, 360, 255, -1, cv2.LINE_AA, _SHIFT)
    return np.asarray(layer, np.float32) / np.float32(255)


def _darken(picture: FloatImage, share: FloatImage, strength: float, rng: np.random.Generator) -> None:
    grit = 1 + 0.1 * rng.standard_normal(share.shape).astype(np.float32)
    picture *= (1 - strength * share * grit).clip(0, 1)[..., None]


def _lighten(picture: FloatImage, share: FloatImage, strength: float) -> None:
    picture += (strength * share)[..., None] * (1 - picture)


def _paint(picture: FloatImage, share: FloatImage, colour: Floats) -> None:
    picture += share[..., None] * (colour.astype(np.float32) - picture)
