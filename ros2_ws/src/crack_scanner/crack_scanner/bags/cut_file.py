"""What is left of bags whose end is missing: whole messages from the front, whatever the storage."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from crack_scanner.bags.cut_mcap import McapFile
from crack_scanner.bags.cut_ros1 import Ros1File
from crack_scanner.bags.cut_sqlite import SqliteFile
from crack_scanner.bags.damage import plain_message, unpack
from crack_scanner.bags.stored_topic import StoredTopic

PACKED = ".zstd"


class Storage(Protocol):
    """One file of a bag, read from the front as far as it goes."""

    def messages(self) -> Iterator[tuple[StoredTopic, int, bytes]]:
        """Topic, time of recording in nanoseconds, serialised message."""


_STORAGES: dict[str, type[McapFile] | type[Ros1File] | type[SqliteFile]] = {
    ".mcap": McapFile,
    ".db3": SqliteFile,
    ".bag": Ros1File,
}
_PACKABLE = (".mcap", ".db3")


@dataclass(frozen=True)
class Connection:
    """A topic of the files, as rosbags' readers show one."""

    topic: str
    msgtype: str
    stored: StoredTopic
    msgcount: int = 0


class CutBag:
    """All files of a bag, one after the other."""

    def __init__(self, path: Path) -> None:
        """`path`: a rosbag2 folder, with or without its metadata.yaml, or a file."""
        self._place = tempfile.TemporaryDirectory(prefix="crack_scanner_bag_")
        self.files = bag_files(path)
        self._plain = [self._unpacked(file) for file in self.files]
        counts: dict[StoredTopic, int] = {}
        for topic, _, _ in self.raw_messages():
            counts[topic] = counts.get(topic, 0) + 1
        self.connections = [
            Connection(topic.name, topic.type, topic, count) for topic, count in counts.items()
        ]

    def raw_messages(self) -> Iterator[tuple[StoredTopic, int, bytes]]:
        """Every whole message."""
        for file in self._plain:
            yield from _whole_messages(file)

    def messages(self, connections: Collection[Connection]) -> Iterator[tuple[Connection, int, bytes]]:
        """Messages of some topics, with the time they were recorded at, nanoseconds."""
        wanted = {connection.stored: connection for connection in connections}
        for topic, logged_ns, data in self.raw_messages():
            if topic in wanted:
                yield wanted[topic], logged_ns, data

    def close(self) -> None:
        """Remove what was unpacked."""
        self._place.cleanup()

    def _unpacked(self, file: Path) -> Path:
        if file.suffix != PACKED:
            return file
        plain = Path(self._place.name) / file.stem
        unpack(file, plain)
        return plain


def _whole_messages(file: Path) -> Iterator[tuple[StoredTopic, int, bytes]]:
    try:
        for topic, logged_ns, data in _STORAGES[file.suffix](file).messages():
            yield topic, logged_ns, data if file.suffix == ".bag" else plain_message(data)
    except (struct.error, sqlite3.Error, ValueError, KeyError, TypeError):
        # Whatever comes here is not what the format says: the end of what can be read.
        return


def bag_files(path: Path) -> list[Path]:
    """The storage files of a bag in their order; empty where there are none."""
    files = [file for file in path.iterdir() if file.is_file()] if path.is_dir() else [path]
    return sorted(filter(is_bag_file, files), key=_number)


def is_bag_file(file: Path) -> bool:
    """Whether a file is called like a storage file of a bag; those of rosbag2 may be compressed."""
    if file.suffix == PACKED:
        return Path(file.stem).suffix in _PACKABLE
    return file.suffix in _STORAGES


def _number(path: Path) -> tuple[int, str]:
    """NAME_10.mcap comes after NAME_9.mcap."""
    tail = path.name.partition(".")[0].rpartition("_")[2]
    return (int(tail) if tail.isdecimal() else 0, path.name)
