"""One picture against the surface: where its pixels lie, how large and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crack_scanner.surface.camera import Camera, RayBundle
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose, skew
from crack_scanner.surface.quaternion import matrix, product, turning

Floats = NDArray[np.float64]

# A vector times this is the matrix, row by row, that multiplies from the right as `x vector`.
_CROSS = np.stack([skew(axis).ravel() for axis in np.eye(3)])


@dataclass(frozen=True, eq=False)
class FrameView:
    """A camera at a pose in the odom frame, looking at a surface.

    camera_pose: pose of the camera's optical frame in the odom frame, with covariance.
    """

    camera: Camera
    camera_pose: Pose
    surface: SurfacePlane

    @property
    def distance(self) -> float:
        """Metres of the camera in front of the surface; negative behind it."""
        return float((self.camera_pose.position - self.surface.origin) @ self.surface.normal)

    def pixels_to_surface(self, pixels: Floats) -> Floats:
        """Surface coordinates (N, 2) in metres of pixels (N, 2) x, y; NaN where a ray misses."""
        return self._meeting(self.camera.rays(pixels))

    def surface_to_pixels(self, uv: Floats) -> Floats:
        """Pixels (N, 2) x, y of surface coordinates (N, 2); NaN for points behind the camera.

        Points outside the picture come out as pixels outside it: see `inside`.
        """
        return self.camera.project(self.surface_to_camera(uv))

    def surface_to_camera(self, uv: Floats) -> Floats:
        """Surface coordinates (N, 2) as points (N, 3) of the camera's optical frame, metres."""
        # Through the odom frame at once: the points there are of no use.
        turn = self.camera_pose.rotation
        offset = (self.surface.origin - self.camera_pose.position) @ turn
        result: Floats = uv @ (self.surface.axes @ turn) + offset
        return result

    def inside(self, pixels: Floats) -> NDArray[np.bool_]:
        """(N,) whether pixels (N, 2) lie in the picture."""
        with np.errstate(invalid="ignore"):
            x, y = pixels.T
            across = (x >= -0.5) & (x < self.camera.width - 0.5)
            result: NDArray[np.bool_] = across & (y >= -0.5) & (y < self.camera.height - 0.5)
        return result

    @cached_property
    def outline(self) -> Floats:
        """(32, 2) surface coordinates around the picture's border; NaN where it looks past the plane."""
        return self._meeting(self.camera.border)

    def extent(self, coarsest: float) -> Floats:
        """Least and greatest u, v (2, 2) of what the picture shows with pixels of at most so many metres.

        Cautious: all such places lie in it, others may. No rows (0, 2) where there are none. A pixel that
        spans an angle a at r metres from the camera, which is d in front of the plane, covers at least
        a r² / d in its coarser direction.
        """
        surface, distance = self.surface, self.distance
        farthest = coarsest * distance / self.camera.finest_angle
        if distance <= 0.0 or farthest < distance**2:
            return np.empty((0, 2))
        offset = self.camera_pose.position - surface.origin
        foot, reach = surface.axes @ offset, float(np.sqrt(farthest - distance**2))
        low, high = foot - reach, foot + reach
        if np.isfinite(self.outline).all():
            low, high = np.maximum(low, self.outline.min(axis=0)), np.minimum(high, self.outline.max(axis=0))
        return np.stack([low, high]) if (low <= high).all() else np.empty((0, 2))

    def pixel_jacobian(self, pixels: Floats) -> Floats:
        """(N, 2, 2) change of (u, v) in metres with pixel (x, y); NaN where a ray misses."""
        return self._jacobians(self.camera.bundle(pixels))[0]

    def ground_sampling_distance(self, pixels: Floats) -> Floats:
        """(N,) metres on the surface that one pixel spans in its coarser direction."""
        jacobian = self.pixel_jacobian(pixels)
        result = np.full(len(pixels), np.nan)
        hit = np.isfinite(jacobian).all(axis=(1, 2))
        if hit.any():
            result[hit] = np.linalg.svd(jacobian[hit], compute_uv=False)[:, 0]
        return result

    def position_covariance(self, bundle: RayBundle, pixel_sigma: float = 0.5) -> Floats:
        """(N, 2, 2) covariance of (u, v) in square metres where the camera's rays meet the surface.

        From the pose and `pixel_sigma` in pixels; NaN where a ray misses.
        """
        pixel, pose = self._jacobians(bundle)
        covariance: Floats = pose @ self.camera_pose.covariance @ pose.transpose(0, 2, 1)
        return covariance + pixel_sigma**2 * pixel @ pixel.transpose(0, 2, 1)

    def _jacobians(self, bundle: RayBundle) -> tuple[Floats, Floats]:
        """Change of (u, v) where rays meet the surface: (N, 2, 2) with the pixel, (N, 2, 6) with the pose.

        First order, through the intersection of the ray with the plane: a shift of the camera moves the
        point, a rotation swings the ray; both slide along it back onto the plane. Poses in ROS order.
        """
        surface, turn = self.surface, self.camera_pose.rotation.T
        directions = bundle.rays @ turn
        slope = directions @ surface.normal
        offset = float((surface.origin - self.camera_pose.position) @ surface.normal)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = offset / slope
            distance = np.where(distance > 0, distance, np.nan)[:, None, None]
            lean = directions @ surface.axes.T / slope[:, None]
            slides = surface.axes - lean[:, :, None] * surface.normal
        pixel = slides @ (bundle.steps @ turn).transpose(0, 2, 1) * distance
        swings = slides @ (directions @ _CROSS).reshape(-1, 3, 3) * -distance
        return pixel, np.concatenate([slides, swings], axis=2)

    def motion_covariance(self) -> Floats:
        """(4, 4) covariance of the picture's place on the surface, from the pose's covariance.

        Shift along u and v of its middle in metres, turn about the normal in radians, relative size.
        """
        normal = self.surface.normal
        turn = np.concatenate([np.zeros(3), normal])
        size = np.concatenate([normal / self.distance, np.zeros(3)])
        jacobian = np.vstack([self._jacobians(self.camera.middle)[1][0], turn, size])
        result: Floats = jacobian @ self.camera_pose.covariance @ jacobian.T
        return result

    def moved(self, motion: Floats, centre: Floats) -> FrameView:
        """The view from where its picture lies differently on the surface; the covariance stays.

        motion: (4,) shift along u and v in metres, turn in radians and relative growth about `centre`
        (2,) u, v.
        """
        surface, pose = self.surface, self.camera_pose
        turn = turning(surface.normal, float(motion[2]))
        pivot = surface.points(centre[None])[0]
        position = (
            pivot + (1.0 + motion[3]) * matrix(turn) @ (pose.position - pivot) + motion[:2] @ surface.axes
        )
        return FrameView(
            self.camera, Pose(position, product(turn, pose.quaternion), pose.covariance), surface
        )

    def _meeting(self, rays: Floats) -> Floats:
        """Surface coordinates (N, 2) where the camera's rays (N, 3) meet the surface; NaN where they miss."""
        return self.surface.intersect(self.camera_pose.position, rays @ self.camera_pose.rotation.T)
