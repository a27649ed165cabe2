"""Rigid poses with uncertainty (REP-103 axes, quaternions in x, y, z, w order)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from crack_scanner.surface.quaternion import between, matrix, product

Floats = NDArray[np.float64]


def _no_covariance() -> Floats:
    return np.zeros((6, 6))


@dataclass(frozen=True, eq=False)
class Pose:
    """Pose of a child frame in a parent frame.

    position: (3,) metres. quaternion: (4,) x, y, z, w, unit length.
    covariance: (6, 6) of x, y, z [m] and rotations about the parent's fixed X, Y, Z axes [rad],
    the order of geometry_msgs/PoseWithCovariance.
    """

    position: Floats
    quaternion: Floats = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 1.0]))
    covariance: Floats = field(default_factory=_no_covariance)

    @staticmethod
    def identity() -> Pose:
        """The pose of a frame in itself, known exactly."""
        return Pose(np.zeros(3))

    @staticmethod
    def from_xyz_rpy(xyz: ArrayLike, rpy: ArrayLike) -> Pose:
        """Pose from (3,) metres and (3,) roll, pitch, yaw in radians (fixed axes X, Y, Z)."""
        return Pose(np.asarray(xyz, float), Rotation.from_euler("xyz", np.asarray(rpy, float)).as_quat())

    @property
    def rpy(self) -> NDArray[np.float64]:
        """Roll, pitch and yaw in radians, about fixed axes; see `from_xyz_rpy`."""
        result: NDArray[np.float64] = Rotation.from_quat(self.quaternion).as_euler("xyz")
        return result

    @cached_property
    def rotation(self) -> Floats:
        """(3, 3) matrix that turns child vectors into the parent frame."""
        return matrix(self.quaternion)

    def transform(self, points: Floats) -> Floats:
        """Points (N, 3) of the child frame in the parent frame."""
        result: Floats = points @ self.rotation.T + self.position
        return result

    def compose(self, child: Pose) -> Pose:
        """Pose of the child's child in this parent; `child` is taken as exactly known.

        The covariance is carried to the new origin: a rotation error swings the lever arm.
        """
        lever = self.rotation @ child.position
        jacobian = np.eye(6)
        jacobian[:3, 3:] = -skew(lever)
        covariance = jacobian @ self.covariance @ jacobian.T
        attitude = product(self.quaternion, child.quaternion)
        return Pose(self.position + lever, attitude, covariance)


def skew(vector: Floats) -> Floats:
    """(3, 3) matrix of the cross product `vector` x ."""
    x, y, z = vector.tolist()
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def interpolate(before: Pose, after: Pose, fraction: float) -> Pose:
    """Pose between two poses: position and covariance linear, attitude by slerp; fraction 0 to 1.

    A convex mix of two covariances is an upper bound of the covariance of the mixed pose, so the
    result never claims more than its neighbours know.
    """
    return Pose(
        (1 - fraction) * before.position + fraction * after.position,
        between(before.quaternion, after.quaternion, fraction),
        (1 - fraction) * before.covariance + fraction * after.covariance,
    )
