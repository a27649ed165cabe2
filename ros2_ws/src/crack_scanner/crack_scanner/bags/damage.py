"""What the libraries that read bags raise on damaged files, and how far such files can be unpacked."""

from __future__ import annotations

import bz2
import sqlite3
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lz4.frame
import zstandard

from crack_scanner.errors import CrackScannerError

# rosbags' own errors have no common base.
_EXPECTED = (OSError, ValueError, RuntimeError, struct.error, EOFError, sqlite3.Error, zlib.error)
_MODULES = ("rosbags", "apsw", "backports", "lz4", "zstd", "zstandard", "_zstd")
_PIECE = 1 << 20
# How zstd's data begin, and no serialised message of ROS 2.
_ZSTD = b"\x28\xb5\x2f\xfd"

# Decompressors that give what there is of data whose end is missing.
_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "bz2": bz2.BZ2Decompressor,
}


def is_damage(error: BaseException) -> bool:
    """Whether an exception tells of the file rather than of a mistake in the program.

    On files that do not keep to their format rosbags raises whatever its own code runs into.
    """
    if isinstance(error, CrackScannerError):
        return False
    if isinstance(error, _EXPECTED) or type(error).__module__.partition(".")[0] in _MODULES:
        return True
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return isinstance(error, Exception) and where.partition(".")[0] in _MODULES


def one_line(error: BaseException) -> str:
    """An exception's message."""
    return " ".join(str(error).split()) or type(error).__name__


def decompressed(data: bytes, compression: str) -> bytes:
    """Data as far as it can be decompressed. compression: zstd, lz4 or bz2; none or empty for plain data."""
    if compression in ("", "none"):
        return data
    if compression not in _DECOMPRESSORS:
        return b""
    decompressor = _DECOMPRESSORS[compression]()
    found = []
    for start in range(0, len(data), _PIECE):
        try:
            found.append(decompressor.decompress(data[start : start + _PIECE]))
        except Exception as error:
            if not is_damage(error):
                raise
            break
        if getattr(decompressor, "eof", False):
            break
    return b"".join(found)


def plain_message(data: bytes) -> bytes:
    """A ROS 2 message that may be compressed by itself; metadata.yaml says so, but may be missing."""
    return decompressed(data, "zstd") if data[:4] == _ZSTD else data


def unpack(source: Path, target: Path) -> None:
    """Decompress a zstd file as far as that goes."""
    with source.open("rb") as packed, target.open("wb") as plain:
        decompressor = zstandard.ZstdDecompressor().decompressobj()
        while piece := packed.read(_PIECE):
            try:
                plain.write(decompressor.decompress(piece))
            except zstandard.ZstdError:
                return
