"""A bag of any kind as topics and messages: rosbag2 folders, MCAP and SQLite files, ROS 1 bags."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rosbags.rosbag1 import Reader as Ros1Reader
from rosbags.rosbag2 import Reader as Ros2Reader
from rosbags.typesys import Stores, get_typestore

from crack_scanner.bags.cut_file import CutBag, bag_files
from crack_scanner.bags.damage import is_damage, one_line, plain_message
from crack_scanner.errors import CrackScannerError


@dataclass(frozen=True)
class Topic:
    """A topic of a bag. type: for example sensor_msgs/msg/Image. count: of its messages."""

    name: str
    type: str
    count: int


class Bag:
    """Messages of a bag in the order they were recorded; a file that is cut is read up to the cut.

    problem: what could not be read, for people; empty while the bag has been whole so far.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise CrackScannerError(
                f"bag {path} is not there; expected a rosbag2 folder, an .mcap, .db3 or .bag file"
            )
        self.path = path
        self.problem = ""
        self._ros1 = path.is_file() and path.suffix == ".bag"
        self._types = get_typestore(Stores.ROS1_NOETIC if self._ros1 else Stores.ROS2_JAZZY)
        self._reader = self._open()
        found: dict[tuple[str, str], int] = {}
        for connection in self._reader.connections:
            key = connection.topic, connection.msgtype
            found[key] = found.get(key, 0) + connection.msgcount
        self.topics = [Topic(name, kind, count) for (name, kind), count in sorted(found.items())]
        if not any(topic.count for topic in self.topics):
            self.close()
            why = self.problem or "was anything published while it was made?"
            raise CrackScannerError(f"bag {path} holds 0 messages: {why}")

    def messages(self, topics: Collection[Topic]) -> Iterator[tuple[Topic, Any]]:
        """Messages of some topics, each with its topic."""
        wanted = {(topic.name, topic.type): topic for topic in topics}
        for connection, raw in self._raw(wanted):
            topic = wanted[connection.topic, connection.msgtype]
            yield topic, self._read(raw, topic)

    def count(self) -> int:
        """Messages that can be read, all of them read."""
        everything = {(topic.name, topic.type) for topic in self.topics}
        return sum(1 for _ in self._raw(everything))

    def close(self) -> None:
        """Give back the files."""
        self._reader.close()

    def _raw(self, wanted: Collection[tuple[str, str]]) -> Iterator[tuple[Any, bytes]]:
        """Connection and bytes of the messages of some topics and types, up to the first that is damaged."""
        chosen = [c for c in self._reader.connections if (c.topic, c.msgtype) in wanted]
        if not chosen:
            return  # To the reader, none means all.
        stream = self._reader.messages(chosen)
        read = 0
        while True:
            try:
                connection, _, raw = next(stream)
            except StopIteration:
                return
            except Exception as error:
                if not is_damage(error):
                    raise
                self.problem = f"cannot be read beyond {read} messages: {one_line(error)}"
                return
            read += 1
            yield connection, raw

    def _read(self, raw: bytes, topic: Topic) -> Any:
        """A message; None where its bytes are not one of its type."""
        try:
            if not self._ros1:
                # Of bytes it would copy all but the first four, of a picture six megabytes.
                return self._types.deserialize_cdr(memoryview(plain_message(raw)), topic.type)
            message = self._types.deserialize_ros1(raw, topic.type)
        except Exception as error:
            if not is_damage(error):
                raise
            return None
        if topic.type != "sensor_msgs/msg/CameraInfo":
            return message
        # ROS 1 has the matrices of a camera in capitals.
        return SimpleNamespace(**{name.lower(): getattr(message, name) for name in message.__dict__})

    def _open(self) -> Any:
        reader: Any
        try:
            reader = Ros1Reader(self.path) if self._ros1 else Ros2Reader(self.path)
            reader.open()
            return reader
        except Exception as error:
            if not is_damage(error):
                raise
            problem = error
        try:
            return self._open_cut(problem)
        except OSError as error:
            raise CrackScannerError(f"bag {self.path} cannot be read: {error.strerror}") from error

    def _open_cut(self, error: Exception) -> CutBag:
        """What there is of a bag without its end or its metadata.yaml."""
        files = bag_files(self.path)
        ros1 = [file for file in files if file.suffix == ".bag"]
        if ros1 and not self._ros1:
            raise CrackScannerError(
                f"folder {self.path} holds a ROS 1 bag, which is one file: give {ros1[0]}"
            )
        if not files:
            raise CrackScannerError(
                f"bag {self.path} cannot be read: {one_line(error)}; expected a rosbag2 folder, "
                "or an .mcap, .db3 or .bag file"
            ) from error
        cut = CutBag(self.path)
        count = sum(connection.msgcount for connection in cut.connections)
        if not count:
            cut.close()
            raise CrackScannerError(
                f"bag {self.path} holds no message that can be read ({one_line(error)}); expected a rosbag2 "
                "folder, or an .mcap, .db3 or .bag file"
            ) from error
        self.problem = f"is cut: {count} messages can be read ({one_line(error)})"
        return cut
