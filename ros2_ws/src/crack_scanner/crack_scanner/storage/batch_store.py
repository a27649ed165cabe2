"""The one database of a batch: sessions of many bags, each bag once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.database import existing_database, new_database
from crack_scanner.storage.database_address import DatabaseAddress, database_file
from crack_scanner.storage.engines import close, open_log, plain_errors
from crack_scanner.storage.schema import (
    BatchBagRow,
    CrackPictureRow,
    CrackPointRow,
    CrackRow,
    FrameRow,
    GridBlockRow,
    SessionRow,
    table_of,
)
from crack_scanner.storage.session_folder import DATABASE

# Everything that hangs on a session.
_PARTS = (FrameRow, CrackRow, CrackPointRow, CrackPictureRow, GridBlockRow)
# Rows that are copied in one go: a block of the grid or a photo is up to about 100 kB.
_ROWS_AT_ONCE = 64


@dataclass(frozen=True)
class BatchEntry:
    """A bag that a batch is through with; see storage.schema.BatchBagRow."""

    key: str
    bag: str
    robot: str
    folder: str
    seconds: float
    reason: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    session_id: int | None = None

    @property
    def done(self) -> bool:
        """Whether its session is in the database."""
        return self.session_id is not None


class BatchStore:
    """Takes in finished sessions; what it has said to be in is on disk.

    A session and the word that its bag is done are written in one transaction under the bag's key, so that
    no bag is ever in twice or half, whoever is killed when.
    """

    def __init__(self, address: DatabaseAddress) -> None:
        """A database that is there, or a new one."""
        self.address = address
        there = address.file is not None and address.file.is_file()
        self._engine = existing_database(address) if there else new_database(address)
        with plain_errors(address):
            open_log(self._engine)

    def entries(self) -> dict[str, BatchEntry]:
        """All bags so far, by key."""
        table = table_of(BatchBagRow)
        with plain_errors(self.address), self._engine.connect() as connection:
            rows = connection.execute(select(table)).mappings().all()
        return {row["key"]: BatchEntry(**row) for row in rows}

    def add_session(self, entry: BatchEntry, folder: Path) -> BatchEntry:
        """Take in the session of a folder; returns the entry with its number.

        If the bag is in already, put in by another process, nothing changes and that entry is returned.
        """
        source = existing_database(database_file(folder / DATABASE))
        try:
            with plain_errors(self.address), source.connect() as old, self._engine.begin() as new:
                self._forget_failure(new, entry.key)
                number = _copy_session(old, new)
                new.execute(insert(table_of(BatchBagRow)).values(**_values(entry, number)))
        except CrackScannerError as error:
            if not isinstance(error.__cause__, IntegrityError) or entry.key not in self.entries():
                raise
            return self.entries()[entry.key]
        finally:
            source.dispose()
        return self.entries()[entry.key]

    def add_failure(self, entry: BatchEntry) -> BatchEntry:
        """Write down a bag that could not be scanned."""
        with plain_errors(self.address), self._engine.begin() as connection:
            self._forget_failure(connection, entry.key)
            connection.execute(insert(table_of(BatchBagRow)).values(**_values(entry, None)))
        return entry

    def close(self) -> None:
        """Leave one self-contained file behind."""
        with plain_errors(self.address):
            close(self._engine, writer=True)

    def _forget_failure(self, connection: Connection, key: str) -> None:
        table = table_of(BatchBagRow)
        connection.execute(delete(table).where(table.c.key == key, table.c.session_id.is_(None)))


def _copy_session(old: Connection, new: Connection) -> int:
    """Copy the newest session of a database, with all that hangs on it, into another; returns its number."""
    sessions = table_of(SessionRow)
    row = old.execute(select(sessions).order_by(sessions.c.id.desc()).limit(1)).mappings().one()
    values = {name: value for name, value in row.items() if name != "id"}
    number = int(new.execute(insert(sessions).values(**values).returning(sessions.c.id)).scalar_one())
    for part in _PARTS:
        for rows in _rows(old, table_of(part), row["id"]):
            new.execute(insert(table_of(part)), [{**one, "session_id": number} for one in rows])
    return number


def _rows(connection: Connection, table: Table, session_id: int) -> Iterator[list[dict[str, Any]]]:
    columns = [column for column in table.columns if column.name != "id"]
    mine = select(*columns).where(table.c.session_id == session_id).order_by(*table.primary_key.columns)
    found = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(mine)
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _values(entry: BatchEntry, number: int | None) -> dict[str, Any]:
    return {
        "key": entry.key,
        "bag": entry.bag,
        "robot": entry.robot,
        "session_id": number,
        "folder": entry.folder,
        "seconds": entry.seconds,
        "reason": entry.reason,
        "summary": dict(entry.summary),
    }
