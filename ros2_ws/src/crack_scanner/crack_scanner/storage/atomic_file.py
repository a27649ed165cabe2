"""Files that are there completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from crack_scanner.errors import CrackScannerError


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write `content`, text as UTF-8, under a temporary name beside `path`, bring it to disk, rename it."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes | str]) -> None:
    """The same with several files, which are renamed in their order once all of them are on disk."""
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in contents}
    path = Path()
    try:
        try:
            for path, content in contents.items():
                write_to_disk(parts[path], content)
            for path, part in parts.items():
                part.replace(path)
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)
    except OSError as error:
        raise CrackScannerError(f"{path} cannot be written: {error.strerror}") from error


def write_to_disk(path: Path, content: bytes | str) -> None:
    """Write `content`, text as UTF-8, and wait until it is on disk; OSError if it cannot be written."""
    with path.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
