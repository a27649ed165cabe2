"""Estimating drift from cracks seen again."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.mapping.drift import BOUND, UNMOVED, Drift, bounded, corrected, wandered
from crack_scanner.mapping.line_offsets import LineOffsets
from crack_scanner.mapping.polyline import points_and_normals
from tests.mapping.tile_model import wandering

CENTRE = np.array([1.0, 0.7])
CRACKS = [wandering((0.7, 0.5), 0.3, 0.6, 1), wandering((0.9, 0.45), 1.5, 0.5, 2)]
PRIOR = np.diag([0.03, 0.03, 0.01, 0.03]) ** 2
SIGMA = 0.003
STEP = 0.01
# A rotation (4, 4) that leaves no axis where it was.
MIXED = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]

shifts = st.floats(-0.05, 0.05)
motions = st.tuples(shifts, shifts, st.floats(-0.015, 0.015), st.floats(-0.04, 0.04)).map(np.array)
angles = st.floats(0.0, np.pi)


def drift(covariance: np.ndarray = PRIOR) -> Drift:
    return Drift(UNMOVED, covariance, CENTRE)


def displacement(motion: np.ndarray, points: np.ndarray) -> np.ndarray:
    """How far a motion about CENTRE takes points (N, 2)."""
    arm = points - CENTRE
    swing = np.stack([-arm[:, 1], arm[:, 0]], axis=1)
    return np.asarray(motion[:2] + motion[2] * swing + motion[3] * arm)


def seen(paths: list[np.ndarray], motion: np.ndarray, noise: float = 0.0, seed: int = 1) -> LineOffsets:
    """Offsets of a picture that `motion` would put right."""
    points, normals = points_and_normals(paths, STEP)
    offset = -(displacement(motion, points) * normals).sum(axis=1)
    offset += np.random.default_rng(seed).normal(0.0, noise, len(offset)) if noise else 0.0
    return LineOffsets(points, normals, offset, np.full(len(points), SIGMA), STEP)


def straight(angle: float) -> np.ndarray:
    along = np.array([np.cos(angle), np.sin(angle)])
    return CENTRE + np.linspace(-0.25, 0.25, 50)[:, None] * along


@given(motions)
def test_a_motion_that_odometry_may_have_missed_is_found(motion: np.ndarray) -> None:
    answer = corrected(drift(), seen(CRACKS, motion, noise=0.001), 1.0)
    assert np.abs(seen(CRACKS, motion - answer.drift.motion).offset).max() < 0.004
    assert answer.directions >= 2
    assert answer.matched == pytest.approx(1.1, abs=0.1)


@given(angles, st.floats(-0.06, 0.06), st.floats(-0.06, 0.06))
def test_one_straight_crack_corrects_across_itself_and_never_along(angle: float, u: float, v: float) -> None:
    answer = corrected(drift(), seen([straight(angle)], np.array([u, v, 0.0, 0.0])), 1.0).drift
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    assert answer.motion[:2] @ along == pytest.approx(0.0, abs=1e-6)
    assert answer.motion[:2] @ across == pytest.approx(np.array([u, v]) @ across, abs=0.003)
    assert along @ answer.covariance[:2, :2] @ along == pytest.approx(0.03**2)


@given(motions, st.floats(0.0, 1.0))
def test_seeing_more_never_makes_less_sure(motion: np.ndarray, share: float) -> None:
    answer = corrected(drift(), seen(CRACKS, motion), share).drift
    assert np.linalg.eigvalsh(PRIOR - answer.covariance).min() > -1e-9


@given(motions)
def test_a_picture_counts_the_same_in_parts_as_at_once(motion: np.ndarray) -> None:
    at_once = corrected(drift(), seen(CRACKS, motion), 1.0).drift
    first = corrected(drift(), seen(CRACKS, motion), 0.5).drift
    both = corrected(first, seen(CRACKS, motion - first.motion), 0.5).drift
    assert np.allclose(both.motion, at_once.motion, atol=0.002)
    assert np.allclose(both.covariance, at_once.covariance, atol=1e-5)


@given(motions)
def test_a_crack_that_only_looks_alike_does_not_pull(motion: np.ndarray) -> None:
    honest = seen(CRACKS, motion, noise=0.001)
    offset = honest.offset.copy()
    offset[::4] += 0.05
    mixed = LineOffsets(honest.points, honest.normals, offset, honest.sigma, STEP)
    answer = corrected(drift(), mixed, 1.0).drift
    assert np.abs(seen(CRACKS, motion - answer.motion).offset).max() < 0.006


def test_offsets_that_no_motion_explains_correct_nothing() -> None:
    offsets = seen(CRACKS, UNMOVED, noise=0.03)
    answer = corrected(drift(np.diag([0.03, 0.03, 1e-4, 1e-4]) ** 2), offsets, 1.0)
    assert answer.directions == 0
    assert not answer.drift.motion.any()


def test_less_than_the_shortest_crack_corrects_nothing() -> None:
    assert corrected(drift(), seen([CRACKS[0][:4]], np.array([0.02, 0.02, 0, 0])), 1.0).directions == 0


def test_odometry_that_is_exact_is_not_corrected() -> None:
    answer = corrected(drift(np.zeros((4, 4))), seen(CRACKS, np.array([0.001, 0.001, 0, 0])), 1.0)
    assert not answer.drift.motion.any()


@given(motions, st.floats(1e-4, 0.1), st.floats(1e-4, 0.1))
def test_the_correction_stays_within_three_sigmas_of_odometry(motion: np.ndarray, u: float, v: float) -> None:
    limit = np.diag([u, v, 0.01, 0.02]) ** 2
    kept = bounded(Drift(motion, PRIOR, CENTRE), limit).motion
    assert np.sqrt(kept @ np.linalg.solve(limit, kept)) <= BOUND * (1 + 1e-6)
    if np.sqrt(motion @ np.linalg.solve(limit, motion)) < BOUND * (1 - 1e-6):
        assert np.array_equal(kept, motion)


@given(motions, shifts, shifts)
def test_the_same_drift_about_another_centre_and_back(motion: np.ndarray, u: float, v: float) -> None:
    there = Drift(motion, PRIOR, CENTRE).about(CENTRE + 20 * np.array([u, v]))
    back = there.about(CENTRE)
    assert np.allclose(back.motion, motion)
    assert np.allclose(back.covariance, PRIOR)


@pytest.mark.parametrize(
    "limit",
    [
        np.zeros((4, 4)),
        -np.eye(4),
        np.diag([-1.0, 1e-4, 0.0, 1e6]),
        MIXED @ np.diag([1e6, 1e3, 1e-12, 1e-6]) @ MIXED.T,
    ],
    ids=["exact", "negative", "indefinite", "mixed"],
)
def test_a_covariance_of_odometry_that_cannot_be_gives_a_finite_drift(limit: np.ndarray) -> None:
    now = wandered(drift(), limit / 2, limit, 0.1)
    assert np.isfinite(now.covariance).all()
    answer = bounded(replace(now, motion=np.array([0.1, -0.1, 0.01, 0.01])), limit)
    assert np.isfinite(answer.motion).all()
    assert np.linalg.norm(answer.motion) <= 0.15


def test_the_longer_the_way_the_less_sure_up_to_twice_the_covariance_of_odometry() -> None:
    now = np.diag([0.02, 0.02, 0.001, 0.01]) ** 2
    sigmas = [0.0]
    for _ in range(50):
        before = drift(np.eye(4) * sigmas[-1] ** 2)
        sigmas.append(float(np.sqrt(wandered(before, now, now, 1.0).covariance[0, 0])))
    assert sigmas == sorted(sigmas)
    assert sigmas[-1] == pytest.approx(0.02 * np.sqrt(2.0), rel=1e-3)


@pytest.mark.parametrize("scale", [1.0, 1e9, 1e18])
def test_odometry_that_is_unsure_in_one_direction_alone_can_be_followed(scale: float) -> None:
    now = np.full((4, 4), scale)
    after = wandered(drift(now), now, now, 1.0)
    assert np.isfinite(after.covariance).all()
    moved = Drift(np.array([1.0, -1.0, 0.5, 0.2]), now, CENTRE)
    assert np.isfinite(bounded(moved, now).motion).all()
