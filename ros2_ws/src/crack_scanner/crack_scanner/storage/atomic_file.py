"""Files that are there completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from crack_scanner.errors import CrackScannerError


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write `content`, text as UTF-8, under a temporary name beside `path`, bring it to disk, rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with temporary.open("wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CrackScannerError(f"{path} cannot be written: {error.strerror}") from error
