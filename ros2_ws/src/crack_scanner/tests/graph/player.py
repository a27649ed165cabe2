"""Plays a robot's topics into a graph: pictures of noise along a wall, and its odometry."""

from __future__ import annotations

import numpy as np
from nav_msgs.msg import Odometry as OdometryMessage
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from crack_scanner.frames import Odometry
from crack_scanner.ros import qos
from crack_scanner.ros.geometry import camera_to_info, odometry_to_message
from crack_scanner.ros.images import rgb_to_message
from crack_scanner.ros.picture_publisher import PicturePublisher
from crack_scanner.ros.stamps import to_time
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose
from tests.graph.conftest import Probe

WIDTH, HEIGHT = 320, 240
PERIOD_NS = 100_000_000
START_NS = 1_700_000_000_000_000_000


class Player:
    """Frame `index` is taken at START_NS + index * PERIOD_NS, 3 cm further along than the one before."""

    def __init__(self, probe: Probe, image: str = "image") -> None:
        node = probe.node
        self.image: Publisher = node.create_publisher(Image, image, qos.frames_out())
        self.info: Publisher = node.create_publisher(CameraInfo, "camera_info", qos.stream())
        self.odometry: Publisher = node.create_publisher(OdometryMessage, "odom", qos.odometry(lossless=True))
        self.finished: Publisher = node.create_publisher(Header, "scan_finished", qos.latched())
        self._camera = Camera.from_field_of_view(WIDTH, HEIGHT, 1.0)
        self._random = np.random.default_rng(1)

    @staticmethod
    def stamp_ns(index: int) -> int:
        return START_NS + index * PERIOD_NS

    def play(self, index: int) -> None:
        """Camera, picture and the odometry before and after it."""
        for half in (-1, 1):
            pose = Pose(np.array([0.1 + 0.03 * index, 0.0, 0.2]))
            odometry = Odometry(self.stamp_ns(index) + half * PERIOD_NS // 2, pose)
            self.odometry.publish(odometry_to_message(odometry, "odom", "base_link"))
        self.info.publish(camera_to_info(self._camera, self.stamp_ns(index), "camera"))
        self.play_image(self.stamp_ns(index))

    def play_image(self, stamp_ns: int) -> None:
        self.publish(self._random.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8), stamp_ns)

    def publish(self, picture: np.ndarray, stamp_ns: int) -> None:
        self.image.publish(rgb_to_message(picture, stamp_ns, "camera"))

    def finish(self, last: int) -> None:
        self.finished.publish(Header(stamp=to_time(self.stamp_ns(last))))


class SharedPlayer(Player):
    """Leaves its pictures in shared memory, as sources of ours do for those who ask."""

    def __init__(self, probe: Probe) -> None:
        super().__init__(probe, "unused")
        self.pictures = PicturePublisher(probe.node)
        self.published: dict[int, np.ndarray] = {}

    def publish(self, picture: np.ndarray, stamp_ns: int) -> None:
        self.published[stamp_ns] = picture
        self.pictures.publish(picture, stamp_ns, "camera")
