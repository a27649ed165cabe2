"""Writes rosbag2 folders of MCAP files, split by size, of which a killed process loses next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import yaml
from mcap.writer import CompressionType, Writer

from crack_scanner.bags.stored_topic import StoredTopic
from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically

# Of the format of metadata.yaml; ROS 2 Jazzy's.
_VERSION = 9
# A chunk is written when it holds this much, bytes. What lies in an open one is lost with the process: a
# few messages of odometry at most, as a picture fills it by itself.
_CHUNK = 16_384


@dataclass
class _Part:
    """One file. counts: messages by topic. Times are those of recording, nanoseconds."""

    path: Path
    file: BinaryIO
    writer: Writer
    channels: dict[StoredTopic, int] = field(default_factory=dict)
    schemas: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    first_ns: int = 2**63 - 1
    last_ns: int = 0

    @property
    def duration_ns(self) -> int:
        return max(0, self.last_ns - self.first_ns)


class BagWriter:
    """One folder: NAME_0.mcap, NAME_1.mcap, ... and, once it is closed, metadata.yaml."""

    def __init__(self, folder: Path, split_bytes: int = 0, name: str = "") -> None:
        """split_bytes: size from which the next file is begun, 0: never. name: of the files (the folder)."""
        self.folder = folder
        self.counts: dict[StoredTopic, int] = {}
        self._name = name or folder.name
        self._split_bytes = split_bytes
        self._parts: list[_Part] = []
        self._open = False
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise CrackScannerError(
                f"bag {folder} is there already: choose another name, or move it away"
            ) from None
        except OSError as error:
            raise CrackScannerError(f"bag {folder} cannot be written: {error}") from error

    @property
    def messages(self) -> int:
        """How many were written."""
        return sum(self.counts.values())

    def write(self, topic: StoredTopic, logged_ns: int, data: bytes | memoryview) -> None:
        """Add a serialised message. logged_ns: time of recording, nanoseconds since the epoch."""
        try:
            part = self._parts[-1] if self._open else self._begin()
            part.writer.add_message(self._channel(part, topic), logged_ns, bytes(data), logged_ns)
            # Out of this process: what is in the system's hands survives a kill.
            part.file.flush()
            part.messages += 1
            part.first_ns, part.last_ns = min(part.first_ns, logged_ns), max(part.last_ns, logged_ns)
            self.counts[topic] = self.counts.get(topic, 0) + 1
            if self._split_bytes and part.file.tell() >= self._split_bytes:
                self._end()
        except OSError as error:
            raise CrackScannerError(f"bag {self.folder} cannot be written: {error}") from error

    def close(self) -> None:
        """Write the index and metadata.yaml."""
        try:
            if self._open or not self._parts:
                if not self._parts:
                    self._begin()
                self._end()
            text = yaml.safe_dump({"rosbag2_bagfile_information": self._metadata()}, sort_keys=False)
            write_atomically(self.folder / "metadata.yaml", text.encode())
        except OSError as error:
            raise CrackScannerError(f"bag {self.folder} cannot be finished: {error}") from error

    def _begin(self) -> _Part:
        path = self.folder / f"{self._name}_{len(self._parts)}.mcap"
        file = path.open("xb")
        writer = Writer(file, _CHUNK, CompressionType.NONE)
        writer.start(profile="ros2", library="crack_scanner")
        self._parts.append(_Part(path, file, writer))
        self._open = True
        return self._parts[-1]

    def _end(self) -> None:
        part, self._open = self._parts[-1], False
        finish: Callable[[], None] = part.writer.finish
        finish()
        part.file.close()

    def _channel(self, part: _Part, topic: StoredTopic) -> int:
        if topic not in part.channels:
            if topic.type not in part.schemas:
                encoding = topic.encoding if topic.definition else ""
                part.schemas[topic.type] = part.writer.register_schema(
                    topic.type, encoding, topic.definition.encode()
                )
            extra = {"offered_qos_profiles": topic.qos, "topic_type_hash": topic.type_hash}
            part.channels[topic] = part.writer.register_channel(
                topic.name, "cdr", part.schemas[topic.type], extra
            )
        return part.channels[topic]

    def _metadata(self) -> dict[str, Any]:
        files = [part for part in self._parts if part.messages]
        first = min((part.first_ns for part in files), default=0)
        last = max((part.last_ns for part in files), default=0)
        return {
            "version": _VERSION,
            "storage_identifier": "mcap",
            "duration": {"nanoseconds": last - first},
            "starting_time": {"nanoseconds_since_epoch": first},
            "message_count": self.messages,
            "topics_with_message_count": [
                {"topic_metadata": _topic_metadata(topic), "message_count": count}
                for topic, count in self.counts.items()
            ],
            "compression_format": "",
            "compression_mode": "",
            "relative_file_paths": [part.path.name for part in self._parts],
            "files": [_file_metadata(part) for part in self._parts],
            "custom_data": None,
            "ros_distro": "jazzy",
        }


def _topic_metadata(topic: StoredTopic) -> Mapping[str, Any]:
    return {
        "name": topic.name,
        "type": topic.type,
        "serialization_format": "cdr",
        "offered_qos_profiles": yaml.safe_load(topic.qos) or [] if topic.qos else [],
        "type_description_hash": topic.type_hash,
    }


def _file_metadata(part: _Part) -> Mapping[str, Any]:
    return {
        "path": part.path.name,
        "starting_time": {"nanoseconds_since_epoch": part.first_ns if part.messages else 0},
        "duration": {"nanoseconds": part.duration_ns if part.messages else 0},
        "message_count": part.messages,
    }
