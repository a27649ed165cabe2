"""Cracks whose centre lines and widths are known exactly: the truth of a simulated wall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from crack_scanner.sources.simulator.noise import generator

Floats = NDArray[np.float64]

_STEP_M = 0.002
_ATTEMPTS = 400
_LEAST_LENGTH_M = 0.2
_LEAST_WIDTH_M = 0.0001


@dataclass(frozen=True, eq=False)
class Crack:
    """One unbranched crack.

    points: (N, 2) centre line in surface coordinates (u right, v up), metres.
    widths: (N,) opening in metres at each point, linear in between.
    """

    id: int
    points: Floats
    widths: Floats

    @property
    def length(self) -> float:
        """Length of the centre line in metres."""
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=1).sum())

    @property
    def width_max(self) -> float:
        """Largest opening in metres."""
        return float(self.widths.max())

    @property
    def width_mean(self) -> float:
        """Opening in metres, averaged along the length."""
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        return float(np.average((self.widths[1:] + self.widths[:-1]) / 2.0, weights=steps))


@dataclass(frozen=True)
class CrackRules:
    """How many cracks a wall gets and of what kind; metres.

    count: None draws one crack per 0.64 to 1.02 m2 (5 to 8 on the default wall).
    hairline_share: part of them that is finer than `hairline_width`; the rest is drawn between
    `hairline_width` and `width_max`. Every crack keeps `spacing` from all others and `border` from
    the wall's edges, so that what was found can be matched to one of them without doubt.
    """

    count: int | None = None
    length_min: float = _LEAST_LENGTH_M
    length_max: float = 1.8
    width_min: float = 0.0002
    width_max: float = 0.006
    hairline_width: float = 0.0018
    hairline_share: float = 0.25
    spacing: float = 0.15
    border: float = 0.05


def random_cracks(
    seed: int, width: float, height: float, rules: CrackRules | None = None
) -> tuple[Crack, ...]:
    """Cracks for a wall of width x height metres, numbered from 1.

    Where the wall is too full for another crack, there are fewer than asked for.
    """
    rules = rules or CrackRules()
    rng = generator(seed, "cracks")
    count = rules.count
    if count is None:
        count = max(1, round(width * height / rng.uniform(0.64, 1.02)))
    placed: list[Crack] = []
    for opening in _openings(rng, count, rules):
        points = _placed_line(rng, width, height, rules, [crack.points for crack in placed])
        if points is None:
            break
        placed.append(Crack(len(placed) + 1, points, _widths(rng, points, opening, rules)))
    return tuple(placed)


def _openings(rng: np.random.Generator, count: int, rules: CrackRules) -> list[float]:
    """Largest opening of each crack in metres: the fine ones first, the others at least a third wider."""
    hairlines = round(count * rules.hairline_share)
    fine = np.geomspace(rules.width_min * 1.5, rules.hairline_width * 0.7, 50)
    wide = np.geomspace(rules.hairline_width * 1.35, rules.width_max, 50)
    drawn = [float(rng.choice(fine)) for _ in range(hairlines)]
    return [float(rng.choice(wide)) for _ in range(count - hairlines)] + drawn


def _placed_line(
    rng: np.random.Generator, width: float, height: float, rules: CrackRules, others: Sequence[Floats]
) -> Floats | None:
    """A line inside the wall and away from the others; None if no place was found."""
    tree = cKDTree(np.concatenate(others)) if others else None
    longest = min(rules.length_max, 0.8 * math.hypot(width, height))
    for attempt in range(_ATTEMPTS):
        upper = longest * (1.0 - attempt / _ATTEMPTS)
        length = rng.uniform(min(rules.length_min, upper), max(upper, rules.length_min))
        line = _wandering_line(rng, length) + rng.uniform((0.0, 0.0), (width, height))
        inside = (line > rules.border).all() and (line < np.array([width, height]) - rules.border).all()
        if inside and not _loops(line) and (tree is None or tree.query(line)[0].min() > rules.spacing):
            return line
    return None


def _wandering_line(rng: np.random.Generator, length: float) -> Floats:
    """(N, 2) points 2 mm apart around the origin: a heading that drifts, kinks at grains and trembles."""
    count = max(round(length / _STEP_M), 2)
    heading = rng.uniform(0.0, 2.0 * math.pi) + 0.28 * _smooth_noise(rng, count, 0.25 / _STEP_M)
    heading += 0.22 * _smooth_noise(rng, count, 0.03 / _STEP_M) + 0.12 * rng.standard_normal(count)
    heading += 0.34 * _facets(rng, count, 0.012 / _STEP_M)
    steps = length / count * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    line = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    result: Floats = line - line[rng.integers(0, len(line))]
    return result


def _loops(line: Floats) -> bool:
    """Whether a line comes back close to itself, which would blur what its width is."""
    sparse = line[::5]
    gap = np.linalg.norm(sparse[:, None] - sparse[None], axis=2)
    along = np.abs(np.subtract.outer(np.arange(len(sparse)), np.arange(len(sparse)))) * 5 * _STEP_M
    return bool((gap < 0.4 * along - 0.01).any())


def _widths(rng: np.random.Generator, points: Floats, opening: float, rules: CrackRules) -> Floats:
    """Openings along a line: closing towards both tips, wavering in between, at most `opening`."""
    count = len(points)
    ends = np.minimum(np.arange(count), np.arange(count)[::-1]) / (count * rng.uniform(0.15, 0.3))
    taper = np.clip(ends, 0.03, 1.0) ** 0.6
    waver = 0.18 * _smooth_noise(rng, count, 0.06 / _STEP_M) + 0.05 * _smooth_noise(rng, count, 0.9)
    waver += 0.2 * _smooth_noise(rng, count, 0.006 / _STEP_M)
    shape = taper * np.exp(waver)
    result: Floats = np.maximum(opening * shape / shape.max(), min(_LEAST_WIDTH_M, rules.width_min))
    return result


def _facets(rng: np.random.Generator, count: int, mean_length: float) -> Floats:
    """(count,) normal values, constant along straight pieces of `mean_length` samples on average."""
    piece = np.cumsum(rng.random(count) < 1.0 / mean_length)
    result: Floats = rng.standard_normal(count + 1)[piece]
    return result


def _smooth_noise(rng: np.random.Generator, count: int, scale: float) -> Floats:
    """(count,) normal values of unit deviation that stay alike over about `scale` samples."""
    reach = math.ceil(4.0 * scale)
    white = rng.standard_normal(count + 2 * reach)
    smooth = gaussian_filter1d(white, scale, mode="nearest", truncate=4.0)[reach : reach + count]
    result: Floats = smooth * math.sqrt(2.0 * math.sqrt(math.pi) * max(scale, 0.3))
    return result
