"""Which topic pictures come on, and how its messages are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crack_scanner_interfaces.msg import SharedImage
from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import Image as ImageMessage

from crack_scanner.messages.images import Image, compressed_to_rgb, image_to_rgb
from crack_scanner.ros.picture_ring import PictureReader, Place

RAW, COMPRESSED, SHARED = TRANSPORTS = ("raw", "compressed", "shared")


@dataclass(frozen=True)
class PictureTopic:
    """A topic of pictures. read: a message of its kind as (H, W, 3) uint8 RGB."""

    name: str
    kind: type
    read: Callable[[Any], Image]

    @property
    def is_shared(self) -> bool:
        """Whether its messages only say where a picture lies."""
        return self.kind is SharedImage


def picture_topic(transport: str) -> PictureTopic:
    """Where pictures come from with a value of the parameter `transport`."""
    if transport == COMPRESSED:
        return PictureTopic("image/compressed", CompressedImage, compressed_to_rgb)
    if transport == SHARED:
        return PictureTopic("image/shared", SharedImage, _shared())
    return PictureTopic("image", ImageMessage, image_to_rgb)


def _shared() -> Callable[[Any], Image]:
    reader = PictureReader()

    def read(message: Any) -> Image:
        return reader.read(place_of(message), int(message.height), int(message.width))

    return read


def place_of(message: Any) -> Place:
    """Where the picture of a SharedImage or TileBatch lies in shared memory; no segment: nowhere."""
    return Place(str(message.segment), int(message.number))
