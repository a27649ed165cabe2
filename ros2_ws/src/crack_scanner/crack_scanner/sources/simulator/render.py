"""Pictures of the wall through the real camera model."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.sources.simulator.wall import Wall
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

Floats = NDArray[np.float64]
RgbImage = NDArray[np.uint8]

BACKGROUND = (46, 46, 48)

# Blur of an ordinary lens, as standard deviation in pixels; it also keeps texels finer than a pixel
# from aliasing.
_LENS_BLUR_PX = 0.45
_FINEST_TEXELS_PER_PX = 2.5


class WallRenderer:
    """Projects a wall through a camera, with motion blur.

    The rays of all pixels are undistorted once; for each picture a homography takes them to texels.
    """

    def __init__(self, wall: Wall, surface: SurfacePlane, camera: Camera, pixel_on_wall: float) -> None:
        """pixel_on_wall: metres of wall that a pixel spans, about, for the blur of the lens."""
        self._camera = camera
        self._surface = surface
        self._texture, self._texel = _as_seen(wall, pixel_on_wall)
        self._left, self._top = -wall.rim, wall.height + wall.rim
        self._grid = _normalized_grid(camera)

    def light(self, during: Sequence[Pose]) -> RgbImage:
        """(height, width, 3) uint8 RGB of the camera (optical frame in odom) moving through poses.

        during: poses at evenly spaced times of the exposure; the middle one gives the picture, the
        first and last its blur.
        """
        middle = during[len(during) // 2]
        picture = self._projected(middle)
        kernel = _motion_kernel(self._image_motion(during[0], during[-1]))
        return picture if kernel is None else np.asarray(cv2.filter2D(picture, -1, kernel), dtype=np.uint8)

    def _projected(self, pose: Pose) -> RgbImage:
        homography = self._homography(pose)
        window = _touched_window(homography, self._grid, self._texture.shape)
        size = (self._camera.height, self._camera.width, 3)
        if window is None:
            return np.full(size, BACKGROUND, np.uint8)
        x0, y0, x1, y1 = window
        homography = np.array([[1.0, 0.0, -x0], [0.0, 1.0, -y0], [0.0, 0.0, 1.0]]) @ homography
        places = cv2.perspectiveTransform(self._grid, homography)
        source = self._texture[y0:y1, x0:x1]
        picture = cv2.remap(
            source, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=BACKGROUND
        )
        return np.asarray(picture, dtype=np.uint8)

    def _homography(self, pose: Pose) -> Floats:
        """(3, 3) from normalized image coordinates (x, y, 1) to texels."""
        surface, rotation = self._surface, pose.rotation
        to_camera = pose.position - surface.origin
        falling = surface.normal @ rotation
        height = -float(to_camera @ surface.normal)
        u = float(to_camera @ surface.u_axis) * falling + height * (surface.u_axis @ rotation)
        v = float(to_camera @ surface.v_axis) * falling + height * (surface.v_axis @ rotation)
        x = (u - self._left * falling) / self._texel - 0.5 * falling
        y = (self._top * falling - v) / self._texel - 0.5 * falling
        return np.stack([x, y, falling])

    def _image_motion(self, first: Pose, last: Pose) -> Floats:
        """(2,) pixels that the wall in the middle of the picture moves from first to last."""
        middle = np.array([[(self._camera.width - 1) / 2.0, (self._camera.height - 1) / 2.0]])
        start = FrameView(self._camera, first, self._surface)
        end = FrameView(self._camera, last, self._surface)
        moved = end.surface_to_pixels(start.pixels_to_surface(middle)) - middle
        result: Floats = moved[0]
        return result


def _as_seen(wall: Wall, pixel_on_wall: float) -> tuple[RgbImage, float]:
    """The texture as a lens shows it, at a resolution not needlessly finer than a pixel, and its texel."""
    texture, texel = wall.texture, wall.texel
    factor = int(pixel_on_wall / texel / _FINEST_TEXELS_PER_PX)
    if factor > 1:
        rows, columns = texture.shape[0] // factor, texture.shape[1] // factor
        cut = texture[: rows * factor, : columns * factor]
        texture = np.asarray(cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        texel *= factor
    blur = _LENS_BLUR_PX * pixel_on_wall / texel
    if blur > 0.25:
        texture = np.asarray(cv2.GaussianBlur(texture, (0, 0), blur), dtype=np.uint8)
    return texture, texel


def _normalized_grid(camera: Camera) -> NDArray[np.float32]:
    """(height, width, 2) float32 x / z, y / z of the ray through each pixel."""
    y, x = np.mgrid[0 : camera.height, 0 : camera.width]
    rays = camera.rays(np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64))
    grid = (rays[:, :2] / rays[:, 2:]).astype(np.float32)
    return grid.reshape(camera.height, camera.width, 2)


def _touched_window(
    homography: Floats, grid: NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[int, int, int, int] | None:
    """Texels x0, y0, x1, y1 that the picture's border encloses; None if it misses the texture.

    OpenCV addresses at most 32767 texels, so a long wall must be cut to what is seen anyway.
    """
    border = np.concatenate([grid[0], grid[-1], grid[:, 0], grid[:, -1]]).astype(np.float64)
    places = np.column_stack([border, np.ones(len(border))]) @ homography.T
    places = places[:, :2] / places[:, 2:]
    limits = np.array([shape[1], shape[0]])
    low = np.clip(np.floor(places.min(axis=0)).astype(int) - 2, 0, limits)
    high = np.clip(np.ceil(places.max(axis=0)).astype(int) + 3, 0, limits)
    if (low >= high).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _motion_kernel(motion: Floats) -> NDArray[np.float32] | None:
    """Weights of a straight smear along `motion` (x, y in pixels), centred; None where there is none."""
    if float(np.hypot(*motion)) < 0.05:
        return None
    samples = np.linspace(-0.5, 0.5, 65)[:, None] * motion
    reach_x, reach_y = (math.ceil(abs(float(extent)) / 2.0) for extent in motion)
    x = np.arange(-reach_x, reach_x + 1)[None, :] - samples[:, :1]
    y = np.arange(-reach_y, reach_y + 1)[None, :] - samples[:, 1:]
    weight_x, weight_y = np.clip(1.0 - np.abs(x), 0.0, 1.0), np.clip(1.0 - np.abs(y), 0.0, 1.0)
    kernel = weight_y.T @ weight_x
    result: NDArray[np.float32] = (kernel / kernel.sum()).astype(np.float32)
    return result
