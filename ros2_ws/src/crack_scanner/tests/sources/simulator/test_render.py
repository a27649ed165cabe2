import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crack_scanner.sources.simulator.render import BACKGROUND, WallRenderer
from crack_scanner.sources.simulator.robot import LOOKING_LEFT
from crack_scanner.sources.simulator.visibility import visible
from crack_scanner.sources.simulator.wall import Wall
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

WIDTH, HEIGHT, TEXEL, DISTANCE = 1.0, 0.7, 0.0005, 0.5
SURFACE = SurfacePlane(
    np.array([0.0, DISTANCE, 0.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), WIDTH, HEIGHT
)
IDEAL = Camera.from_field_of_view(400, 300, math.radians(55))
CAMERAS = {
    "plumb_bob": Camera(400, 300, IDEAL.matrix, np.array([-0.2, 0.05, 0.001, -0.002, 0.0])),
    "rational_polynomial": Camera(
        400, 300, IDEAL.matrix, np.array([0.1, -0.2, 0.0, 0.0, 0.01, 0.15, -0.1, 0.02]), "rational_polynomial"
    ),
    "equidistant": Camera(400, 300, IDEAL.matrix, np.array([-0.02, 0.003, 0.0, 0.0]), "equidistant"),
}


def dotted_wall() -> tuple[Wall, np.ndarray]:
    """A grey wall with dark round dots of 6 mm, and their surface coordinates (N, 2)."""
    u, v = np.meshgrid(np.arange(0.05, WIDTH - 0.04, 0.07), np.arange(0.05, HEIGHT - 0.04, 0.07))
    dots = np.stack([u.ravel(), v.ravel()], axis=1)
    texture = np.full((round(HEIGHT / TEXEL), round(WIDTH / TEXEL), 3), 200, np.uint8)
    wall = Wall(texture, TEXEL, WIDTH, HEIGHT, 0.0, None)
    y, x = np.mgrid[0 : texture.shape[0], 0 : texture.shape[1]]
    for place in wall.texels(dots):
        x0, y0 = (place - 12).astype(int)
        cut = np.s_[y0 : y0 + 26, x0 : x0 + 26]
        distance = np.hypot(x[cut] - place[0], y[cut] - place[1])
        texture[cut] = (200 - 180 * np.clip(6.5 - distance, 0, 1))[:, :, None]
    return wall, dots


WALL, DOTS = dotted_wall()


def camera_at(u: float, v: float, angles: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Pose:
    return Pose.from_xyz_rpy((u, 0.0, v), angles).compose(LOOKING_LEFT)


def dark_centre(picture: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """Centre of gravity of the darkness around a pixel."""
    x0, y0 = np.rint(pixel).astype(int) - 9
    dark = 200.0 - picture[y0 : y0 + 19, x0 : x0 + 19, 0]
    y, x = np.mgrid[y0 : y0 + 19, x0 : x0 + 19]
    return np.array([(dark * x).sum(), (dark * y).sum()]) / dark.sum()


@pytest.mark.parametrize("model", CAMERAS)
@settings(max_examples=8, deadline=None)
@given(
    u=st.floats(0.3, 0.7),
    v=st.floats(0.25, 0.45),
    angles=st.tuples(*[st.floats(-0.12, 0.12)] * 3),
)
def test_dots_appear_where_they_project(
    model: str, u: float, v: float, angles: tuple[float, float, float]
) -> None:
    camera, pose = CAMERAS[model], camera_at(u, v, angles)
    picture = WallRenderer(WALL, SURFACE, camera, 0.0013).light([pose])
    view = FrameView(camera, pose, SURFACE)
    pixels = view.surface_to_pixels(DOTS)
    inner = visible(view, DOTS) & ((pixels > 15) & (pixels < np.array([385, 285]))).all(axis=1)
    assert inner.sum() > 3
    for pixel in pixels[inner]:
        assert np.linalg.norm(dark_centre(picture, pixel) - pixel) < 0.5


def test_pixels_beyond_the_wall_show_the_background() -> None:
    renderer = WallRenderer(WALL, SURFACE, IDEAL, 0.0013)
    half_out = renderer.light([camera_at(0.0, 0.35)])
    assert (half_out[:, :190] == BACKGROUND).all()
    assert half_out[:, 210:].mean() > 150
    assert (renderer.light([camera_at(5.0, 0.35)]) == BACKGROUND).all()


def test_motion_smears_over_the_distance_moved() -> None:
    """The variance of a box of 8 px is 64 / 12, along the motion only."""
    renderer = WallRenderer(WALL, SURFACE, IDEAL, 0.0013)
    pixel = FrameView(IDEAL, camera_at(0.5, 0.35), SURFACE).surface_to_pixels(DOTS)
    dot = pixel[np.argmin(np.linalg.norm(pixel - [200, 150], axis=1))]
    speed = 8.0 * DISTANCE / IDEAL.matrix[0, 0]
    spread = []
    for half in (0.0, speed / 2):
        poses = [camera_at(0.5 + offset, 0.35) for offset in (-half, 0.0, half)]
        picture = renderer.light(poses)
        assert np.linalg.norm(dark_centre(picture, dot) - dot) < 0.2
        spread.append(_spread(picture, dot))
    still, moved = spread
    assert moved[0] - still[0] == pytest.approx(64 / 12, rel=0.1)
    assert moved[1] == pytest.approx(still[1], abs=0.1)


def _spread(picture: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """Variance in x and y of the darkness around a pixel, in square pixels."""
    centre = dark_centre(picture, pixel)
    x0, y0 = np.rint(pixel).astype(int) - 11
    dark = 200.0 - picture[y0 : y0 + 23, x0 : x0 + 23, 0]
    y, x = np.mgrid[y0 : y0 + 23, x0 : x0 + 23]
    return np.array([(dark * (x - centre[0]) ** 2).sum(), (dark * (y - centre[1]) ** 2).sum()]) / dark.sum()


def test_fine_texels_do_not_alias() -> None:
    """Single-texel noise much finer than a pixel averages out instead of sparkling."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 2, (1400, 2000, 1), np.uint8).repeat(3, axis=2) * 255
    fine = Wall(noise, 0.0005, WIDTH, HEIGHT, 0.0, None)
    small = Camera.from_field_of_view(100, 75, math.radians(55))
    picture = WallRenderer(fine, SURFACE, small, 0.0052).light([camera_at(0.5, 0.35)])
    assert picture.std() < 20


def test_a_wall_of_more_columns_than_opencv_can_address() -> None:
    texture = np.full((40, 40_000, 3), 120, np.uint8)
    texture[:, 39_000:] = 220
    long = Wall(texture, 0.001, 40.0, 0.04, 0.0, None)
    surface = SurfacePlane(SURFACE.origin, SURFACE.u_axis, SURFACE.v_axis, 40.0, 0.04)
    picture = WallRenderer(long, surface, IDEAL, 0.0013).light([camera_at(39.0, 0.02)])
    assert picture[150, 190, 0] == 120
    assert picture[150, 210, 0] == 220
