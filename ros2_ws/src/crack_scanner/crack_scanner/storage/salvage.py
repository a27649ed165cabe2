"""What can still be read of a damaged database file, put aside as a session of its own."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, count
from pathlib import Path
from typing import Any

# The folder beside a damaged database in which the readable part is put.
RECOVERED = "recovered"
# In that folder: of which damaged file it is.
_MARK = "recovered_of.sha256"
# Parents first. Rows of the others are worth nothing without their session.
_TABLES = (
    "alembic_version",
    "sessions",
    "frames",
    "cracks",
    "crack_points",
    "crack_pictures",
    "verdicts",
    "grid_blocks",
    "batch_bags",
)


def salvage(path: Path) -> str:
    """Put the readable rows of a damaged file into a session beside it; says what was done, for people.

    The damaged file stays as it is.
    """
    try:
        mark = _mark(path)
        folder = _place(path, mark)
        target = folder / path.name
        if target.exists():
            return f"what could be read of it is in {folder} already: use that one, or restore a copy"
        with tempfile.TemporaryDirectory() as place:
            rebuilt = Path(place) / "rebuilt.db"
            counts = _rebuild(_copy(path, Path(place)), rebuilt)
            if not counts.get("sessions"):
                return "nothing in it can be read: restore it from a copy"
            folder.mkdir(exist_ok=True)
            part = folder / f".{path.name}.part"
            shutil.copyfile(rebuilt, part)
            (folder / _MARK).write_text(mark)
            part.replace(target)
    except (OSError, sqlite3.Error) as error:
        return f"nothing in it could be saved ({error}): restore it from a copy"
    return (
        f"what can be read of it is now in {folder}: {counts['cracks']} cracks, {counts['grid_blocks']} "
        f"blocks of the map, {counts['frames']} frames; use that folder, or restore a copy"
    )


def _mark(path: Path) -> str:
    """What tells a damaged file from any other."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _place(path: Path, mark: str) -> Path:
    """Where the readable part of this very file is or goes: beside that of an earlier damage."""
    names = chain([RECOVERED], (f"{RECOVERED}-{number}" for number in count(2)))
    return next(folder for name in names if _is_free_or_of(folder := path.parent / name, path.name, mark))


def _is_free_or_of(folder: Path, name: str, mark: str) -> bool:
    kept = folder / _MARK
    return not (folder / name).exists() or (kept.is_file() and kept.read_text() == mark)


def _copy(path: Path, place: Path) -> Path:
    """The file with its log, so that not even looking at it changes anything."""
    for suffix in ("", "-wal"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copyfile(source, place / source.name)
    return place / path.name


def _rebuild(damaged: Path, rebuilt: Path) -> dict[str, int]:
    """Copy all rows that can be read; returns their number by table."""
    counts: dict[str, int] = {}
    with closing(sqlite3.connect(damaged)) as old, closing(sqlite3.connect(rebuilt)) as new:
        old.text_factory = _text
        makers = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index'"
        for (statement,) in old.execute(makers).fetchall():
            new.execute(statement)
        for table in _TABLES:
            counts[table] = _copy_rows(old, new, table)
        # A crack without its line is none.
        lost = "NOT EXISTS (SELECT 1 FROM crack_points p WHERE p.session_id = cracks.session_id "
        new.execute(f"DELETE FROM cracks WHERE {lost} AND p.number = cracks.number)")
        counts["cracks"] = new.execute("SELECT count(*) FROM cracks").fetchone()[0]
        new.commit()
    return counts


def _copy_rows(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    columns = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
    if not columns:
        return 0
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("?" * len(columns))
    rows = [row for row in _readable(old, table, names) if _is_whole(table, row)]
    return new.executemany(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})", rows).rowcount


def _readable(old: sqlite3.Connection, table: str, names: str) -> Iterator[tuple[Any, ...]]:
    """Rows from the front up to the damage, and from the end back to it."""
    for order in ("ASC", "DESC"):
        try:
            yield from old.execute(f"SELECT {names} FROM {table} ORDER BY rowid {order}")
        except sqlite3.Error:
            continue
        return


def _is_whole(table: str, row: tuple[Any, ...]) -> bool:
    if table != "grid_blocks":
        return None not in row[:2]
    try:
        zlib.decompress(row[-1])
    except (zlib.error, TypeError):
        return False
    return True


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
