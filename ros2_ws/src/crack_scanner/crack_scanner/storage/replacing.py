"""Several files of a folder that are replaced as one, whenever the process is killed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically, write_to_disk

# While it is there, files are being replaced: their names, and those under which their content waits.
JOURNAL = ".replacing.json"


def replace_together(folder: Path, contents: Mapping[str, bytes | str]) -> None:
    """Write files of a folder by name, text as UTF-8: all of them, or on an error or a kill none.

    Once all are on disk, a journal says that they count. Whoever is killed from then on has left the rest to
    `finish_replacing`.
    """
    finish_replacing(folder)
    parts = {name: f".{name}.{os.getpid()}.part" for name in contents}
    counts, path = False, folder
    try:
        for name, content in contents.items():
            path = folder / name
            write_to_disk(folder / parts[name], content)
        write_atomically(folder / JOURNAL, json.dumps(parts) + "\n")
        counts = True
    except OSError as error:
        raise CrackScannerError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if not counts:
            for part in parts.values():
                (folder / part).unlink(missing_ok=True)
    finish_replacing(folder)


def finish_replacing(folder: Path) -> None:
    """Put in place what a process that was killed had on disk; for whoever opens the folder next."""
    journal = folder / JOURNAL
    for name, part in _read(journal).items():
        try:
            (folder / part).replace(folder / name)
        except FileNotFoundError:
            # It is in place already.
            continue
        except OSError as error:
            raise CrackScannerError(f"{folder / name} cannot be replaced: {error.strerror}") from error
    try:
        journal.unlink(missing_ok=True)
    except OSError as error:
        raise CrackScannerError(f"{journal} cannot be removed: {error.strerror}") from error


def _read(journal: Path) -> dict[str, str]:
    """File names by the names they shall have; none without a journal."""
    try:
        parts = json.loads(journal.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CrackScannerError(f"{journal} cannot be read ({error}): remove it") from error
    names = [*parts, *parts.values()] if isinstance(parts, dict) else [None]
    if not all(
        isinstance(name, str) and name not in ("", "..") and name == Path(name).name for name in names
    ):
        raise CrackScannerError(f"{journal} does not name files of its folder: remove it")
    return dict(parts)
