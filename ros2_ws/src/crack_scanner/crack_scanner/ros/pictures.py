"""Which topic pictures come on, and how its messages are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import Image as ImageMessage

from crack_scanner.messages.images import Image, compressed_to_rgb, image_to_rgb


@dataclass(frozen=True)
class PictureTopic:
    """A topic of pictures. read: a message of its kind as (H, W, 3) uint8 RGB."""

    name: str
    kind: type
    read: Callable[[Any], Image]


RAW = PictureTopic("image", ImageMessage, image_to_rgb)
COMPRESSED = PictureTopic("image/compressed", CompressedImage, compressed_to_rgb)


def picture_topic(transport: str) -> PictureTopic:
    """Where pictures come from with a value of the parameter `transport`."""
    return COMPRESSED if transport == "compressed" else RAW
