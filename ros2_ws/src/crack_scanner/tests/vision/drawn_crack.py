"""A crack of known line and width on a plain grained wall."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]


def wavy_line(length: float = 400.0, start: tuple[float, float] = (30.0, 220.0), turn: float = 0.0) -> Floats:
    """(N, 2) points half a pixel apart on a gentle wave, turned by `turn` radians about its start."""
    along = np.arange(0, length, 0.5)
    line = np.stack([along, 6 * np.sin(along / 40) + 2 * np.sin(along / 11)], axis=1)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.array(start) + line @ rotation


def jagged_line(seed: int = 3, length: float = 400.0, start: tuple[float, float] = (30.0, 220.0)) -> Floats:
    """(N, 2) points half a pixel apart, the heading of every few pixels its own."""
    rng = np.random.default_rng(seed)
    count = int(length * 2)
    heading = np.repeat(rng.normal(0, 0.5, count // 12 + 1), 12)[:count]
    return np.array(start) + 0.5 * np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0)


def coverage(line: Floats, width: float, shape: tuple[int, int]) -> Floats:
    """(H, W) share of each pixel within width / 2 of the line, ends cut square."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(float)
    distance, nearest = cKDTree(line).query(pixels)
    inside = np.minimum(distance + 0.5, width / 2) - np.maximum(distance - 0.5, -width / 2)
    beyond = ((nearest == 0) | (nearest == len(line) - 1)) & (distance > width / 2)
    return np.where(beyond, 0.0, np.clip(inside, 0.0, 1.0)).reshape(shape)


def wall_with(
    covered: Floats, blur: float = 0.9, darkness: float = 0.7, grain: float = 2.0, seed: int = 1
) -> NDArray[np.uint8]:
    """(H, W) uint8: grey 170 with grain, darkened where covered, seen through a Gaussian blur in pixels."""
    rng = np.random.default_rng(seed)
    opening = cv2.GaussianBlur(covered, (0, 0), blur)
    grey = 170 * (1 - darkness * opening) + grain * rng.standard_normal(covered.shape)
    return np.rint(np.clip(grey, 0, 255)).astype(np.uint8)
