"""Single attitudes, against scipy's arrays of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from crack_scanner.surface.quaternion import Floats, between, matrix, product, turning, unit

_PARTS = st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4)
attitudes = _PARTS.map(np.array).filter(lambda parts: np.linalg.norm(parts) > 0.01).map(unit)


def same(first: Floats, second: Floats) -> bool:
    """Whether two quaternions are one attitude: q and -q are."""
    return bool(abs(first @ second) == pytest.approx(1.0, abs=1e-9))


@given(attitudes)
def test_as_a_matrix(attitude: Floats) -> None:
    np.testing.assert_allclose(matrix(attitude), Rotation.from_quat(attitude).as_matrix(), atol=1e-12)


def test_a_matrix_of_any_length() -> None:
    np.testing.assert_allclose(
        matrix(np.array([0.0, 0.0, 3.0, 3.0])) @ [1.0, 0.0, 0.0], [0, 1, 0], atol=1e-12
    )


@given(attitudes, attitudes)
def test_one_after_the_other(second: Floats, first: Floats) -> None:
    expected = Rotation.from_quat(second) * Rotation.from_quat(first)
    assert same(product(second, first), expected.as_quat())


@given(attitudes, attitudes, st.floats(0.0, 1.0))
def test_between_two(before: Floats, after: Floats, fraction: float) -> None:
    expected = Slerp([0.0, 1.0], Rotation.from_quat([before, after]))(fraction)
    found = between(before, after, fraction)
    turned = (Rotation.from_quat(found).inv() * expected).magnitude()
    half_turn = abs(before @ after) < 1e-6  # Both ways are as short.
    assert half_turn or turned < 1e-6


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_between_one_and_itself(fraction: float, sign: float) -> None:
    attitude = unit(np.array([0.1, -0.2, 0.3, 0.9]))
    assert same(between(attitude, sign * attitude, fraction), attitude)


@given(st.floats(-10.0, 10.0))
def test_about_an_axis(angle: float) -> None:
    axis = np.array([0.6, 0.0, 0.8])
    assert same(turning(axis, angle), Rotation.from_rotvec(angle * axis).as_quat())


@pytest.mark.parametrize("parts", [[0.0, 0.0, 0.0, 0.0], [0.0, np.nan, 0.0, 1.0], [np.inf, 0.0, 0.0, 0.0]])
def test_no_attitude(parts: list[float]) -> None:
    with pytest.raises(ValueError, match="no attitude"):
        unit(np.array(parts))
