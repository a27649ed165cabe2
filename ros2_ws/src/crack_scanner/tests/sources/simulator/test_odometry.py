import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crack_scanner.sources.simulator.odometry import (
    POSITION_FLOOR_M,
    ROTATION_FLOOR_RAD,
    OdometryErrors,
    measured_poses,
)
from crack_scanner.surface.pose import Pose


def back_and_forth() -> list[Pose]:
    """Three lanes of 2 m at 0.4 m/s and 10 Hz, a quarter metre apart."""
    along = np.linspace(0.0, 2.0, 51)
    runs = [
        np.stack([x, 0 * x, 0 * x + z], axis=1) for x, z in ((along, 0.0), (along[::-1], 0.25), (along, 0.5))
    ]
    return [Pose(position) for position in np.concatenate(runs)]


TRUE = back_and_forth()


def normalised_errors(errors: OdometryErrors, seeds: range) -> tuple[np.ndarray, np.ndarray]:
    """Squared errors of position and of the whole pose over their covariances, at three times a scan."""
    position, whole = [], []
    for seed in seeds:
        measured = measured_poses(seed, TRUE, errors)
        for index in (40, 100, 152):
            turn = (
                Rotation.from_quat(measured[index].quaternion)
                * Rotation.from_quat(TRUE[index].quaternion).inv()
            )
            error = np.concatenate([measured[index].position - TRUE[index].position, turn.as_rotvec()])
            covariance = measured[index].covariance
            position.append(error[:3] @ np.linalg.solve(covariance[:3, :3], error[:3]))
            whole.append(error @ np.linalg.solve(covariance, error))
    return np.array(position), np.array(whole)


@pytest.mark.parametrize(
    "errors",
    [OdometryErrors(0.01), OdometryErrors(0.02, 0.003, 0.002), OdometryErrors(0.0, 0.005, 0.003)],
    ids=["drift", "drift and noise", "noise"],
)
def test_covariance_is_honest(errors: OdometryErrors) -> None:
    """95 % of errors lie within the 95 % ellipsoid (chi-square of 3: 7.81), give or take sampling."""
    position, whole = normalised_errors(errors, range(120))
    assert 0.90 < (position < 7.815).mean() < 0.99
    assert position.mean() == pytest.approx(3.0, rel=0.15)
    assert whole.mean() == pytest.approx(6.0, rel=0.15) if errors.rotation_noise else whole.mean() < 6.0


def test_perfect_odometry_is_exact_and_claims_its_floor() -> None:
    for true, measured in zip(TRUE, measured_poses(1, TRUE, OdometryErrors()), strict=True):
        np.testing.assert_array_equal(measured.position, true.position)
        np.testing.assert_allclose(measured.quaternion, true.quaternion, atol=1e-15)
        floor = np.repeat([POSITION_FLOOR_M**2, ROTATION_FLOOR_RAD**2], 3)
        np.testing.assert_allclose(measured.covariance, np.diag(floor))


def test_drift_is_a_share_of_the_distance() -> None:
    """After a straight metre, one per cent of drift is about a centimetre."""
    metre = [Pose(np.array([x, 0.0, 0.0])) for x in np.linspace(0.0, 1.0, 51)]
    ends = [measured_poses(seed, metre, OdometryErrors(0.01))[-1].position[0] - 1.0 for seed in range(400)]
    assert np.std(ends) == pytest.approx(0.01, rel=0.25)


def test_going_back_does_not_undo_all_of_the_drift() -> None:
    there_and_back = [Pose(np.array([x, 0.0, 0.0])) for x in [*np.linspace(0, 2, 51), *np.linspace(2, 0, 51)]]
    errors = [measured_poses(seed, there_and_back, OdometryErrors(0.01)) for seed in range(100)]
    far, home = (np.std([poses[index].position[0] for poses in errors]) for index in (50, 101))
    assert 0.25 * far < home < far


def test_same_seed_same_poses() -> None:
    errors = OdometryErrors(0.01, 0.002, 0.001)
    first, again, other = (measured_poses(seed, TRUE, errors)[-1].position for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
