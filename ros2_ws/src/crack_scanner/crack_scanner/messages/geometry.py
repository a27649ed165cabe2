"""Cameras and poses of ROS messages."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Odometry
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose

Floats = NDArray[np.float64]

# Eigenvalues below zero by less than this share of the largest come from rounding alone.
_ROUNDING = 1e-9


def camera_from_info(message: Any) -> Camera:
    """Intrinsics of a sensor_msgs/CameraInfo, honouring its region of interest and binning.

    Messages that say the same give the same object, with all that was worked out of it.
    """
    roi = message.roi
    return _camera(
        (int(roi.width or message.width), int(roi.height or message.height)),
        np.asarray(message.k, float).tobytes(),
        np.asarray(message.d, float).tobytes(),
        message.distortion_model or "plumb_bob",
        (int(roi.x_offset), int(roi.y_offset)),
        (max(1, int(message.binning_x)), max(1, int(message.binning_y))),
    )


# A camera sends its intrinsics with every picture.
@lru_cache(maxsize=8)
def _camera(
    size: tuple[int, int], k: bytes, d: bytes, model: str, offset: tuple[int, int], binning: tuple[int, int]
) -> Camera:
    matrix = np.frombuffer(k).reshape(3, 3).copy()
    if not matrix.any():
        raise CrackScannerError(
            "camera_info has an empty camera matrix k: calibrate the camera or give calibration:=FILE"
        )
    # The centre of the first binned pixel lies in the middle of the pixels it was made of.
    matrix[:2, 2] = (matrix[:2, 2] - offset + 0.5) / binning - 0.5
    matrix[[0, 1], [0, 1]] /= binning
    (width, height), (across, down) = size, binning
    return Camera(width // across, height // down, matrix, np.frombuffer(d).copy(), model)


def odometry_from_message(message: Any) -> Odometry:
    """The pose of a nav_msgs/Odometry, PoseWithCovarianceStamped or PoseStamped, whose covariance is none.

    A covariance that is not known is none, too. The quaternion is brought to unit length.
    """
    covariance = getattr(message.pose, "covariance", None)
    pose = message.pose if covariance is None else message.pose.pose
    return Odometry(stamp_ns(message), _checked(pose.position, pose.orientation, covariance))


def knows_covariance(message: Any) -> bool:
    """Whether a message with odometry says how sure it is: a variance below zero, or NaN, is ROS for unknown.

    One whose type has no covariance, a PoseStamped, is not asked.
    """
    covariance = getattr(message.pose, "covariance", None)
    return covariance is None or _is_known(np.asarray(covariance, float))


def covariance_unknown(topic: str) -> str:
    """What is said of a topic's odometry that does not know its covariance."""
    return (
        f"{topic} comes with an unknown covariance (negative or not a number) and is taken as exact: "
        "drift is not corrected, and the sigma of a crack's position is without that of the robot's; "
        "let the driver fill in pose.covariance"
    )


def transforms_between(message: Any, parent: str, child: str) -> list[Any]:
    """The transforms of a tf2_msgs/TFMessage between two frames."""
    return [
        item
        for item in message.transforms
        if (item.header.frame_id.strip("/"), item.child_frame_id.strip("/")) == (parent, child)
    ]


def transforms_from_message(message: Any, parent: str, child: str) -> list[Odometry]:
    """The same, as poses of the child in the parent."""
    return [
        Odometry(stamp_ns(item), _checked(item.transform.translation, item.transform.rotation, None))
        for item in transforms_between(message, parent, child)
    ]


def _checked(place: Any, attitude: Any, covariance: Any) -> Pose:
    position = np.array([place.x, place.y, place.z])
    quaternion = np.array([attitude.x, attitude.y, attitude.z, attitude.w])
    norm = float(np.linalg.norm(quaternion))
    if not (np.isfinite(position).all() and 0.5 < norm < 2.0):
        raise CrackScannerError(
            f"odometry with position {position.tolist()} and quaternion {quaternion.tolist()}; "
            "expected finite metres and a unit quaternion"
        )
    return Pose(position, quaternion / norm, _spread(covariance))


def _spread(covariance: Any) -> Floats:
    """(6, 6), symmetric and without negative eigenvalues, of the 36 numbers of a message; None is none."""
    values = np.zeros(36) if covariance is None else np.asarray(covariance, float)
    if not _is_known(values):
        return np.zeros((6, 6))
    square = values.reshape(6, 6)
    symmetric: Floats = (square + square.T) / 2
    variances, axes = np.linalg.eigh(symmetric)
    if variances[0] >= -_ROUNDING * variances[-1]:
        return symmetric
    clipped: Floats = (axes * np.maximum(variances, 0.0)) @ axes.T
    return clipped


def _is_known(covariance: Floats) -> bool:
    return bool(np.isfinite(covariance).all() and (covariance[::7] >= 0.0).all())
