"""Composition and interpolation of poses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.surface.pose import Pose, interpolate

coordinate = st.floats(-10, 10)
angle = st.floats(-1.5, 1.5)
poses = st.builds(
    lambda xyz, rpy: Pose.from_xyz_rpy(xyz, rpy),
    st.tuples(coordinate, coordinate, coordinate),
    st.tuples(angle, angle, angle),
)
POINTS = np.array([[1.0, 2, 3], [-2, 0.5, 1]])


@given(poses, poses)
def test_a_composed_pose_transforms_like_one_after_the_other(first: Pose, second: Pose) -> None:
    assert np.allclose(first.compose(second).transform(POINTS), first.transform(second.transform(POINTS)))


@given(poses, poses)
def test_interpolation_meets_its_ends(before: Pose, after: Pose) -> None:
    for fraction, end in ((0.0, before), (1.0, after)):
        assert np.allclose(interpolate(before, after, fraction).transform(POINTS), end.transform(POINTS))


@given(st.floats(0, 1), st.floats(-3, 3))
def test_attitude_turns_evenly(fraction: float, yaw: float) -> None:
    middle = interpolate(Pose.identity(), Pose.from_xyz_rpy((0, 0, 0), (0, 0, yaw)), fraction)
    expected = Pose.from_xyz_rpy((0, 0, 0), (0, 0, fraction * yaw))
    assert np.allclose(middle.rotation, expected.rotation, atol=1e-9)


def test_a_yaw_error_swings_the_lever_arm() -> None:
    covariance = np.zeros((6, 6))
    covariance[5, 5] = 0.01**2
    base = Pose(np.zeros(3), covariance=covariance)
    moved = base.compose(Pose(np.array([2.0, 0, 0])))
    assert np.sqrt(moved.covariance[1, 1]) == pytest.approx(0.02)


@given(st.floats(0, 1))
def test_interpolation_never_claims_more_than_it_knows(fraction: float) -> None:
    """The covariance of a mix of two independent poses is below the one reported."""
    before, after = np.diag([1.0] * 6), np.diag([4.0] * 6)
    mixed = interpolate(Pose(np.zeros(3), covariance=before), Pose(np.zeros(3), covariance=after), fraction)
    true = (1 - fraction) ** 2 * before + fraction**2 * after
    assert (np.linalg.eigvalsh(mixed.covariance - true) >= -1e-12).all()
