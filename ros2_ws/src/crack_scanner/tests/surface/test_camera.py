"""Pixels to rays and back, for every distortion model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.errors import CrackScannerError
from crack_scanner.surface.camera import Camera

MATRIX = np.array([[1100.0, 0, 640], [0, 1110, 355], [0, 0, 1]])
DISTORTIONS = {
    "plumb_bob": [-0.12, 0.03, 0.001, -0.0005, 0.002],
    "rational_polynomial": [0.4, 0.05, 0.0005, -0.0003, 0.001, 0.5, 0.06, 0.002],
    "equidistant": [0.02, -0.01, 0.003, -0.001],
}


def camera(model: str) -> Camera:
    return Camera(1280, 720, MATRIX, np.array(DISTORTIONS[model]), model)


@pytest.mark.parametrize("model", DISTORTIONS)
@given(x=st.floats(0, 1279), y=st.floats(0, 719))
def test_a_pixel_comes_back_from_its_ray(model: str, x: float, y: float) -> None:
    pixel = np.array([[x, y]])
    assert np.allclose(camera(model).project(3.0 * camera(model).rays(pixel)), pixel, atol=0.01)


@pytest.mark.parametrize("model", DISTORTIONS)
def test_rays_have_unit_length_and_look_forward(model: str) -> None:
    rays = camera(model).rays(np.array([[0.0, 0.0], [640, 355], [1279, 719]]))
    assert np.allclose(np.linalg.norm(rays, axis=1), 1.0)
    assert (rays[:, 2] > 0).all()


def test_the_principal_point_looks_straight_ahead() -> None:
    assert np.allclose(camera("plumb_bob").rays(np.array([[640.0, 355.0]])), [[0, 0, 1]], atol=1e-9)


@pytest.mark.parametrize(
    ("model", "focal", "distortion"),
    [
        ("plumb_bob", 1000, [-0.41, 0.2, 0.0, 0.0, -0.05]),
        ("plumb_bob", 800, [-0.3, 0.08, 0.002, 0.001, 0.0]),
        ("plumb_bob", 984, [-0.3728755, 0.2037299, 0.002219027, 0.001383707, -0.07233722]),
        ("equidistant", 700, [-0.12, 0.0, 0.0, 0.0]),
    ],
)
def test_what_lies_outside_the_picture_of_a_lens_does_not_fold_back_into_it(
    model: str, focal: float, distortion: list[float]
) -> None:
    matrix = np.array([[focal, 0, 639.5], [0, focal, 359.5], [0, 0, 1.0]])
    lens = Camera(1280, 720, matrix, np.array(distortion), model)
    corner = lens.rays(np.array([[-0.5, -0.5]]))[0]
    widest = np.hypot(*corner[:2]) / corner[2]
    turn = np.linspace(0.0, 2 * np.pi, 120)
    for distance in np.geomspace(1.08 * widest, 30.0, 80):
        rim = np.stack([distance * np.cos(turn), distance * np.sin(turn), np.ones_like(turn)], axis=1)
        x, y = lens.project(rim).T
        assert not ((x >= -0.5) & (x < 1279.5) & (y >= -0.5) & (y < 719.5)).any()
    pixels = np.array([[0.0, 0.0], [1279.0, 0.0], [1279.0, 719.0], [0.0, 719.0], [640.0, 0.0], [3.0, 360.0]])
    assert np.allclose(lens.project(lens.rays(pixels)), pixels, atol=0.05)


def test_points_behind_the_camera_have_no_pixel() -> None:
    pixels = camera("plumb_bob").project(np.array([[0.0, 0, -1], [0, 0, 1]]))
    assert np.isnan(pixels[0]).all()
    assert np.isfinite(pixels[1]).all()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"model": "brown"}, "plumb_bob"),
        ({"distortion": np.zeros(3)}, "3 distortion coefficients"),
        ({"matrix": np.zeros((3, 3))}, "calibrated"),
        ({"width": 0}, "positive"),
    ],
)
def test_an_impossible_camera_is_refused(changes: dict, word: str) -> None:
    values = {"width": 1280, "height": 720, "matrix": MATRIX, "distortion": np.zeros(5), "model": "plumb_bob"}
    with pytest.raises(CrackScannerError, match=word):
        Camera(**(values | changes))
