"""Opening a scan database: durable, whole, and of a version this program knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.schema import Base

# The schema's version, kept where Alembic looks for it.
VERSION = "0001"
_VERSION_TABLE = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def new_database(path: Path) -> Engine:
    """A database with empty tables in a file that is not there yet."""
    engine = _engine(path)
    with plain_errors(path), engine.begin() as connection:
        Base.metadata.create_all(connection)
        _VERSION_TABLE.create(connection)
        connection.execute(_VERSION_TABLE.insert().values(version_num=VERSION))
    return engine


def existing_database(path: Path) -> Engine:
    """A database that is there, checked for damage and version."""
    if not path.is_file():
        raise CrackScannerError(f"{path} is not there: expected the database of a session")
    engine = _engine(path)
    with plain_errors(path), engine.connect() as connection:
        _check_integrity(path, connection)
        _check_version(path, connection)
    return engine


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn what the database reports about the file into one line for the user."""
    try:
        yield
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        cure = "free some space" if "full" in reason else "check the folder, its permissions and the disk"
        raise CrackScannerError(f"database {path}: {reason}; {cure}") from error


def close(engine: Engine, writer: bool) -> None:
    """End all connections; a writer leaves one file that can be carried away, without a log beside it.

    While another program reads the database the log has to stay there; nothing is lost by that.
    """
    if writer:
        _fold_log(engine)
    engine.dispose()


def _fold_log(engine: Engine) -> None:
    with engine.connect() as connection:
        plain = connection.execution_options(isolation_level="AUTOCOMMIT")
        try:
            plain.execute(text("PRAGMA journal_mode=DELETE"))
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _make_durable)
    return engine


def _make_durable(connection: Any, _record: object) -> None:
    """Committed means on disk, whatever happens to this process or to the power right after."""
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _check_integrity(path: Path, connection: Connection) -> None:
    try:
        answer = connection.execute(text("PRAGMA integrity_check")).scalars().all()
    except DatabaseError as error:
        raise CrackScannerError(f"{path} is not a database: {' '.join(str(error.orig).split())}") from error
    if list(answer) != ["ok"]:
        raise CrackScannerError(f"database {path} is damaged: {answer[0]}; restore it from a copy")


def _check_version(path: Path, connection: Connection) -> None:
    if not inspect(connection).has_table(_VERSION_TABLE.name):
        raise CrackScannerError(f"{path} is a database, but not of a crack_scanner session")
    found = connection.execute(_VERSION_TABLE.select()).scalar()
    if found != VERSION:
        raise CrackScannerError(
            f"database {path} has schema version {found}; this program knows {VERSION}: "
            "use the version of crack_scanner that wrote it"
        )
