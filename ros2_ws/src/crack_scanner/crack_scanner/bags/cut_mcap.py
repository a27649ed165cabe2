"""MCAP files without their end, as a killed process leaves them: read record by record from the front.

Format: https://mcap.dev/spec
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from crack_scanner.bags.damage import decompressed
from crack_scanner.bags.stored_topic import ROS2_MESSAGE, StoredTopic
from crack_scanner.errors import CrackScannerError

_MAGIC = b"\x89MCAP0\r\n"
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END = 3, 4, 5, 6, 15
_RECORD_HEAD = 9


class McapFile:
    """Whole messages of a file, chunks with a broken end among them; a chunk that is damaged is left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._schemas: dict[int, tuple[str, str, str]] = {}
        self._channels: dict[int, StoredTopic] = {}

    def messages(self) -> Iterator[tuple[StoredTopic, int, bytes]]:
        """Topic, time of recording in nanoseconds, serialised message."""
        with self._path.open("rb") as file:
            magic = file.read(len(_MAGIC))
            if magic != _MAGIC[: len(magic)]:
                raise CrackScannerError(f"{self._path} is not an MCAP file, whatever its name says")
            for kind, body, complete in _records(file, self._path.stat().st_size):
                if kind == _CHUNK:
                    yield from self._inside(_chunk(body, complete))
                elif complete:
                    yield from self._record(kind, body)

    def _inside(self, data: bytes) -> Iterator[tuple[StoredTopic, int, bytes]]:
        at = 0
        while at + _RECORD_HEAD <= len(data):
            kind, size = struct.unpack_from("<BQ", data, at)
            at += _RECORD_HEAD
            if at + size > len(data):
                return
            yield from self._record(kind, data[at : at + size])
            at += size

    def _record(self, kind: int, body: bytes) -> Iterator[tuple[StoredTopic, int, bytes]]:
        if kind == _SCHEMA:
            (key,) = struct.unpack_from("<H", body)
            name, at = _text(body, 2)
            encoding, at = _text(body, at)
            self._schemas[key] = name, encoding, _text(body, at)[0]
        elif kind == _CHANNEL:
            key, schema = struct.unpack_from("<HH", body)
            self._channels[key] = self._topic(schema, body)
        elif kind == _MESSAGE:
            key, _, logged_ns = struct.unpack_from("<HIQ", body)
            if key in self._channels:
                yield self._channels[key], logged_ns, body[22:]

    def _topic(self, schema: int, body: bytes) -> StoredTopic:
        name, at = _text(body, 4)
        _, at = _text(body, at)
        (size,) = struct.unpack_from("<I", body, at)
        at, end, extra = at + 4, at + 4 + size, {}
        while at < end:
            key, at = _text(body, at)
            extra[key], at = _text(body, at)
        kind, encoding, definition = self._schemas.get(schema, ("", ROS2_MESSAGE, ""))
        qos, type_hash = extra.get("offered_qos_profiles", ""), extra.get("topic_type_hash", "")
        return StoredTopic(name, kind, definition, encoding, qos, type_hash)


def _chunk(body: bytes, complete: bool) -> bytes:
    """What there is of a chunk's records; none of a whole chunk whose checksum is wrong."""
    try:
        (crc,) = struct.unpack_from("<I", body, 24)
        compression, at = _text(body, 28)
    except (struct.error, UnicodeDecodeError):
        return b""
    data = decompressed(body[at + 8 :], compression)
    return b"" if complete and crc and zlib.crc32(data) != crc else data


def _records(file: BinaryIO, file_size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Kind and body of each record up to the summary, and whether it is all there."""
    while len(head := file.read(_RECORD_HEAD)) == _RECORD_HEAD:
        kind, size = struct.unpack("<BQ", head)
        if kind == _DATA_END:
            return
        body = file.read(min(size, file_size))
        yield kind, body, len(body) == size
        if len(body) < size:
            return


def _text(body: bytes, at: int) -> tuple[str, int]:
    """A string and where it ends."""
    (length,) = struct.unpack_from("<I", body, at)
    return body[at + 4 : at + 4 + length].decode(), at + 4 + length
