"""Connections to a database: what is committed is durable, what is read is of one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.database_address import DatabaseAddress

# Seconds after which a server that does not answer counts as not there.
_CONNECT_TIMEOUT_S = 10
# Option of an engine whose transactions read before they write: the right to write is taken first.
IMMEDIATE = "crack_scanner_immediate"


def make_engine(address: DatabaseAddress) -> Engine:
    """Connects on first use."""
    if address.on_server:
        # A connection that died between two saves is replaced instead of failing the next one.
        return create_engine(
            address.url,
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
            connect_args={"connect_timeout": _CONNECT_TIMEOUT_S, "application_name": "crack_scanner"},
        )
    engine = create_engine(address.url)
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def plain_errors(address: DatabaseAddress) -> Iterator[None]:
    """Turn what the database reports into one line for the user."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        reason = reason_of(error)
        raise CrackScannerError(f"database {address}: {reason}; {_cure(address, reason)}") from error


def reason_of(error: DBAPIError | sqlite3.Error) -> str:
    """What the database itself has said, on one line."""
    return " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())


def open_log(engine: Engine) -> None:
    """Make a file ready for a writer: changes go into a log beside it, so that readers need not wait."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            _past_transactions(connection).execute("PRAGMA journal_mode=WAL")


def close(engine: Engine, writer: bool) -> None:
    """End all connections; a writer leaves one file that can be carried away, without a log beside it.

    While another program reads the file the log has to stay there; nothing is lost by that.
    """
    if writer and engine.dialect.name == "sqlite":
        _fold_log(engine)
    engine.dispose()


def _fold_log(engine: Engine) -> None:
    with engine.connect() as connection:
        try:
            _past_transactions(connection).execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise


def _past_transactions(connection: Connection) -> Any:
    """The driver's own connection: in a transaction, the kind of log cannot be changed."""
    return connection.connection.driver_connection


def _make_durable(connection: Any, _record: object) -> None:
    """Committed means on disk, whatever happens to this process or to the power right after."""
    # Left to itself, Python begins no transaction for reads and for changes of tables.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _cure(address: DatabaseAddress, reason: str) -> str:
    if "full" in reason or "No space" in reason:
        return "free some space"
    if address.on_server:
        return "check the server, the network, the URL and the password (PGPASSWORD or ~/.pgpass)"
    return "check the folder, its permissions and the disk"
