"""Cameras and poses between ROS messages and the core's types."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point, Quaternion
from geometry_msgs.msg import Pose as PoseMessage
from nav_msgs.msg import Odometry as OdometryMessage
from sensor_msgs.msg import CameraInfo

from crack_scanner.frames import Odometry
from crack_scanner.ros.stamps import to_time
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose


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
