"""Paths on the surface: (N, 2) arrays of u, v in metres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Floats = NDArray[np.float64]


def path_length(path: Floats) -> float:
    """Length along the path."""
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def along(path: Floats) -> Floats:
    """(N,) length from the start to each point."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def resampled(path: Floats, step: float) -> Floats:
    """Points (M, 2) at equal distances of about `step`, both ends kept."""
    at = along(path)
    places = np.linspace(0.0, at[-1], max(2, round(at[-1] / step) + 1))
    return np.stack([np.interp(places, at, path[:, 0]), np.interp(places, at, path[:, 1])], axis=1)


def beside(path: Floats, half: Floats) -> Floats:
    """(2,) middle of a label that leaves a path free: right of the path's middle, or above a level one.

    half: (2,) half of what the label covers along u and v.
    """
    at, reach = along(path), float(half.min())
    places = at[-1] / 2 + np.array([-reach, 0.0, reach])
    before, middle, after = np.stack([np.interp(places, at, values) for values in path.T], axis=1)
    across = np.array([after[1] - before[1], before[0] - after[0]])
    across /= np.copysign(max(float(np.linalg.norm(across)), 1e-9), across[np.argmax(np.abs(across))])
    result: Floats = middle + across * (np.abs(across) @ half)
    return result


def points_and_normals(paths: Sequence[Floats], step: float) -> tuple[Floats, Floats]:
    """Points (M, 2) about every `step` along the paths and the unit normals (M, 2) there."""
    points, normals = [], []
    for path in paths:
        fine = resampled(path, step)
        heading = np.gradient(fine, axis=0)
        heading = heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-12)
        points.append(fine)
        normals.append(np.stack([-heading[:, 1], heading[:, 0]], axis=1))
    return np.concatenate(points), np.concatenate(normals)


def smoothed(path: Floats, sigma: float) -> Floats:
    """The path blurred by `sigma` points; its ends stay where they are.

    Each end is continued by its own mirror image through the end point, so a blur of any width
    leaves that point fixed instead of pulling it inwards.
    """
    reach = min(len(path) - 1, int(np.ceil(4 * sigma)))
    if reach < 1:
        return path
    head = 2 * path[0] - path[reach:0:-1]
    tail = 2 * path[-1] - path[-2 : -reach - 2 : -1]
    blurred = gaussian_filter1d(np.concatenate([head, path, tail]), sigma, axis=0, mode="nearest")
    result: Floats = blurred[reach : reach + len(path)]
    result[0], result[-1] = path[0], path[-1]
    return result


def simplified(path: Floats, tolerance: float) -> Floats:
    """The path with no more points than it takes to stay within `tolerance` metres of it."""
    result: Floats = shapely.get_coordinates(shapely.LineString(path).simplify(tolerance))
    return result
