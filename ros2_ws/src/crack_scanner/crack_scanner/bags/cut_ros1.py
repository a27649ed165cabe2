"""ROS 1 bags without their index: read record by record from the front.

Format: https://wiki.ros.org/Bags/Format/2.0
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rosbags.typesys.msg import normalize_msgtype

from crack_scanner.bags.damage import decompressed
from crack_scanner.bags.stored_topic import ROS1_MESSAGE, StoredTopic
from crack_scanner.errors import CrackScannerError

_MAGIC = b"#ROSBAG V2.0\n"
_MESSAGE, _CHUNK, _CONNECTION = 2, 5, 7
_NANOSECONDS = 1_000_000_000


class Ros1File:
    """Whole messages of a file, a chunk with a broken end among them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._topics: dict[int, StoredTopic] = {}

    def messages(self) -> Iterator[tuple[StoredTopic, int, bytes]]:
        """Topic, time of recording in nanoseconds, serialised message."""
        with self._path.open("rb") as file:
            magic = file.read(len(_MAGIC))
            if magic != _MAGIC[: len(magic)]:
                raise CrackScannerError(f"{self._path} is not a ROS 1 bag, whatever its name says")
            for head, data in _records(file, self._path.stat().st_size):
                if _op(head) == _CHUNK:
                    yield from self._chunk(decompressed(data, head.get("compression", b"").decode()))

    def _chunk(self, data: bytes) -> Iterator[tuple[StoredTopic, int, bytes]]:
        at = 0
        while (record := _record(data, at)) is not None:
            head, body, at = record
            if _op(head) == _CONNECTION:
                key, topic = _connection(head, body)
                self._topics[key] = topic
            elif _op(head) == _MESSAGE:
                (key,) = struct.unpack("<I", head["conn"])
                seconds, nanoseconds = struct.unpack("<II", head["time"])
                if key in self._topics:
                    yield self._topics[key], seconds * _NANOSECONDS + nanoseconds, body


def _records(file: BinaryIO, file_size: int) -> Iterator[tuple[dict[str, bytes], bytes]]:
    """Head and data of each record of the file; the data of the last may lack its end."""
    while len(size := file.read(4)) == 4:
        head = file.read(min(struct.unpack("<I", size)[0], file_size))
        length = file.read(4)
        if len(length) < 4:
            return
        yield _fields(head), file.read(min(struct.unpack("<I", length)[0], file_size))


def _record(data: bytes, at: int) -> tuple[dict[str, bytes], bytes, int] | None:
    """Head and data of the record at a place in a chunk, and the place after it; None if it is not whole."""
    try:
        (size,) = struct.unpack_from("<I", data, at)
        head = data[at + 4 : at + 4 + size]
        at += 4 + size
        (length,) = struct.unpack_from("<I", data, at)
    except struct.error:
        return None
    end = at + 4 + length
    return None if end > len(data) else (_fields(head), data[at + 4 : end], end)


def _fields(head: bytes) -> dict[str, bytes]:
    found, at = {}, 0
    while at + 4 <= len(head):
        (size,) = struct.unpack_from("<I", head, at)
        name, _, value = head[at + 4 : at + 4 + size].partition(b"=")
        found[name.decode(errors="replace")] = value
        at += 4 + size
    return found


def _op(head: dict[str, bytes]) -> int:
    return int.from_bytes(head.get("op", b"\0"), "little")


def _connection(head: dict[str, bytes], body: bytes) -> tuple[int, StoredTopic]:
    (key,) = struct.unpack("<I", head["conn"])
    told = _fields(body)
    return key, StoredTopic(
        head["topic"].decode(),
        str(normalize_msgtype(told["type"].decode())),
        told["message_definition"].decode(),
        ROS1_MESSAGE,
        type_hash=told["md5sum"].decode(),
    )
