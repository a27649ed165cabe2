"""Which topic pictures come on, and how its messages are read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
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
    """A topic of pictures.

    read: a message of its kind as (H, W, 3) uint8 RGB. borrowed: the same for a short while, not to be kept,
    which may spare a copy.
    """

    name: str
    kind: type
    read: Callable[[Any], Image]
    borrowed: Callable[[Any], AbstractContextManager[Image]]

    @property
    def is_shared(self) -> bool:
        """Whether its messages only say where a picture lies."""
        return self.kind is SharedImage


def picture_topic(transport: str) -> PictureTopic:
    """Where pictures come from with a value of the parameter `transport`."""
    if transport == COMPRESSED:
        return _received("image/compressed", CompressedImage, compressed_to_rgb)
    if transport == SHARED:
        return _shared("image/shared")
    return _received("image", ImageMessage, image_to_rgb)


def _received(name: str, kind: type, read: Callable[[Any], Image]) -> PictureTopic:
    return PictureTopic(name, kind, read, lambda message: nullcontext(read(message)))


def _shared(name: str) -> PictureTopic:
    reader = PictureReader()

    def found(message: Any) -> tuple[Place, int, int]:
        return place_of(message), int(message.height), int(message.width)

    return PictureTopic(
        name,
        SharedImage,
        lambda message: reader.read(*found(message)),
        lambda message: reader.borrowed(*found(message)),
    )


def place_of(message: Any) -> Place:
    """Where the picture of a SharedImage or TileBatch lies in shared memory; no segment: nowhere."""
    return Place(str(message.segment), int(message.number))
