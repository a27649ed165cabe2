"""The folder of a session: which files it holds, who writes into it, and whether a scan may begin in it."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from crack_scanner.errors import CrackScannerError, SessionThereError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.storage.database_address import DatabaseAddress, database_file, database_server
from crack_scanner.storage.replacing import JOURNAL

DATABASE = "scan.db"
# In its place, where the session is kept on a server: which one, and the session's number there.
POINTER = "database.json"
SUMMARY = "summary.json"
TRUTH = "truth.geojson"

# Folder of the cracks' best pictures.
PICTURES = "pictures"

# Written when a session ends, in this order; where the summary is, the others are complete.
RESULTS = (TRUTH, "cracks.geojson", "cracks.csv", "coverage.png", "crack_map.png", "report.html", SUMMARY)

# What people may have exported beside them, under its usual name.
EXPORTS = ("cracks.json", "cracks.dxf", "report.pdf")

# The database last, after SQLite's companions of one that was not closed: until then there is a session.
_DATABASE_FILES = (f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal", POINTER, DATABASE)


class FolderLock:
    """Says that this process works on the session in a folder; ends with the process, however that ends."""

    def __init__(self, folder: Path, shared: bool = False) -> None:
        """For a scan, which has the folder to itself, or `shared`, for one of several reviewers."""
        self._handle: int | None = None
        self._handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            doing = "writing" if shared else "writing or reviewing"
            raise CrackScannerError(
                f"another process is {doing} a session in {folder}: wait for its end, or choose another one"
            ) from None

    def release(self) -> None:
        """Let others write; once is enough."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __del__(self) -> None:
        self.release()


def prepare_folder(folder: Path, overwrite: bool) -> FolderLock:
    """Make the folder of a session that is about to begin, and lock it for whoever begins that session.

    An earlier session is removed only if told so, and files that are not of a session never.
    """
    make_folder(folder)
    lock = FolderLock(folder)
    try:
        refuse_other_files(folder)
        if not holds_session(folder):
            return lock
        if overwrite:
            remove_results(folder)
            _remove(folder, _DATABASE_FILES)
        else:
            raise SessionThereError(folder)
    except BaseException:
        lock.release()
        raise
    return lock


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are not there yet; refuse one that cannot be written."""
    try:
        str(folder.resolve()).encode()
    except UnicodeEncodeError:
        raise CrackScannerError(
            f"folder {str(folder)!r} has a name that is no UTF-8, which a session needs: choose another one"
        ) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise CrackScannerError(f"{folder} is a file; expected a folder for the session") from None
    except NotADirectoryError:
        raise CrackScannerError(f"{folder} lies below a file; expected a folder for the session") from None
    except OSError as error:
        raise CrackScannerError(f"folder {folder} cannot be made: {error.strerror}") from error
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise CrackScannerError(f"folder {folder} cannot be written: {error.strerror}") from error


def holds_session(folder: Path) -> bool:
    """Whether a session was begun in this folder."""
    return any((folder / name).exists() for name in (DATABASE, POINTER, SUMMARY))


def remove_results(folder: Path) -> None:
    """Take away what a session has ended with, the summary first, so that nothing looks finished."""
    _remove(folder, (JOURNAL, *reversed(RESULTS)))
    _remove(folder, EXPORTS)
    _remove(folder, _kept_pictures(folder))
    # What a process was writing when it was killed.
    _remove(folder, (part.name for name in (*RESULTS, *EXPORTS) for part in folder.glob(f".{name}.*.part")))


def point_to_server(folder: Path, address: DatabaseAddress, session_id: int) -> None:
    """Note in the folder that its session is kept on a server."""
    content = {"url": address.without_password, "session": session_id}
    write_atomically(folder / POINTER, (json.dumps(content, indent=1) + "\n").encode())


def stored_at(folder: Path, database: str = "") -> tuple[DatabaseAddress, int | None]:
    """Where the session of a folder is kept, and its number there: None for the newest.

    database: URL by which the server is to be reached, as that in the folder has no password.
    """
    pointer = folder / POINTER
    if not pointer.is_file():
        return database_file(folder / DATABASE), None
    try:
        content = json.loads(pointer.read_text(encoding="utf-8"))
        return database_server(database or content["url"]), int(content["session"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CrackScannerError(
            f"{pointer} cannot be read ({error}): expected the url and the session of a database"
        ) from error


def refuse_other_files(folder: Path) -> None:
    """Refuse a folder without a session in which files have names that those of a session will have."""
    if holds_session(folder):
        return
    taken = [name for name in (*RESULTS, *EXPORTS, *_kept_pictures(folder)) if (folder / name).exists()]
    if taken:
        raise CrackScannerError(
            f"{folder} has a file {taken[0]} and no session: choose another folder, or move the file away"
        )


def _kept_pictures(folder: Path) -> list[str]:
    return [f"{PICTURES}/{path.name}" for path in sorted((folder / PICTURES).glob("crack_*.jpg"))]


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise CrackScannerError(f"{folder / name} cannot be removed: {error.strerror}") from error
