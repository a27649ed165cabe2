"""The way that a camera has gone."""

import numpy as np
import pytest

from crack_scanner.surface import camera_path
from crack_scanner.surface.camera_path import STEP, CameraPath


def straight(metres: float, pictures: int) -> np.ndarray:
    """(N, 3) positions along x."""
    return np.linspace([0.0, 0.0, 0.0], [metres, 0.0, 0.0], pictures)


def test_points_lie_a_step_apart_however_often_it_is_looked_from() -> None:
    path = CameraPath()
    for position in straight(1.0, 1001):
        path.add(position)
    steps = np.linalg.norm(np.diff(path.points, axis=0), axis=1)
    assert steps.min() >= STEP
    assert steps.max() < STEP + 0.002
    assert path.points[-1, 0] > 1.0 - STEP


def test_a_camera_that_has_been_nowhere_has_no_points() -> None:
    assert CameraPath().points.shape == (0, 3)


def test_the_oldest_points_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_path, "MOST_POINTS", 10)
    path = CameraPath()
    for position in straight(1.0, 11):
        path.add(position)
    np.testing.assert_allclose(path.points[:, 0], np.linspace(0.1, 1.0, 10))
