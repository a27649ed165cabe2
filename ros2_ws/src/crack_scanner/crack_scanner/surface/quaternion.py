"""Unit quaternions x, y, z, w of single attitudes, by the formulas of every textbook.

For one at a time: `scipy.spatial.transform` takes arrays of them, and many times as long for a single one, of
which a frame needs several.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Cosine of half the angle from which on two attitudes are the same to rounding: there sines cancel.
_SAME = 1.0 - 1e-12


def unit(quaternion: Floats) -> Floats:
    """The same attitude with length 1; an error for a quaternion of zeros or of no numbers."""
    length = math.sqrt(float(quaternion @ quaternion))
    if not (length > 0.0 and math.isfinite(length)):
        raise ValueError(f"quaternion {quaternion.tolist()} is no attitude")
    return quaternion / length


def turning(axis: Floats, angle: float) -> Floats:
    """What turns by `angle` radians about the unit vector `axis` (3,)."""
    return np.append(axis * math.sin(angle / 2.0), math.cos(angle / 2.0))


def product(second: Floats, first: Floats) -> Floats:
    """What turns as `first` and then as `second`, both about fixed axes (Hamilton)."""
    a, b, c, d = second.tolist()
    x, y, z, w = first.tolist()
    return np.array(
        [
            d * x + a * w + b * z - c * y,
            d * y - a * z + b * w + c * x,
            d * z + a * y - b * x + c * w,
            d * w - a * x - b * y - c * z,
        ]
    )


def matrix(quaternion: Floats) -> Floats:
    """The same as a rotation matrix (3, 3)."""
    x, y, z, w = unit(quaternion).tolist()
    return np.array(
        [
            [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
            [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
            [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
        ]
    )


def between(before: Floats, after: Floats, fraction: float) -> Floats:
    """The attitude at `fraction` 0 to 1 of the shortest way, at even speed (Shoemake 1985, slerp)."""
    before, after = unit(before), unit(after)
    cosine = float(before @ after)
    if cosine < 0.0:
        after, cosine = -after, -cosine
    if cosine > _SAME:
        return unit((1.0 - fraction) * before + fraction * after)
    angle = math.acos(cosine)
    weights = math.sin((1.0 - fraction) * angle), math.sin(fraction * angle)
    return (weights[0] * before + weights[1] * after) / math.sin(angle)
