"""Wheel odometry of the simulated robot: how it goes wrong, and what it honestly says about that.

Errors are linear and Gaussian, so that the covariance follows exactly from the same equations. With
a drift of D (0.01 is one per cent), for a robot that has travelled s metres:

- scale: the wheels and the lift each have a constant relative error of deviation D, so a straight
  run of s metres is wrong by D * s; it comes back when the robot comes back;
- slip: a random walk on each axis of deviation D / 2 * sqrt(s * 1 m), which does not come back;
- heading: a random walk of deviation D / 5 * sqrt(s / 1 m) radians, that turns the way that follows.

White noise of position and rotation comes on top of each message. The covariance never falls below
a floor of 0.2 mm and 0.1 mrad, the resolution a good encoder and gyroscope still have: perfect
odometry is exact, and says so to within the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crack_scanner.sources.simulator.noise import generator
from crack_scanner.surface.pose import Pose

Floats = NDArray[np.float64]

POSITION_FLOOR_M = 0.0002
ROTATION_FLOOR_RAD = 0.0001

_SLIP_SHARE = 0.5
_HEADING_SHARE = 0.2
# State of the error: x, y, z, heading, scale of the wheels, scale of the lift.
_HEADING, _WHEELS, _LIFT = 3, 4, 5
_STATE_IN_POSE = np.array([0, 1, 2, 5])


@dataclass(frozen=True)
class OdometryErrors:
    """Kind and size of the errors.

    drift: fraction of the distance travelled. position_noise: metres, rotation_noise: radians, both
    the deviation of white noise on each axis.
    """

    drift: float = 0.0
    position_noise: float = 0.0
    rotation_noise: float = 0.0


def measured_poses(seed: int, true_poses: list[Pose], errors: OdometryErrors) -> list[Pose]:
    """What odometry reports for true poses of base_link in odom, in the order they were passed.

    Each comes with the covariance of its own error.
    """
    rng = generator(seed, "odometry")
    positions = np.array([pose.position for pose in true_poses])
    moves = np.diff(positions, axis=0, prepend=positions[:1])
    wrong = drifted(rng, moves, errors.drift)
    covariances = pose_covariances(moves, errors)
    position_noise = errors.position_noise * rng.standard_normal((len(moves), 3))
    turns = errors.rotation_noise * rng.standard_normal((len(moves), 3))
    turns[:, 2] += wrong[:, _HEADING]
    attitudes = Rotation.from_rotvec(turns) * Rotation.from_quat([pose.quaternion for pose in true_poses])
    reported = positions + wrong[:, :3] + position_noise
    return [
        Pose(position, quaternion, covariance)
        for position, quaternion, covariance in zip(reported, attitudes.as_quat(), covariances, strict=True)
    ]


def drifted(rng: np.random.Generator, moves: Floats, drift: float) -> Floats:
    """(N, 4) errors of x, y, z in metres and heading in radians after each of the moves (N, 3)."""
    travelled = np.linalg.norm(moves, axis=1)
    wheels, lift = drift * rng.standard_normal(2)
    step = drift * np.sqrt(travelled)[:, None] * rng.standard_normal((len(moves), 4))
    heading = np.cumsum(_HEADING_SHARE * step[:, 3])
    before = np.concatenate([[0.0], heading[:-1]])
    sideways = np.stack([-before * moves[:, 1], before * moves[:, 0], np.zeros(len(moves))], axis=1)
    scaled = moves * np.array([wheels, wheels, lift])
    position = np.cumsum(scaled + sideways + _SLIP_SHARE * step[:, :3], axis=0)
    return np.column_stack([position, heading])


def pose_covariances(moves: Floats, errors: OdometryErrors) -> Floats:
    """(N, 6, 6) covariance of the reported poses after each of the moves (N, 3), ROS order."""
    white = np.repeat([errors.position_noise**2, errors.rotation_noise**2], 3)
    white += np.repeat([POSITION_FLOOR_M**2, ROTATION_FLOOR_RAD**2], 3)
    result = np.tile(np.diag(white), (len(moves), 1, 1))
    state = np.zeros((6, 6))
    state[_WHEELS, _WHEELS] = state[_LIFT, _LIFT] = errors.drift**2
    walk = np.square(errors.drift * np.array([_SLIP_SHARE] * 3 + [_HEADING_SHARE, 0.0, 0.0]))
    for index, move in enumerate(moves):
        state = _propagated(state, move, walk)
        result[index][np.ix_(_STATE_IN_POSE, _STATE_IN_POSE)] += state[:4, :4]
    return result


def _propagated(state: Floats, move: Floats, walk: Floats) -> Floats:
    """Covariance of the error state (6, 6) after one move (3,)."""
    transition = np.eye(6)
    transition[0, _HEADING], transition[1, _HEADING] = -move[1], move[0]
    transition[0, _WHEELS], transition[1, _WHEELS], transition[2, _LIFT] = move
    result: Floats = transition @ state @ transition.T + np.diag(walk * float(np.linalg.norm(move)))
    return result
