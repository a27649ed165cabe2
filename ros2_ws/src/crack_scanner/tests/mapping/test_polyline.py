"""Paths on the surface."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crack_scanner.mapping.polyline import path_length, resampled, simplified, smoothed

PATHS = st.integers(2, 30).flatmap(lambda n: arrays(np.float64, (n, 2), elements=st.floats(-5, 5)))


@given(PATHS, st.floats(0.5, 10))
def test_smoothing_keeps_both_ends(path: np.ndarray, sigma: float) -> None:
    result = smoothed(path, sigma)
    np.testing.assert_allclose(result[[0, -1]], path[[0, -1]])
    assert result.shape == path.shape


def test_smoothing_does_not_shorten_a_straight_line() -> None:
    line = np.stack([np.linspace(0, 1, 80), np.linspace(0, 2, 80)], axis=1)
    np.testing.assert_allclose(smoothed(line, 7.0), line, atol=1e-12)


def test_smoothing_removes_the_stairs_of_cells() -> None:
    stairs = np.stack([np.arange(100) * 0.01, np.round(np.arange(100) * 0.3) * 0.01], axis=1)
    truth = np.hypot(0.99, 0.297)
    assert path_length(stairs) > 1.03 * truth
    assert path_length(smoothed(stairs, 3.0)) == pytest.approx(truth, rel=0.01)


def test_resampling_keeps_ends_and_gives_equal_steps() -> None:
    points = resampled(np.array([[0.0, 0.0], [0.3, 0.0], [0.3, 0.4]]), 0.05)
    np.testing.assert_allclose(points[[0, -1]], [[0, 0], [0.3, 0.4]])
    assert len(points) == 15


def test_simplifying_stays_within_the_tolerance() -> None:
    at = np.linspace(0, 3, 300)
    wave = np.stack([at, 0.05 * np.sin(at * 4)], axis=1)
    short = simplified(wave, 0.001)
    assert len(short) < 60
    assert path_length(short) == pytest.approx(path_length(wave), rel=0.005)
