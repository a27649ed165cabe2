"""Pinhole camera with the distortion models of sensor_msgs/CameraInfo, through OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError

Floats = NDArray[np.float64]

# Number of coefficients each model of sensor_msgs/distortion_models.hpp may carry.
DISTORTION_MODELS: dict[str, tuple[int, ...]] = {
    "plumb_bob": (0, 4, 5),
    "rational_polynomial": (8, 12, 14),
    "equidistant": (4,),
}


# By how much a lens is taken to be described beyond the corners of its picture, as a factor of their distance
# from the middle; and at how many angles it is looked whether it folds.
_BEYOND, _FOLD_STEPS = 1.05, 500

# Half a pixel left and right of a place, and above and below it.
_HALF_STEPS = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, -0.5], [0.0, 0.5]])

# Rows and columns of pixels, from corner to corner, for what changes slowly over a picture.
LATTICE = 3, 4
# The same where it does not: where a picture looks past the surface's horizon.
FINE_LATTICE = 33, 41


@dataclass(frozen=True, eq=False)
class RayBundle:
    """Rays through N pixels in a camera's optical frame.

    rays: (N, 3) unit. steps: (N, 2, 3) what each changes by with one pixel to the right and one down.
    """

    rays: Floats
    steps: Floats


@dataclass(frozen=True, eq=False)
class Camera:
    """Intrinsics of a camera.

    width, height: pixels. matrix: (3, 3) K with focal lengths and principal point in pixels.
    distortion: coefficients in OpenCV's order. model: a key of DISTORTION_MODELS.
    Pixel (0, 0) is the centre of the first pixel. Optical frame: x right, y down, z forward.
    """

    width: int
    height: int
    matrix: Floats
    distortion: Floats
    model: str = "plumb_bob"

    def __post_init__(self) -> None:
        if self.model not in DISTORTION_MODELS:
            raise CrackScannerError(
                f"distortion model '{self.model}' is not known; "
                f"expected one of {', '.join(DISTORTION_MODELS)}"
            )
        if self.distortion.size not in DISTORTION_MODELS[self.model]:
            raise CrackScannerError(
                f"{self.distortion.size} distortion coefficients for {self.model}; "
                f"expected {' or '.join(map(str, DISTORTION_MODELS[self.model]))}"
            )
        focal_x, focal_y = self.matrix[0, 0], self.matrix[1, 1]
        if not (focal_x > 0 and focal_y > 0 and np.isfinite(self.matrix).all()):
            raise CrackScannerError(
                f"camera matrix has focal lengths {focal_x:g}, {focal_y:g} px; expected positive numbers: "
                "is the camera calibrated?"
            )
        if self.width <= 0 or self.height <= 0:
            raise CrackScannerError(f"camera picture of {self.width} x {self.height} px; expected positive")

    @staticmethod
    @lru_cache(maxsize=8)
    def from_field_of_view(width: int, height: int, horizontal_fov: float) -> Camera:
        """An ideal camera with `horizontal_fov` in radians and its principal point in the middle.

        The same one for the same values, as what is worked out of its rays is kept with it.
        """
        focal = width / 2 / np.tan(horizontal_fov / 2)
        matrix = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
        return Camera(width, height, matrix, np.zeros(5))

    def rays(self, pixels: Floats) -> Floats:
        """Unit rays (N, 3) in the optical frame through pixels (N, 2) given as x, y."""
        points = np.ascontiguousarray(pixels, dtype=np.float64).reshape(-1, 1, 2)
        if self._is_ideal:
            plane = (points - self.matrix[:2, 2]) * (1.0 / self.matrix[[0, 1], [0, 1]])
        elif self.model == "equidistant":
            plane = cv2.fisheye.undistortPoints(points, self.matrix, self.distortion)
        else:
            # The default of five rounds leaves tenths of a pixel at the edge of wide lenses.
            criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-10)
            plane = cv2.undistortPoints(points, self.matrix, self.distortion, criteria=criteria)
        rays = np.concatenate([plane.reshape(-1, 2), np.ones((len(points), 1))], axis=1)
        result: Floats = rays / np.linalg.norm(rays, axis=1, keepdims=True)
        return result

    def bundle(self, pixels: Floats) -> RayBundle:
        """The rays through pixels (N, 2) with their steps."""
        around = (pixels[:, None] + _HALF_STEPS).reshape(-1, 2)
        sides = self.rays(around).reshape(len(pixels), 2, 2, 3)
        return RayBundle(self.rays(pixels), sides[:, :, 1] - sides[:, :, 0])

    @cached_property
    def lattice(self) -> RayBundle:
        """The rays of LATTICE, row by row; worked out once a camera."""
        return self._lattice(*LATTICE)

    @cached_property
    def fine_lattice(self) -> RayBundle:
        """The rays of FINE_LATTICE, row by row; worked out once a camera."""
        return self._lattice(*FINE_LATTICE)

    @cached_property
    def finest_angle(self) -> float:
        """Least angle in radians that a pixel spans, in any direction and anywhere in the picture."""
        return float(np.linalg.svd(self.fine_lattice.steps, compute_uv=False).min())

    @cached_property
    def border(self) -> Floats:
        """(32, 3) rays around the picture's border, from its first corner on."""
        along, zero, one = np.linspace(0.0, 1.0, 8, endpoint=False), np.zeros(8), np.ones(8)
        sides = [(along, zero), (one, along), (1.0 - along, one), (zero, 1.0 - along)]
        border = np.concatenate([np.stack(side, axis=1) for side in sides])
        return self.rays(border * np.array([self.width, self.height]) - 0.5)

    @cached_property
    def middle(self) -> RayBundle:
        """The ray through the middle of the picture."""
        return self.bundle(np.array([[(self.width - 1) / 2, (self.height - 1) / 2]]))

    def project(self, points: Floats) -> Floats:
        """Pixels (N, 2) x, y of points (N, 3) in the optical frame; NaN for points behind the camera.

        NaN as well for what lies far outside the picture of a distorting lens: the polynomials that
        describe the lens do not hold there, and may lead back into the picture.
        """
        points = np.ascontiguousarray(points, dtype=np.float64).reshape(-1, 3)
        in_front = points[:, 2] > 1e-9
        if not self._is_ideal:
            in_front &= np.hypot(points[:, 0], points[:, 1]) <= self._reach * points[:, 2]
        if len(points) and in_front.all():
            return self._project_in_front(points)
        pixels = np.full((len(points), 2), np.nan)
        if in_front.any():
            pixels[in_front] = self._project_in_front(points[in_front])
        return pixels

    @cached_property
    def _reach(self) -> float:
        """Distance from the axis, at depth 1, of the farthest that the lens is described for.

        A little beyond the corners of the picture, and at most where the description folds back.
        """
        x, y, z = self.border.T
        corner = _BEYOND * float(np.max(np.hypot(x, y) / z))
        angles = np.linspace(0.0, np.arctan(corner), _FOLD_STEPS)
        along = np.stack([np.sin(angles), np.zeros_like(angles), np.cos(angles)], axis=1)
        sides = [
            self._project_in_front(along[:, order] * [sign, sign, 1.0])
            for order in ([0, 1, 2], [1, 0, 2])
            for sign in (1.0, -1.0)
        ]
        out = np.mean([np.linalg.norm(side - side[0], axis=1) for side in sides], axis=0)
        growing = np.diff(out) > 0
        return corner if growing.all() else float(np.tan(angles[np.argmin(growing)]))

    def _lattice(self, rows: int, columns: int) -> RayBundle:
        y, x = np.meshgrid(
            np.linspace(0, self.height - 1.0, rows), np.linspace(0, self.width - 1.0, columns), indexing="ij"
        )
        return self.bundle(np.stack([x.ravel(), y.ravel()], axis=1))

    @cached_property
    def _is_ideal(self) -> bool:
        """Whether a picture is not distorted at all."""
        skewed = self.matrix[0, 1] != 0.0
        return self.model != "equidistant" and not skewed and not np.any(self.distortion)

    def _project_in_front(self, points: Floats) -> Floats:
        if self._is_ideal:
            # Column by column: NumPy is slow along rows of two.
            pixels, nearness = np.empty((len(points), 2)), 1.0 / points[:, 2]
            for axis in (0, 1):
                plane = points[:, axis] * nearness
                pixels[:, axis] = plane * self.matrix[axis, axis] + self.matrix[axis, 2]
            return pixels
        zero = np.zeros(3)
        if self.model == "equidistant":
            projected = cv2.fisheye.projectPoints(points[:, None], zero, zero, self.matrix, self.distortion)[
                0
            ]
        else:
            projected = cv2.projectPoints(points, zero, zero, self.matrix, self.distortion)[0]
        result: Floats = np.asarray(projected, dtype=np.float64).reshape(-1, 2)
        return result
