"""Bringing one map's cracks onto another's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.mapping.registration import Correction, register
from tests.mapping.tile_model import wandering

FIXED = [
    wandering((0.2, 0.3), 0.2, 1.2, 1),
    wandering((1.5, 0.2), 1.4, 0.9, 2),
    wandering((0.4, 1.2), -0.6, 0.8, 3),
]


def moved(paths: list[np.ndarray], correction: Correction) -> list[np.ndarray]:
    return [correction.apply(path) for path in paths]


@given(st.floats(-0.06, 0.06), st.floats(-0.06, 0.06), st.floats(-0.02, 0.02))
def test_a_shift_and_turn_of_known_size_is_undone(u: float, v: float, angle: float) -> None:
    moving = moved(FIXED, Correction(u, v, angle, 1.0, 0.7))
    answer = register(moving, FIXED, line_sigma=0.01, shift_sigma=0.05, angle_sigma=0.02)
    for back, path in zip(moved(moving, answer), FIXED, strict=True):
        assert np.abs(back - path).max() < 0.006


def test_a_crack_does_not_tell_how_far_one_moved_along_it() -> None:
    line = np.array([[0.0, 0.5], [3.0, 0.5]])
    answer = register([line + np.array([0.04, 0.03])], [line], 0.01, 0.05, 0.01)
    assert answer.shift_v == pytest.approx(-0.03, abs=0.003)
    assert answer.shift_u == pytest.approx(0.0, abs=0.003)


def test_a_crack_that_is_only_in_one_map_pulls_nothing() -> None:
    answer = register([*FIXED, wandering((2.5, 0.2), 1.5, 0.7, 9)], FIXED, 0.01, 0.05, 0.02)
    assert abs(answer.shift_u) < 0.003
    assert abs(answer.shift_v) < 0.003


@pytest.mark.parametrize(("moving", "fixed"), [([], FIXED), (FIXED, []), ([FIXED[0] + 5.0], [FIXED[0]])])
def test_without_common_cracks_nothing_is_corrected(
    moving: list[np.ndarray], fixed: list[np.ndarray]
) -> None:
    assert register(moving, fixed, 0.01, 0.05, 0.02) == Correction()
