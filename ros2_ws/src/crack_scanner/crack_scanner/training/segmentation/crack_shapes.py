"""Random cracks: centre lines that wander, kink and branch, with two rough edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Floats = NDArray[np.float64]

STEP = 0.5
"""Pixels between the points of a line."""

EVEN_SHARE = 0.25
"""Of the cracks that are equally wide from end to end, with smooth edges."""
BOWED_SHARE = 0.2
"""Of the cracks that run in long bows, without a kink."""


@dataclass(frozen=True, eq=False)
class DrawnCrack:
    """One unbranched crack in a picture.

    points: (N, 2) x, y pixels, (0, 0) the centre of the first pixel. left, right: (N,) distance in
    pixels from the line to either edge, looking along the line.
    """

    points: Floats
    left: Floats
    right: Floats

    @property
    def widths(self) -> Floats:
        """(N,) opening in pixels."""
        return self.left + self.right

    @property
    def middle(self) -> Floats:
        """(N, 2) points half-way between the edges: the centre line proper."""
        tangent = tangents(self.points)
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
        return self.points + normal * ((self.right - self.left) / 2)[:, None]


def tangents(points: Floats) -> Floats:
    """(N, 2) unit directions of a line (N, 2)."""
    step = np.gradient(points, axis=0)
    result: Floats = step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
    return result


def smooth_noise(rng: np.random.Generator, count: int, scale: float) -> Floats:
    """(count,) normal values of about unit deviation that stay alike over `scale` samples."""
    reach = math.ceil(3 * scale)
    white = rng.standard_normal(count + 2 * reach)
    smooth = gaussian_filter1d(white, scale, truncate=3.0)[reach : reach + count]
    result: Floats = smooth * math.sqrt(2 * math.sqrt(math.pi) * max(scale, 0.3))
    return result


def random_cracks(rng: np.random.Generator, size: int) -> list[DrawnCrack]:
    """The cracks of one picture of size x size pixels: mostly one, with or without branches."""
    count = int(rng.choice([1, 2, 3, 5], p=[0.72, 0.18, 0.06, 0.04]))
    cracks: list[DrawnCrack] = []
    widest = _random_width(rng)
    for number in range(count):
        width = widest if number == 0 else widest * rng.uniform(0.3, 1.0)
        trunk = crack(rng, _start(rng, size), rng.uniform(70, 2.0 * size), width)
        cracks.append(trunk)
        for _ in range(int(rng.choice([0, 1, 2, 4], p=[0.6, 0.25, 0.1, 0.05]))):
            cracks.append(_branch(rng, trunk, size))
    return cracks


def crack(
    rng: np.random.Generator, start: tuple[float, float, float], length: float, width: float
) -> DrawnCrack:
    """A crack from start (x, y, heading in radians), `length` and greatest `width` in pixels."""
    points = _wander(rng, start, length)
    count = len(points)
    waver = 0.25 * smooth_noise(rng, count, rng.uniform(20, 120)) + 0.15 * smooth_noise(rng, count, 8)
    ends = np.minimum(np.arange(count), np.arange(count)[::-1]) / (count * rng.uniform(0.05, 0.4))
    opening = width * np.exp(waver) * np.clip(ends, 0.05, 1.0) ** rng.uniform(0.2, 0.8)
    if rng.random() < EVEN_SHARE:
        opening, roughest = np.full(count, width), 0.04
    else:
        roughest = 0.16
    return DrawnCrack(points, _edge(rng, opening, roughest), _edge(rng, opening, roughest))


def _edge(rng: np.random.Generator, opening: Floats, roughest: float) -> Floats:
    rough = rng.uniform(0, roughest)
    count = len(opening)
    wear = rough * (smooth_noise(rng, count, 4) + 0.6 * smooth_noise(rng, count, 1.5))
    result: Floats = np.maximum(opening / 2 * (1 + wear), 0.03)
    return result


def _random_width(rng: np.random.Generator) -> float:
    """Greatest opening, pixels: mostly a few, sometimes hairlines, sometimes gaps."""
    if rng.random() < 0.22:
        return float(rng.uniform(8, 30))
    return float(np.exp(rng.uniform(math.log(0.5), math.log(11))))


def _start(rng: np.random.Generator, size: int) -> tuple[float, float, float]:
    """A point on the border looking inwards, or one inside."""
    if rng.random() < 0.35:
        x, y = rng.uniform(0.15 * size, 0.85 * size, 2)
        return float(x), float(y), float(rng.uniform(0, 2 * math.pi))
    side = int(rng.integers(4))
    along = rng.uniform(0.1, 0.9) * size
    inwards = (0.0, math.pi / 2, math.pi, -math.pi / 2)[side]
    x, y = ((-3.0, along), (along, -3.0), (size + 3.0, along), (along, size + 3.0))[side]
    return float(x), float(y), inwards + float(rng.normal(0, 0.5))


def _wander(rng: np.random.Generator, start: tuple[float, float, float], length: float) -> Floats:
    count = max(int(length / STEP), 8)
    turned = _bows(rng, count) if rng.random() < BOWED_SHARE else _turns(rng, count)
    heading = start[2] + turned
    steps = STEP * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    result: Floats = np.array(start[:2]) + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    return result


def _bows(rng: np.random.Generator, count: int) -> Floats:
    """(count,) headings of a course in long bows."""
    result: Floats = rng.uniform(0.05, 0.6) * smooth_noise(rng, count, rng.uniform(50, 250) / STEP)
    return result


def _turns(rng: np.random.Generator, count: int) -> Floats:
    """(count,) headings of a course that wanders at every scale, in half of the cases with kinks."""
    calm = rng.uniform(0.15, 1.3)
    heading = np.zeros(count)
    for deviation, scale in ((0.25, 90.0), (0.3, 18.0), (0.42, 6.0), (0.32, 2.0)):
        heading += calm * deviation * smooth_noise(rng, count, scale / STEP)
    return heading + _kinks(rng, count) if rng.random() < 0.5 else heading


def _kinks(rng: np.random.Generator, count: int) -> Floats:
    """Straight pieces, each with a heading of its own."""
    piece = np.cumsum(rng.random(count) < STEP / rng.uniform(12, 60))
    result: Floats = rng.normal(0, rng.uniform(0.2, 0.6), int(piece[-1]) + 1)[piece]
    return result


def _branch(rng: np.random.Generator, trunk: DrawnCrack, size: int) -> DrawnCrack:
    at = int(rng.integers(len(trunk.points)))
    ahead = tangents(trunk.points)[at]
    turn = rng.choice([-1, 1]) * rng.uniform(0.35, 1.4)
    heading = math.atan2(ahead[1], ahead[0]) + turn
    x, y = trunk.points[at]
    width = max(float(trunk.widths[at]) * rng.uniform(0.3, 0.9), 0.4)
    return crack(rng, (float(x), float(y), heading), rng.uniform(20, 0.7 * size), width)
