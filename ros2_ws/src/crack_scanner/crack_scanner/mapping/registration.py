"""The small shift and turn that brings the cracks of one map onto those of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crack_scanner.mapping.polyline import points_and_normals, resampled

Floats = NDArray[np.float64]

_STEP = 0.01
# Points this close along a crack share their error, so together they count as one observation.
_INDEPENDENT = 0.1
_ROUNDS = 12


@dataclass(frozen=True)
class Correction:
    """A rigid motion on the surface: turn by `angle` rad about (centre_u, centre_v), then shift, metres.

    matched: metres of crack it rests on. Where nothing ties a direction down it stays at zero.
    """

    shift_u: float = 0.0
    shift_v: float = 0.0
    angle: float = 0.0
    centre_u: float = 0.0
    centre_v: float = 0.0
    matched: float = 0.0

    def apply(self, points: Floats) -> Floats:
        """Points (N, 2) u, v after the motion."""
        centre = np.array([self.centre_u, self.centre_v])
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        turned = (points - centre) @ np.array([[cos, sin], [-sin, cos]])
        result: Floats = turned + centre + np.array([self.shift_u, self.shift_v])
        return result


def register(
    moving: Sequence[Floats],
    fixed: Sequence[Floats],
    line_sigma: float,
    shift_sigma: float,
    angle_sigma: float,
) -> Correction:
    """The motion that brings `moving` paths (N, 2) onto `fixed` ones.

    Iterated closest points against the fixed lines, across them only, because a crack does not show
    how far one has moved along it. line_sigma: metres, of the paths across themselves. shift_sigma,
    angle_sigma: how far off the two maps can be at all; they bound the answer (a maximum a posteriori
    estimate), and pairs further apart than three of them are never made.
    """
    if not moving or not fixed:
        return Correction()
    points = np.concatenate([resampled(path, _STEP) for path in moving])
    targets, normals = points_and_normals(fixed, _STEP)
    centre = points.mean(axis=0)
    tree = cKDTree(targets)
    motion, used = np.zeros(3), 0
    widest = 3 * float(np.hypot(shift_sigma, line_sigma))
    narrowest = 3 * line_sigma
    for gate in np.geomspace(widest, min(narrowest, widest), _ROUNDS):
        placed = _correction(motion, centre, 0.0).apply(points)
        distance, index = tree.query(placed, distance_upper_bound=gate)
        near = np.isfinite(distance)
        if not near.any():
            return Correction()
        pairs = _Pairs(points[near] - centre, points[near], targets[index[near]], normals[index[near]])
        motion = _solve(pairs, line_sigma, np.array([shift_sigma, shift_sigma, angle_sigma]))
        used = int(near.sum())
    return _correction(motion, centre, used * _STEP)


def _correction(motion: Floats, centre: Floats, matched: float) -> Correction:
    u, v, angle = (float(value) for value in motion)
    return Correction(u, v, angle, float(centre[0]), float(centre[1]), matched)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Points (N, 2), their arms (N, 2) from the centre, and the nearest targets with their normals."""

    arms: Floats
    points: Floats
    targets: Floats
    normals: Floats


def _solve(pairs: _Pairs, line_sigma: float, prior_sigmas: Floats) -> Floats:
    """Shift u, v and angle (3,) by linear least squares, for small angles."""
    swing = np.stack([-pairs.arms[:, 1], pairs.arms[:, 0]], axis=1)
    rows = np.column_stack([pairs.normals, (swing * pairs.normals).sum(axis=1)])
    offsets = ((pairs.targets - pairs.points) * pairs.normals).sum(axis=1)
    weight = _STEP / _INDEPENDENT / line_sigma**2
    prior = np.diag(prior_sigmas**-2)
    result: Floats = np.linalg.solve(weight * rows.T @ rows + prior, weight * rows.T @ offsets)
    return result
