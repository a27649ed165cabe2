"""The inspected surface: a plane with metric coordinates of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurfacePlane:
    """A rectangle in the odom frame.

    origin: (3,) metres, its first corner. u_axis, v_axis: (3,) unit vectors at a right angle, u to
    the right and v upwards as the camera sees the surface. width along u and height along v, in
    metres: the planned area.
    """

    origin: Floats
    u_axis: Floats
    v_axis: Floats
    width: float
    height: float

    def __post_init__(self) -> None:
        lengths = np.linalg.norm(self.u_axis), np.linalg.norm(self.v_axis)
        if not np.allclose(lengths, 1.0, atol=1e-6) or abs(float(self.u_axis @ self.v_axis)) > 1e-6:
            raise CrackScannerError(
                f"surface axes u {self.u_axis.tolist()} and v {self.v_axis.tolist()} must be unit "
                "vectors at a right angle"
            )
        if not (self.width > 0 and self.height > 0):
            raise CrackScannerError(
                f"surface of {self.width} x {self.height} m: width and height must be positive"
            )

    @cached_property
    def normal(self) -> Floats:
        """(3,) unit vector u x v, out of the surface towards a camera that sees u right and v up."""
        result: Floats = np.cross(self.u_axis, self.v_axis)
        return result

    @cached_property
    def axes(self) -> Floats:
        """(2, 3) the unit vectors along u and v."""
        return np.stack([self.u_axis, self.v_axis])

    @property
    def area(self) -> float:
        """Planned area in square metres."""
        return self.width * self.height

    def points(self, uv: Floats) -> Floats:
        """Surface coordinates (N, 2) as points (N, 3) in the odom frame."""
        result: Floats = uv @ self.axes + self.origin
        return result

    def coordinates(self, points: Floats) -> Floats:
        """Points (N, 3) of the odom frame as surface coordinates (N, 2), dropped along the normal."""
        result: Floats = (points - self.origin) @ self.axes.T
        return result

    def intersect(self, start: Floats, directions: Floats) -> Floats:
        """Surface coordinates (N, 2) where rays from `start` (3,) along (N, 3) meet the plane.

        NaN where a ray runs parallel to the plane or away from it.
        """
        speed = directions @ self.normal
        offset = float((self.origin - start) @ self.normal)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = offset / speed
            distance[~((np.abs(speed) > 1e-9) & (distance > 0))] = np.nan
        return self.coordinates(start + distance[:, None] * directions)
