"""One picture against the surface: where its pixels lie, how large and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crack_scanner.surface.camera import Camera, RayBundle
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FrameView:
    """A camera at a pose in the odom frame, looking at a surface.

    camera_pose: pose of the camera's optical frame in the odom frame, with covariance.
    """

    camera: Camera
    camera_pose: Pose
    surface: SurfacePlane

    def pixels_to_surface(self, pixels: Floats) -> Floats:
        """Surface coordinates (N, 2) in metres of pixels (N, 2) x, y; NaN where a ray misses."""
        return self.surface.intersect(self.camera_pose.position, self._directions(pixels))

    def surface_to_pixels(self, uv: Floats) -> Floats:
        """Pixels (N, 2) x, y of surface coordinates (N, 2); NaN for points behind the camera.

        Points outside the picture come out as pixels outside it: see `inside`.
        """
        return self.camera.project(self.camera_pose.inverse_transform(self.surface.points(uv)))

    def inside(self, pixels: Floats) -> NDArray[np.bool_]:
        """(N,) whether pixels (N, 2) lie in the picture."""
        with np.errstate(invalid="ignore"):
            limits = np.array([self.camera.width - 0.5, self.camera.height - 0.5])
            result: NDArray[np.bool_] = np.all((pixels >= -0.5) & (pixels < limits), axis=1)
        return result

    @cached_property
    def outline(self) -> Floats:
        """(32, 2) surface coordinates around the picture's border; NaN where it looks past the plane."""
        along = np.linspace(0.0, 1.0, 8, endpoint=False)
        zero, one = np.zeros(8), np.ones(8)
        border = np.concatenate(
            [
                np.stack([along, zero], 1),
                np.stack([one, along], 1),
                np.stack([1 - along, one], 1),
                np.stack([zero, 1 - along], 1),
            ]
        )
        size = np.array([self.camera.width, self.camera.height])
        return self.pixels_to_surface(border * size - 0.5)

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
        swings = np.cross(slides, directions[:, None]) * -distance
        return pixel, np.concatenate([slides, swings], axis=2)

    def motion_covariance(self) -> Floats:
        """(4, 4) covariance of the picture's place on the surface, from the pose's covariance.

        Shift along u and v of its middle in metres, turn about the normal in radians, relative size.
        """
        normal = self.surface.normal
        distance = float((self.camera_pose.position - self.surface.origin) @ normal)
        turn = np.concatenate([np.zeros(3), normal])
        size = np.concatenate([normal / distance, np.zeros(3)])
        jacobian = np.vstack([self._jacobians(self.camera.middle)[1][0], turn, size])
        result: Floats = jacobian @ self.camera_pose.covariance @ jacobian.T
        return result

    def moved(self, motion: Floats, centre: Floats) -> FrameView:
        """The view from where its picture lies differently on the surface; the covariance stays.

        motion: (4,) shift along u and v in metres, turn in radians and relative growth about `centre`
        (2,) u, v.
        """
        surface, pose = self.surface, self.camera_pose
        turn = Rotation.from_rotvec(motion[2] * surface.normal)
        pivot = surface.points(centre[None])[0]
        shift = motion[0] * surface.u_axis + motion[1] * surface.v_axis
        position = pivot + (1.0 + motion[3]) * turn.apply(pose.position - pivot) + shift
        quaternion = (turn * pose.attitude).as_quat()
        return FrameView(self.camera, Pose(position, quaternion, pose.covariance), surface)

    def _directions(self, pixels: Floats) -> Floats:
        result: Floats = self.camera.rays(pixels) @ self.camera_pose.rotation.T
        return result
