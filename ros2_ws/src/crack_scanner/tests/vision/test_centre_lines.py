"""Lines of a mask: one for a crack, ends joined, length kept."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crack_scanner.vision.centre_lines import LineLimits, blurred, centre_lines, line_length
from tests.vision.drawn_crack import coverage, wavy_line

SHAPE = (460, 460)


def mask_of(*lines: np.ndarray, width: int = 5) -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    for line in lines:
        cv2.polylines(mask, [np.rint(line).astype(np.int32)], False, 255, width)
    return mask


def test_empty_mask_has_no_lines() -> None:
    assert centre_lines(np.zeros(SHAPE, np.uint8), LineLimits()) == []


@pytest.mark.parametrize("turn", [0.0, 0.3, -0.4])
def test_length_is_neither_shortened_by_smoothing_nor_lengthened_by_the_pixel_grid(turn: float) -> None:
    line = wavy_line(turn=turn)
    mask = np.where(coverage(line, 5.0, SHAPE) > 0.5, 255, 0).astype(np.uint8)
    (found,) = centre_lines(mask, LineLimits())
    assert found.length == pytest.approx(line_length(line), rel=0.03)


def test_rough_edges_do_not_tear_a_crack_into_pieces() -> None:
    rng = np.random.default_rng(2)
    mask = mask_of(wavy_line(), width=9)
    rows, columns = np.nonzero(mask)
    for index in rng.choice(len(rows), 60, replace=False):
        cv2.circle(mask, (int(columns[index]), int(rows[index])), int(rng.integers(2, 6)), 255, -1)
    assert len(centre_lines(mask, LineLimits())) == 1


def test_branch_is_a_line_of_its_own_that_starts_at_the_trunk() -> None:
    trunk = wavy_line()
    branch = np.stack([np.linspace(200, 260, 100), np.linspace(220, 90, 100)], axis=1)
    found = centre_lines(mask_of(trunk, branch), LineLimits())
    assert len(found) == 2
    ends = found[1].points[[0, -1]]
    to_trunk = [np.linalg.norm(found[0].points - end, axis=1).min() for end in ends]
    assert min(to_trunk) < 3


def test_small_gap_is_bridged() -> None:
    line = wavy_line()
    found = centre_lines(mask_of(line[:380], line[420:]), LineLimits())
    assert len(found) == 1
    assert found[0].length == pytest.approx(line_length(line), rel=0.03)


def test_lines_that_do_not_point_at_each_other_stay_apart() -> None:
    level = np.array([[50.0, 100.0], [200.0, 100.0]])
    upright = np.array([[215.0, 110.0], [215.0, 300.0]])
    assert len(centre_lines(mask_of(level, upright), LineLimits())) == 2


def test_ring_is_one_line() -> None:
    mask = np.zeros(SHAPE, np.uint8)
    cv2.circle(mask, (200, 200), 80, 255, 5)
    (found,) = centre_lines(mask, LineLimits(min_branch=300))
    assert found.length > 200


def test_short_lines_are_left_out() -> None:
    assert centre_lines(mask_of(np.array([[50.0, 50.0], [65.0, 50.0]])), LineLimits(min_length=30)) == []


@given(st.integers(2, 60), st.floats(0.3, 20.0), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_blurring_keeps_both_ends(count: int, sigma: float, seed: int) -> None:
    points = np.cumsum(np.random.default_rng(seed).normal(size=(count, 2)), axis=0)
    assert blurred(points, sigma)[[0, -1]] == pytest.approx(points[[0, -1]], abs=1e-9)
