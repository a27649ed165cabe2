"""Cameras and poses survive the way through a message."""

import numpy as np
import pytest
from nav_msgs.msg import Odometry as OdometryMessage
from sensor_msgs.msg import CameraInfo

from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Odometry
from crack_scanner.messages.geometry import camera_from_info, knows_covariance, odometry_from_message
from crack_scanner.ros.geometry import camera_to_info, odometry_to_message
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose

CORNERS = np.array([[0.0, 0.0], [639.0, 10.0], [320.0, 240.0], [5.0, 479.0]])


def camera(model: str = "plumb_bob", distortion: tuple[float, ...] = (-0.1, 0.02, 0.001, 0.0, 0.0)) -> Camera:
    matrix = np.array([[500.0, 0.0, 318.0], [0.0, 505.0, 242.0], [0.0, 0.0, 1.0]])
    return Camera(640, 480, matrix, np.array(distortion), model)


@pytest.mark.parametrize(
    ("model", "distortion"),
    [
        ("plumb_bob", (-0.1, 0.02, 0.001, 0.0, 0.0)),
        ("rational_polynomial", (0.1, 0.02, 0.0, 0.0, 0.01, 0.3, 0.01, 0.0)),
        ("equidistant", (0.01, -0.002, 0.0, 0.0)),
    ],
)
def test_a_camera_sees_the_same_after_a_round_trip(model: str, distortion: tuple[float, ...]) -> None:
    before = camera(model, distortion)
    after = camera_from_info(camera_to_info(before, 1, "camera"))
    assert (after.width, after.height, after.model) == (640, 480, model)
    np.testing.assert_array_equal(after.rays(CORNERS), before.rays(CORNERS))


def test_messages_that_say_the_same_give_the_same_camera() -> None:
    camera = Camera.from_field_of_view(640, 480, 1.0)
    first, again, other = (camera_to_info(camera, stamp, "camera") for stamp in (1, 2, 3))
    other.binning_x = 2
    assert camera_from_info(first) is camera_from_info(again)
    assert camera_from_info(first) is not camera_from_info(other)


def test_a_camera_info_without_calibration_is_refused() -> None:
    with pytest.raises(CrackScannerError, match="empty camera matrix k: calibrate"):
        camera_from_info(CameraInfo(width=640, height=480))


def test_a_region_of_interest_shifts_the_pixels() -> None:
    info = camera_to_info(camera(), 1, "camera")
    info.roi.x_offset, info.roi.y_offset, info.roi.width, info.roi.height = 100, 50, 300, 200
    part = camera_from_info(info)
    assert (part.width, part.height) == (300, 200)
    np.testing.assert_allclose(
        part.rays(np.array([[20.0, 30.0]])), camera().rays(np.array([[120.0, 80.0]])), atol=1e-9
    )


def test_binning_joins_pixels() -> None:
    info = camera_to_info(camera(), 1, "camera")
    info.binning_x = info.binning_y = 2
    binned = camera_from_info(info)
    assert (binned.width, binned.height) == (320, 240)
    # The first binned pixel is made of pixels 0 and 1, so its centre is their border.
    np.testing.assert_allclose(
        binned.rays(np.array([[0.0, 0.0]])), camera().rays(np.array([[0.5, 0.5]])), atol=1e-9
    )


def test_odometry_survives_a_round_trip() -> None:
    covariance = np.arange(1.0, 7.0) * np.arange(1.0, 7.0)[:, None] + np.eye(6)
    pose = Pose.from_xyz_rpy((1.0, -2.0, 0.5), (0.1, -0.2, 1.5))
    before = Odometry(5_000_000_007, Pose(pose.position, pose.quaternion, covariance))
    message = odometry_to_message(before, "odom", "base_link")
    after = odometry_from_message(message)
    assert (message.header.frame_id, message.child_frame_id) == ("odom", "base_link")
    assert after.stamp_ns == before.stamp_ns
    np.testing.assert_allclose(after.pose.position, before.pose.position)
    np.testing.assert_allclose(after.pose.quaternion, before.pose.quaternion, atol=1e-15)
    np.testing.assert_array_equal(after.pose.covariance, covariance)


def test_a_quaternion_that_is_nearly_one_is_brought_to_unit_length() -> None:
    message = OdometryMessage()
    message.pose.pose.orientation.w = 0.9
    np.testing.assert_allclose(odometry_from_message(message).pose.quaternion, [0, 0, 0, 1])


def odometry_with(covariance: np.ndarray) -> OdometryMessage:
    message = OdometryMessage()
    message.pose.pose.orientation.w = 1.0
    message.pose.covariance = covariance.ravel().tolist()
    return message


@pytest.mark.parametrize(
    "covariance",
    [
        np.diag([-1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        np.full((6, 6), -1.0),
        np.diag([1e-3, 1e-3, 1e6, 1e6, -1.0, 1e-3]),
        np.full((6, 6), np.nan),
    ],
)
def test_a_covariance_that_is_not_known_is_none(covariance: np.ndarray) -> None:
    message = odometry_with(covariance)
    assert not knows_covariance(message)
    np.testing.assert_array_equal(odometry_from_message(message).pose.covariance, np.zeros((6, 6)))


def test_a_covariance_that_cannot_be_is_made_one_that_can() -> None:
    covariance = np.eye(6)
    covariance[0, 1], covariance[1, 0] = 3.0, 1.0
    message = odometry_with(covariance)
    assert knows_covariance(message)
    made = odometry_from_message(message).pose.covariance
    np.testing.assert_array_equal(made, made.T)
    np.testing.assert_allclose(np.linalg.eigvalsh(made), [0.0, 1.0, 1.0, 1.0, 1.0, 3.0], atol=1e-12)


@pytest.mark.parametrize(("x", "w"), [(float("nan"), 1.0), (0.0, 0.0)])
def test_odometry_that_is_no_pose_is_refused(x: float, w: float) -> None:
    message = OdometryMessage()
    message.pose.pose.position.x, message.pose.pose.orientation.w = x, w
    with pytest.raises(CrackScannerError, match="expected finite metres and a unit quaternion"):
        odometry_from_message(message)
