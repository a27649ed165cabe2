"""MCAP files without their end, as a killed process leaves them: read record by record from the front.

Format: https://mcap.dev/spec
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from rosbags.rosbag2.storage_mcap import decompress

from crack_scanner.errors import CrackScannerError

_MAGIC = b"\x89MCAP0\r\n"
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK = 3, 4, 5, 6
_RECORD_HEAD = 9


@dataclass(frozen=True)
class Connection:
    """A topic of the file."""

    topic: str
    msgtype: str
    msgcount: int = 0


class CutMcap:
    """Whole records of some files, chunks with a broken end among them.

    all_bytes: size of the files. read_bytes: how much of them is whole records.
    """

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self.all_bytes = sum(path.stat().st_size for path in paths)
        self.read_bytes = 0
        counts: dict[Connection, int] = {}
        for connection, _, _ in self._all(count=True):
            counts[connection] = counts.get(connection, 0) + 1
        self.connections = [replace(connection, msgcount=count) for connection, count in counts.items()]

    def messages(self, connections: Collection[Connection]) -> Iterator[tuple[Connection, int, bytes]]:
        """Messages with the time they were logged at, nanoseconds."""
        wanted = {(connection.topic, connection.msgtype) for connection in connections}
        for item in self._all():
            if (item[0].topic, item[0].msgtype) in wanted:
                yield item

    def close(self) -> None:
        """Files are closed when they have been read."""

    def _all(self, count: bool = False) -> Iterator[tuple[Connection, int, bytes]]:
        for path in self._paths:
            reading = _File(path)
            yield from reading.messages()
            if count:
                self.read_bytes += reading.whole


class _File:
    def __init__(self, path: Path) -> None:
        self.whole = 0
        self._path = path
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, Connection] = {}

    def messages(self) -> Iterator[tuple[Connection, int, bytes]]:
        with self._path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise CrackScannerError(f"{self._path} is not an MCAP file, whatever its name says")
            self.whole = len(_MAGIC)
            for kind, body, complete in _records(file):
                if kind == _CHUNK:
                    yield from self._chunk(body, complete)
                elif complete:
                    yield from self._record(kind, body)
                if complete:
                    self.whole += _RECORD_HEAD + len(body)

    def _chunk(self, body: bytes, complete: bool) -> Iterator[tuple[Connection, int, bytes]]:
        try:
            size, crc = struct.unpack_from("<QI", body, 16)
            (length,) = struct.unpack_from("<I", body, 28)
            compression = body[32 : 32 + length].decode()
        except (struct.error, UnicodeDecodeError):
            return
        data = body[40 + length :]
        if complete:
            data = decompress(data, compression, size, crc)
        elif compression:
            return
        yield from self._inside(data)

    def _inside(self, data: bytes) -> Iterator[tuple[Connection, int, bytes]]:
        at = 0
        while at + _RECORD_HEAD <= len(data):
            kind, size = struct.unpack_from("<BQ", data, at)
            at += _RECORD_HEAD
            if at + size > len(data):
                return
            yield from self._record(kind, data[at : at + size])
            at += size

    def _record(self, kind: int, body: bytes) -> Iterator[tuple[Connection, int, bytes]]:
        if kind == _SCHEMA:
            (key,) = struct.unpack_from("<H", body)
            self._schemas[key] = _text(body, 2)
        elif kind == _CHANNEL:
            key, schema = struct.unpack_from("<HH", body)
            self._channels[key] = Connection(_text(body, 4), self._schemas.get(schema, ""))
        elif kind == _MESSAGE:
            key, _, logged_ns = struct.unpack_from("<HIQ", body)
            if key in self._channels:
                yield self._channels[key], logged_ns, body[22:]


def _records(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Kind and body of each record, and whether it is all there; the summary at the end is left out."""
    while len(head := file.read(_RECORD_HEAD)) == _RECORD_HEAD:
        kind, size = struct.unpack("<BQ", head)
        body = file.read(min(size, 2**32))
        yield kind, body, len(body) == size
        if len(body) < size:
            return


def _text(body: bytes, at: int) -> str:
    (length,) = struct.unpack_from("<I", body, at)
    return body[at + 4 : at + 4 + length].decode()
