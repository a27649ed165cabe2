"""Cameras and poses between ROS messages and the core's types."""

from __future__ import annotations

from typing import Any

import numpy as np
from geometry_msgs.msg import Point, Quaternion
from geometry_msgs.msg import Pose as PoseMessage
from nav_msgs.msg import Odometry as OdometryMessage
from sensor_msgs.msg import CameraInfo

from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Odometry
from crack_scanner.ros.stamps import stamp_ns, to_time
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose


def camera_from_info(message: Any) -> Camera:
    """Intrinsics of a sensor_msgs/CameraInfo, honouring its region of interest and binning."""
    matrix = np.asarray(message.k, float).reshape(3, 3).copy()
    if not matrix.any():
        raise CrackScannerError(
            "camera_info has an empty camera matrix k: calibrate the camera or give calibration:=FILE"
        )
    roi = message.roi
    binning = np.array([max(1, message.binning_x), max(1, message.binning_y)], float)
    # The centre of the first binned pixel lies in the middle of the pixels it was made of.
    matrix[:2, 2] = (matrix[:2, 2] - [roi.x_offset, roi.y_offset] + 0.5) / binning - 0.5
    matrix[[0, 1], [0, 1]] /= binning
    width, height = roi.width or message.width, roi.height or message.height
    model = message.distortion_model or "plumb_bob"
    return Camera(
        int(width / binning[0]), int(height / binning[1]), matrix, np.asarray(message.d, float).copy(), model
    )


def camera_to_info(camera: Camera, time_ns: int, frame_id: str) -> CameraInfo:
    """A sensor_msgs/CameraInfo of a camera that is not rectified."""
    info = CameraInfo()
    info.header.stamp = to_time(time_ns)
    info.header.frame_id = frame_id
    info.width, info.height = camera.width, camera.height
    info.distortion_model = camera.model
    info.d = camera.distortion.ravel().tolist()
    info.k = camera.matrix.ravel().tolist()
    info.r = np.eye(3).ravel().tolist()
    info.p = np.hstack([camera.matrix, np.zeros((3, 1))]).ravel().tolist()
    return info


def odometry_from_message(message: Any) -> Odometry:
    """Pose and covariance of a nav_msgs/Odometry; the quaternion is brought to unit length."""
    pose = message.pose.pose
    position = np.array([pose.position.x, pose.position.y, pose.position.z])
    attitude = pose.orientation
    quaternion = np.array([attitude.x, attitude.y, attitude.z, attitude.w])
    norm = float(np.linalg.norm(quaternion))
    if not (np.isfinite(position).all() and 0.5 < norm < 2.0):
        raise CrackScannerError(
            f"odometry with position {position.tolist()} and quaternion {quaternion.tolist()}; "
            "expected finite metres and a unit quaternion"
        )
    covariance = np.asarray(message.pose.covariance, float).reshape(6, 6).copy()
    return Odometry(stamp_ns(message), Pose(position, quaternion / norm, covariance))


def odometry_to_message(odometry: Odometry, frame_id: str, child_frame_id: str) -> OdometryMessage:
    """A nav_msgs/Odometry with pose and covariance; the twist is not known and left empty."""
    message = OdometryMessage()
    message.header.stamp = to_time(odometry.stamp_ns)
    message.header.frame_id = frame_id
    message.child_frame_id = child_frame_id
    message.pose.pose = pose_to_message(odometry.pose)
    message.pose.covariance = odometry.pose.covariance.ravel().tolist()
    return message


def pose_to_message(pose: Pose) -> PoseMessage:
    """A geometry_msgs/Pose."""
    x, y, z = pose.position.tolist()
    qx, qy, qz, qw = pose.quaternion.tolist()
    return PoseMessage(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))
