"""Estimate of how far odometry has drifted away from the map: where its pictures lie on the surface."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.line_offsets import LineOffsets
from crack_scanner.surface.footprint import FrameView

Floats = NDArray[np.float64]

# The correction never leaves this many standard deviations of odometry's own covariance.
BOUND = 3.0

# A direction is corrected only if the view alone says this much about it, as a share of what was known.
OBSERVABLE = 0.1

# Points this close along a crack share their error, metres: together they count as one measurement.
INDEPENDENT = 0.1

# Least length of crack, metres, that must agree before anything is corrected.
LEAST_MATCH = 0.05

# Odometry that reports the same covariance all the way is taken to wander by that much in so many metres.
WANDER = 10.0

UNMOVED = np.zeros(4)

# Least variance of a pose, even of one that is known exactly, square metres and square radians.
_TINY = 1e-14

_ROUNDS = 6
# Residuals from so many sigmas on lose weight: a crack that is only alike must not pull.
_OUTLIER = 2.0

# Residuals that scatter by so many sigmas are not those of one crack seen twice.
_SCATTER = 3.0


@dataclass(frozen=True, eq=False)
class Drift:
    """What brings odometry's places on the surface to those of the map.

    motion: (4,) shift along u and v in metres, turn in radians and relative growth about `centre` (2,)
    u, v: the last is that of the distance to the surface. covariance: (4, 4) of it.
    """

    motion: Floats
    covariance: Floats
    centre: Floats

    def about(self, centre: Floats) -> Drift:
        """The same drift for a picture about another centre.

        A robot whose heading is off goes astray with every metre; one that is farther from the surface
        than it thinks does not, so growth is always about the middle of the picture of the moment.
        """
        arm = centre - self.centre
        transition = np.eye(4)
        transition[0, 2], transition[1, 2] = -arm[1], arm[0]
        return Drift(transition @ self.motion, transition @ self.covariance @ transition.T, centre)

    def applied(self, view: FrameView) -> FrameView:
        """The view where the map says it is."""
        return view.moved(self.motion, self.centre) if self.motion.any() else view


@dataclass(frozen=True, eq=False)
class DriftUpdate:
    """A drift after a measurement. directions: 0 to 4 in which it was corrected. matched: metres of crack."""

    drift: Drift
    directions: int
    matched: float


def wandered(drift: Drift, before: Floats, now: Floats, distance: float) -> Drift:
    """The drift `distance` metres of way later, less sure: a random walk.

    before, now: (4, 4) covariance of odometry at both ends (`FrameView.motion_covariance`). What it has
    grown by counts twice, as the part of the map one comes upon has wandered just as much; for the same
    reason the drift is never less sure than by twice the covariance now.
    """
    values, vectors = np.linalg.eigh(now - before)
    growth = (vectors * np.maximum(values, 0.0)) @ vectors.T
    process = 2.0 * growth + now * (distance / WANDER)
    return replace(drift, covariance=_capped(drift.covariance + process, 2.0 * now))


def corrected(drift: Drift, offsets: LineOffsets, share: float) -> DriftUpdate:
    """The drift after seeing known cracks at `offsets` in a picture placed by it (Bayes, linear).

    share: 0 to 1, how much of these cracks is a measurement that has not been made yet. Directions are
    those of the view's information against what is known so far, and only those it really tells are
    corrected: a single straight crack corrects across itself, never along.
    """
    rows, needed = _equations(offsets, drift.centre)
    spread = np.einsum("ni,ij,nj->n", rows, drift.covariance, rows)
    near = np.abs(needed) < BOUND * np.sqrt(spread + offsets.sigma**2)
    rows, needed, sigma = rows[near], needed[near], offsets.sigma[near]
    matched = float(len(needed)) * offsets.step
    root = _root(drift.covariance)
    if matched < LEAST_MATCH or share <= 0.0 or not root.any():
        return DriftUpdate(drift, 0, 0.0)
    trust, scatter = _trust(rows @ root, needed, sigma, min(1.0, offsets.step / INDEPENDENT))
    strength, axes = np.linalg.eigh(root.T @ (rows.T * trust) @ rows @ root)
    told = strength > OBSERVABLE
    if scatter > _SCATTER or not told.any():
        return DriftUpdate(drift, 0, 0.0)
    found = axes.T @ root.T @ (rows.T * trust) @ needed * share
    gain = np.where(told, 1.0 / (1.0 + share * np.maximum(strength, 0.0)), 0.0)
    motion = drift.motion + root @ axes @ (gain * found)
    covariance = root @ (axes * np.where(told, gain, 1.0)) @ axes.T @ root.T
    return DriftUpdate(replace(drift, motion=motion, covariance=covariance), int(told.sum()), matched)


def _trust(rows: Floats, needed: Floats, sigma: Floats, independent: float) -> tuple[Floats, float]:
    """Weights (N,) of the equations rows (N, 4) @ x = needed (N,), x of unit covariance, and their scatter.

    Iteratively reweighted least squares with the weights of Geman and McClure. independent: measurements
    that each equation counts for. scatter: in sigmas, 1 where the equations agree as they should.
    """
    answer: Floats = UNMOVED
    scatter = 1.0
    precision = independent / sigma**2
    for _ in range(_ROUNDS):
        residual = (needed - rows @ answer) / sigma
        scatter = max(1.0, float(np.median(np.abs(residual))) / 0.6745)
        trust = precision / (1.0 + (residual / (_OUTLIER * scatter)) ** 2) ** 2
        normal = (rows.T * trust) @ rows + np.eye(len(UNMOVED))
        answer = np.asarray(np.linalg.solve(normal, (rows.T * trust) @ needed), np.float64)
    return trust / scatter**2, scatter


def _root(covariance: Floats) -> Floats:
    """(4, 4) whose product with its transpose is the covariance."""
    values, vectors = np.linalg.eigh(covariance)
    result: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
    return result


def _axes(covariance: Floats) -> tuple[Floats, Floats]:
    """Variances (4,) along the axes, the columns of (4, 4), of a covariance (4, 4); none is zero or less.

    Odometry's need not be one that errors can have, and is rounded where very sure and very unsure mix.
    """
    values, vectors = np.linalg.eigh(covariance)
    return np.maximum(values, _TINY), vectors


def _capped(covariance: Floats, limit: Floats) -> Floats:
    """The covariance, in no direction larger than the limit, both (4, 4)."""
    values, vectors = _axes(limit)
    root, inverse = vectors * np.sqrt(values), vectors / np.sqrt(values)
    values, vectors = np.linalg.eigh(inverse.T @ covariance @ inverse)
    result: Floats = root @ (vectors * np.clip(values, 0.0, 1.0)) @ vectors.T @ root.T
    return result


def bounded(drift: Drift, limit: Floats) -> Drift:
    """The drift, scaled down if need be to lie within BOUND sigmas of odometry's covariance (4, 4)."""
    values, vectors = _axes(limit)
    distance = float(np.linalg.norm(drift.motion @ vectors / np.sqrt(values)))
    return drift if distance <= BOUND else replace(drift, motion=drift.motion * (BOUND / distance))


def _equations(offsets: LineOffsets, centre: Floats) -> tuple[Floats, Floats]:
    """Rows (N, 4) and values (N,): rows @ motion = values is the motion that undoes the offsets."""
    arm = offsets.points - centre
    swing = np.stack([-arm[:, 1], arm[:, 0]], axis=1)
    turn, growth = ((side * offsets.normals).sum(axis=1) for side in (swing, arm))
    rows = np.column_stack([offsets.normals, turn, growth])
    return rows, -offsets.offset
