"""The folder of a session: which files it holds, and whether a scan may begin in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crack_scanner.errors import CrackScannerError

DATABASE = "scan.db"
SUMMARY = "summary.json"
TRUTH = "truth.geojson"

# Written when a session ends, in this order; where the summary is, the others are complete.
RESULTS = (TRUTH, "cracks.geojson", "cracks.csv", "coverage.png", "crack_map.png", "report.html", SUMMARY)

# SQLite's companions of a database that is open or was not closed.
_DATABASE_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal")


def prepare_folder(folder: Path, overwrite: bool) -> None:
    """Make the folder of a session that is about to begin; an earlier one is removed only if told so."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise CrackScannerError(f"{folder} is a file; expected a folder for the session") from None
    except NotADirectoryError:
        raise CrackScannerError(f"{folder} lies below a file; expected a folder for the session") from None
    except OSError as error:
        raise CrackScannerError(f"folder {folder} cannot be made: {error.strerror}") from error
    if holds_session(folder) and not overwrite:
        raise CrackScannerError(
            f"{folder} already holds a session: choose another folder, or say that it may be overwritten"
        )
    remove_results(folder)
    _remove(folder, _DATABASE_FILES)


def holds_session(folder: Path) -> bool:
    """Whether a session was begun in this folder."""
    return any((folder / name).exists() for name in (DATABASE, SUMMARY))


def remove_results(folder: Path) -> None:
    """Take away the results of an earlier end, the summary first, so that nothing looks finished."""
    _remove(folder, reversed(RESULTS))


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise CrackScannerError(f"{folder / name} cannot be removed: {error.strerror}") from error
