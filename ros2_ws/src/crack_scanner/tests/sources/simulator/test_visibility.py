import math

import numpy as np
import pytest

from crack_scanner.sources.simulator.robot import LOOKING_LEFT
from crack_scanner.sources.simulator.visibility import visible
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

SURFACE = SurfacePlane(
    np.array([0.0, 0.5, 0.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), 2.0, 1.0
)


def view(distortion: float, rpy: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> FrameView:
    ideal = Camera.from_field_of_view(640, 480, math.radians(60))
    camera = Camera(640, 480, ideal.matrix, np.array([distortion, 0.0, 0.0, 0.0, 0.0]))
    return FrameView(camera, Pose.from_xyz_rpy((1.0, 0.0, 0.5), rpy).compose(LOOKING_LEFT), SURFACE)


@pytest.mark.parametrize("distortion", [-0.25, 0.0, 0.2])
def test_points_of_pixels_are_visible_just_inside_and_not_just_outside(distortion: float) -> None:
    looking = view(distortion, (0.05, -0.1, 0.1))
    inner = np.array([[0.0, 0.0], [639.0, 0.0], [320.0, 479.0], [0.0, 240.0], [300.0, 200.0]])
    outer = np.array([[-2.0, 10.0], [641.0, 200.0], [320.0, 481.0], [320.0, -2.0]])
    assert visible(looking, looking.pixels_to_surface(inner)).all()
    assert not visible(looking, looking.pixels_to_surface(outer)).any()


def test_points_folded_back_by_the_distortion_polynomial_are_not_visible() -> None:
    """With k1 = -0.3 the polynomial brings a point at 1.83 focal lengths back to the middle."""
    looking = view(-0.3)
    folded = np.array([[1.0 + 0.5 * math.sqrt(1.0 / 0.3), 0.5]])
    assert not looking.inside(looking.surface_to_pixels(folded)).any()
    assert not visible(looking, folded).any()


def test_points_behind_the_camera_are_not_visible() -> None:
    away = view(0.0, (0.0, 0.0, math.pi))
    assert not visible(away, np.array([[1.0, 0.5]])).any()
