"""Pictures from arrays to ROS messages."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import Image as ImageMessage

from crack_scanner.messages.images import Image
from crack_scanner.ros.stamps import to_time
from crack_scanner.ros.wire import with_data


def rgb_to_message(image: Image, time_ns: int, frame_id: str) -> bytes:
    """A serialised sensor_msgs/Image of an image (H, W, 3) uint8 RGB."""
    height, width = image.shape[:2]
    message = ImageMessage(encoding="rgb8", height=height, width=width, step=width * 3)
    message.header.stamp = to_time(time_ns)
    message.header.frame_id = frame_id
    return with_data(message, np.ascontiguousarray(image))
