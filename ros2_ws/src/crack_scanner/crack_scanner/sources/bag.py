"""A recorded scan: pictures and odometry of a bag, in the order of their stamps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from crack_scanner.bags.bag import Bag, Topic
from crack_scanner.bags.topics import COMPRESSED, TF, WantedTopics, choose_topics
from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.messages.geometry import camera_from_info, odometry_from_message, transforms_from_message
from crack_scanner.messages.images import compressed_to_rgb, image_to_rgb
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.stamp_order import StampOrder
from crack_scanner.surface.camera import Camera

# Messages come out of order by less than this, and at most so many of them are held to be put in order.
_WINDOW_NS = 1_000_000_000
_MOST_HELD = 400


class BagSource:
    """Iterates over a bag; nothing is dropped but what cannot be read, which is counted in `unreadable`."""

    live = False
    truth: dict[str, Any] | None = None

    def __init__(
        self,
        path: Path,
        settings: ScanSettings,
        topics: WantedTopics | None = None,
        calibration: Camera | None = None,
        frames: tuple[str, str] = ("odom", "base_link"),
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        """frames: parent and child of the transform that is the odometry, where it comes from tf."""
        self.name = f"bag {path}"
        self.surface, self.mount = settings.surface, settings.mount
        self.unreadable = 0
        self.bag = Bag(path)
        self._log = log
        self._frames = frames
        self._camera = calibration
        self._start_ns = 0
        self._reason = "none could be decoded"
        try:
            self.topics = choose_topics(self.bag.topics, topics or WantedTopics(), calibration is not None)
        except CrackScannerError as error:
            self.bag.close()
            raise CrackScannerError(f"bag {path}: {error}") from error
        self.frames_expected: int | None = self.topics.image.count

    def __iter__(self) -> Iterator[Frame | Odometry]:
        order: StampOrder[tuple[Topic, Any]] = StampOrder(_WINDOW_NS, _MOST_HELD)
        self._camera = self._camera or self._first_camera()
        pictures = 0
        for item in self._in_order(order):
            for event in self._events(*item, pictures):
                pictures += isinstance(event, Frame)
                yield event
        if not pictures:
            raise CrackScannerError(f"{self.name} holds no picture that can be used: {self._reason}")

    def start_at(self, stamp_ns: int) -> None:
        """Leave out pictures before this stamp."""
        self._start_ns = stamp_ns

    def close(self) -> None:
        """Give back the files."""
        self.bag.close()

    def _first_camera(self) -> Camera | None:
        """Of the bag's first camera_info that can be read: pictures may come before it."""
        if self.topics.camera_info is None:
            return None
        messages = self.bag.messages([self.topics.camera_info])
        return next((camera_from_info(message) for _, message in messages if message is not None), None)

    def _in_order(self, order: StampOrder[tuple[Topic, Any]]) -> Iterator[tuple[Topic, Any]]:
        chosen = [
            t for t in (self.topics.camera_info, self.topics.odometry, self.topics.image) if t is not None
        ]
        for topic, message in self.bag.messages(chosen):
            if message is None:
                self._lose(topic, "its bytes are not a message of its type")
                continue
            yield from order.put(_stamp(topic, message), (topic, message))
        yield from order.rest()

    def _events(self, topic: Topic, message: Any, sequence: int) -> Iterator[Frame | Odometry]:
        try:
            if topic == self.topics.image:
                frame = self._frame(message, sequence)
                if frame.stamp_ns >= self._start_ns:
                    yield frame
            elif topic == self.topics.camera_info:
                self._camera = camera_from_info(message)
            elif topic.type == TF:
                yield from transforms_from_message(message, *self._frames)
            else:
                yield odometry_from_message(message)
        except CrackScannerError as error:
            self._lose(topic, str(error))

    def _frame(self, message: Any, sequence: int) -> Frame:
        decode = compressed_to_rgb if self.topics.image.type == COMPRESSED else image_to_rgb
        image = decode(message)
        camera = self._camera
        if camera is None:
            raise CrackScannerError("no camera_info can be read: give --calibration YAML")
        height, width = image.shape[:2]
        if (camera.width, camera.height) != (width, height):
            raise CrackScannerError(
                f"camera_info is for {camera.width} x {camera.height} px but the pictures have "
                f"{width} x {height}: give --calibration YAML for this size"
            )
        return Frame(stamp_ns(message), image, camera, sequence)

    def _lose(self, topic: Topic, reason: str) -> None:
        if topic == self.topics.image:
            self._reason = reason
        self.unreadable += 1
        if self.unreadable == 1:
            self._log(f"a message of {topic.name} is left out, others like it without a word: {reason}")


def _stamp(topic: Topic, message: Any) -> int:
    if topic.type != TF:
        return stamp_ns(message)
    return max((stamp_ns(transform) for transform in message.transforms), default=0)
