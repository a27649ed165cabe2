"""Publishes pictures on `image`, and on `image/shared` for processes on this machine, as somebody listens."""

from __future__ import annotations

import numpy as np
from crack_scanner_interfaces.msg import SharedImage
from numpy.typing import NDArray
from rclpy.duration import Duration
from rclpy.node import Node
from sensor_msgs.msg import Image

from crack_scanner.ros import qos
from crack_scanner.ros.images import rgb_to_message
from crack_scanner.ros.picture_ring import PictureRing
from crack_scanner.ros.stamps import to_time


class PicturePublisher:
    """Work is done only for topics that have subscribers; shared memory is taken for the first of them."""

    def __init__(self, node: Node) -> None:
        self._image = node.create_publisher(Image, "image", qos.frames_out())
        self._shared = node.create_publisher(SharedImage, "image/shared", qos.frames_out())
        self._ring = PictureRing()

    @property
    def topic_name(self) -> str:
        """Of the messages that hold their pixels."""
        return str(self._image.topic_name)

    def listeners(self) -> int:
        """Subscribers to either topic."""
        count: int = self._image.get_subscription_count() + self._shared.get_subscription_count()
        return count

    def publish(self, image: NDArray[np.uint8], time_ns: int, frame_id: str) -> None:
        """Publish a picture (H, W, 3) uint8 RGB."""
        if self._shared.get_subscription_count():
            place = self._ring.put(image)
            message = SharedImage(
                height=image.shape[0], width=image.shape[1], segment=place.segment, number=place.number
            )
            message.header.stamp = to_time(time_ns)
            message.header.frame_id = frame_id
            self._shared.publish(message)
        if self._image.get_subscription_count():
            self._image.publish(rgb_to_message(image, time_ns, frame_id))

    def wait_for_all_acked(self, patience: Duration) -> None:
        """Until reliable subscribers have what was published."""
        self._shared.wait_for_all_acked(patience)
        self._image.wait_for_all_acked(patience)

    def close(self) -> None:
        """Give the shared memory back."""
        self._ring.close()
