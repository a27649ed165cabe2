"""A recorded scan: pictures and odometry of a bag, in the order of their stamps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from crack_scanner.bags.bag import Bag, Topic
from crack_scanner.bags.topics import COMPRESSED, TF, WantedTopics, choose_topics
from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.messages.geometry import (
    camera_from_info,
    covariance_unknown,
    knows_covariance,
    odometry_from_message,
    transforms_between,
    transforms_from_message,
)
from crack_scanner.messages.images import compressed_to_rgb, image_to_rgb
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.pipeline.stream_clock import StreamClock
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.stamp_order import StampOrder
from crack_scanner.surface.camera import Camera

# Messages come out of order by less than this, and at most so many of them are held to be put in order.
_WINDOW_NS = 1_000_000_000
_MOST_HELD = 400
NOT_ITS_TYPE = "its bytes are not a message of its type"


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
        self._has_said_unsure = False
        try:
            self.topics = choose_topics(self.bag.topics, topics or WantedTopics(), calibration is not None)
        except CrackScannerError as error:
            self.bag.close()
            raise CrackScannerError(f"bag {path}: {error}") from error
        self.frames_expected: int | None = self.topics.image.count
        # In the order of the recording: what the window below puts right is counted as well.
        self._clocks = {
            self.topics.odometry: StreamClock(settings.max_pose_gap),
            self.topics.image: StreamClock(),
        }

    def __iter__(self) -> Iterator[Frame | Odometry]:
        self._camera = self._camera or self._first_camera()
        pictures = 0
        for topic, message in self._in_order():
            try:
                events = self._events(topic, message, pictures)
            except CrackScannerError as error:
                self._lose(topic, str(error))
                continue
            pictures += topic == self.topics.image
            yield from events

    def check(self) -> tuple[int, int]:
        """Refuse a bag without a picture or without a pose that can be used, before anything is begun.

        Returns width and height of its pictures, pixels.
        """
        self._camera = self._camera or self._first_camera()
        self._check(self.topics.image, "picture")
        self._check(self.topics.odometry, "pose")
        # Whoever has no camera has been refused, as have pictures that are not of its size.
        assert self._camera is not None
        return self._camera.width, self._camera.height

    def findings(self) -> dict[str, Any]:
        """What the iteration has found out about the bag, for the session's summary; JSON values."""
        topics = self.topics
        streams = {"odometry": self._clocks[topics.odometry], "pictures": self._clocks[topics.image]}
        return {
            "bag": {
                "path": str(self.bag.path),
                "whole": not self.bag.problem,
                "problem": self.bag.problem,
                "unreadable_messages": self.unreadable,
                "image": topics.image.name,
                "odometry": topics.odometry.name,
                "camera_info": topics.camera_info.name if topics.camera_info is not None else None,
            },
            "clock": {name: clock.findings() for name, clock in streams.items()},
        }

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

    def _check(self, topic: Topic, what: str) -> None:
        reason = "none could be read"
        for _, message in self.bag.messages([topic]):
            try:
                events = [] if message is None else self._events(topic, message, 0)
            except CrackScannerError as error:
                reason = str(error)
                continue
            if any(event.stamp_ns > 0 for event in events):
                return
            reason = self._why_none(topic, message)
        raise CrackScannerError(f"{self.name} holds no {what} that can be used in {topic.name}: {reason}")

    def _why_none(self, topic: Topic, message: Any) -> str:
        if message is None:
            return NOT_ITS_TYPE
        if topic.type != TF:
            return "a stamp of zero says nothing: let the driver fill in header.stamp"
        parent, child = self._frames
        return (
            f"no transform from {parent} to {child} among those like {_names(message)}: name the "
            "frames with --odom-frame and --base-frame"
        )

    def _in_order(self) -> Iterator[tuple[Topic, Any]]:
        order: StampOrder[tuple[Topic, Any]] = StampOrder(_WINDOW_NS, _MOST_HELD)
        chosen = [
            t for t in (self.topics.camera_info, self.topics.odometry, self.topics.image) if t is not None
        ]
        for topic, message in self.bag.messages(chosen):
            if message is None:
                self._lose(topic, NOT_ITS_TYPE)
                continue
            stamps = self._stamps(topic, message)
            if not stamps:
                continue
            if topic in self._clocks:
                self._clocks[topic].see(stamps[0])
            if stamps[0] > 0:
                yield from order.put(stamps[0], (topic, message))
            else:
                # It has no place in the order, and must not upset that of the others.
                yield topic, message
        yield from order.rest()

    def _stamps(self, topic: Topic, message: Any) -> list[int]:
        """Stamps of a message; none where it is tf of other frames."""
        if topic.type != TF:
            return [stamp_ns(message)]
        return [stamp_ns(item) for item in transforms_between(message, *self._frames)]

    def _events(self, topic: Topic, message: Any, sequence: int) -> list[Frame | Odometry]:
        if topic == self.topics.image:
            frame = self._frame(message, sequence)
            return [frame] if frame.stamp_ns >= self._start_ns else []
        if topic == self.topics.camera_info:
            self._camera = camera_from_info(message)
            return []
        if topic.type == TF:
            return list(transforms_from_message(message, *self._frames))
        odometry = odometry_from_message(message)
        if not (self._has_said_unsure or knows_covariance(message)):
            self._has_said_unsure = True
            self._log(covariance_unknown(topic.name))
        return [odometry]

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
        self.unreadable += 1
        if self.unreadable == 1:
            self._log(f"a message of {topic.name} is left out, others like it without a word: {reason}")


def _names(message: Any) -> str:
    """Frames of the transforms of a TFMessage."""
    return ", ".join(f"{item.header.frame_id} to {item.child_frame_id}" for item in message.transforms)
