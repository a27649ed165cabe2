"""The surface and its coordinates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.errors import CrackScannerError
from crack_scanner.surface.plane import SurfacePlane

X, Y, Z = np.eye(3)


@given(st.floats(-100, 100), st.floats(-100, 100))
def test_coordinates_come_back_from_points(u: float, v: float) -> None:
    plane = SurfacePlane(np.array([1.0, 2, 3]), X, Z, 3.0, 2.0)
    assert np.allclose(plane.coordinates(plane.points(np.array([[u, v]]))), [[u, v]])


def test_the_normal_points_at_the_one_who_sees_u_right_and_v_up() -> None:
    assert np.allclose(SurfacePlane(np.zeros(3), X, Z, 1, 1).normal, -Y)


@pytest.mark.parametrize(
    ("u", "v", "width"), [(X, X, 1.0), (2 * X, Z, 1.0), (X, Z, 0.0), (X, Z, float("nan"))]
)
def test_an_impossible_surface_is_refused(u: np.ndarray, v: np.ndarray, width: float) -> None:
    with pytest.raises(CrackScannerError):
        SurfacePlane(np.zeros(3), u, v, width, 1.0)
