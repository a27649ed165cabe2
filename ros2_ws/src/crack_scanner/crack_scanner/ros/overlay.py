"""The picture with what was found in it, for those who watch: tile probabilities and crack lines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage
from sensor_msgs.msg import Image as ImageMessage

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.severity import NOT_MEASURED
from crack_scanner.report.picture_overlay import LabelledLine, draw_cracks, draw_heat
from crack_scanner.ros import qos
from crack_scanner.ros.images import rgb_to_message
from crack_scanner.ros.stamps import to_time
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.sightings import CrackSighting

Image = NDArray[np.uint8]

TOPIC, COMPRESSED = "overlay", "overlay/compressed"
# More often nobody can follow; nanoseconds of the pictures' own time.
_PERIOD_NS = 200_000_000
_JPEG_QUALITY = 85


class OverlayPublisher:
    """`overlay` and `overlay/compressed`: nothing is drawn while nobody listens, and at most five a second.

    A frame whose pixels were not looked at is left out: its cracks would seem to be gone. `show` may be
    called in any thread, one at a time. frame_id: of the camera, for the pictures to come.
    """

    def __init__(self, node: Node, lines: bool, frame_id: str = "") -> None:
        """lines: whether frames come with crack lines; otherwise every frame will do."""
        self.frame_id = frame_id
        self._lines = lines
        self._last_ns: int | None = None
        self._raw = node.create_publisher(ImageMessage, TOPIC, qos.frames_out())
        self._compressed = node.create_publisher(CompressedImage, COMPRESSED, qos.frames_out())

    def show(self, scores: TileScores, picture: Image) -> None:
        """Draw and publish a scored frame (H, W, 3) uint8 RGB, if it is due."""
        raw, compressed = (publisher.get_subscription_count() for publisher in (self._raw, self._compressed))
        if not (raw or compressed) or not self._is_due(scores):
            return
        self._last_ns = scores.stamp_ns
        image = overlay(picture, scores)
        if raw:
            self._raw.publish(rgb_to_message(image, scores.stamp_ns, self.frame_id))
        if compressed:
            self._compressed.publish(_jpeg(image, scores.stamp_ns, self.frame_id))

    def _is_due(self, scores: TileScores) -> bool:
        if self._lines and scores.cracks is None:
            return False
        # A clock that jumps back makes it due as well.
        return self._last_ns is None or abs(scores.stamp_ns - self._last_ns) >= _PERIOD_NS


def overlay(picture: Image, scores: TileScores) -> Image:
    """A copy of a picture (H, W, 3) uint8 RGB with its tile probabilities, its cracks and their widths."""
    image = picture.copy()
    draw_heat(image, [scores])
    sightings = () if scores.cracks is None else scores.cracks.sightings
    draw_cracks(image, [LabelledLine(seen.widths.points, NOT_MEASURED, _words(seen)) for seen in sightings])
    return image


def _words(seen: CrackSighting) -> str:
    """The middle width of a line in pixels, or that it is below what can be told apart."""
    known = seen.widths.width[np.isfinite(seen.widths.width)]
    width = float(np.median(known)) if len(known) else 0.0
    smallest = seen.widths.smallest
    return f"{width:.1f} px" if width >= smallest else f"< {smallest:.1f} px"


def _jpeg(image: Image, stamp_ns: int, frame_id: str) -> CompressedImage:
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise CrackScannerError(f"a picture of {image.shape[1]} x {image.shape[0]} px cannot be made a JPEG")
    message = CompressedImage(format="rgb8; jpeg compressed bgr8", data=data.tobytes())
    message.header.stamp = to_time(stamp_ns)
    message.header.frame_id = frame_id
    return message
