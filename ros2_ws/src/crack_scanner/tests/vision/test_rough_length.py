"""The length of a rough course, of which a picture shows a smoothed one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crack_scanner.vision.centre_lines import CentreLine, blurred, line_length, smoothed
from crack_scanner.vision.rough_length import MOST, SEEN_SCALE, lost_course, rough_length


def rough_line(seed: int, turn: float, step: float = 3.0, length: float = 800.0) -> NDArray[np.float64]:
    """A line (N, 2) with a heading of its own every `step` pixels, deviating by `turn` radians."""
    heading = np.random.default_rng(seed).normal(0.0, turn, round(length / step))
    steps = step * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])


def seen(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line as a picture shows it: smoothed, points a pixel apart."""
    return smoothed(CentreLine(line, np.ones(len(line))), SEEN_SCALE).points


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("turn", [0.2, 0.4, 0.6])
def test_what_smoothing_takes_off_a_rough_line_is_given_back(seed: int, turn: float) -> None:
    line = rough_line(seed, turn)
    found = seen(line)
    lost = line_length(line) - line_length(found)
    assert abs(line_length(line) - rough_length(found)) < 0.6 * lost + 1.0
    assert rough_length(found) == pytest.approx(line_length(line), rel=0.03)


@pytest.mark.parametrize("radius", [60.0, 200.0, 1000.0])
def test_a_smooth_bow_keeps_its_length(radius: float) -> None:
    angle = np.arange(0.0, 300.0 / radius, 1.0 / radius)
    bow = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert lost_course(bow) == pytest.approx(1.0, abs=0.002)


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_line_is_shortened_or_lengthened_by_more_than_a_tenth(corners: list[tuple[float, float]]) -> None:
    line = np.array(corners)
    assert 1.0 <= lost_course(line) <= MOST
    assert math.isfinite(lost_course(blurred(line, 1.0)))
