"""A scan database: made, or found whole and brought up to the version this program writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select, text
from sqlalchemy.exc import DatabaseError

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.database_address import DatabaseAddress
from crack_scanner.storage.engines import IMMEDIATE, make_engine, open_log, plain_errors, reason_of
from crack_scanner.storage.salvage import salvage
from crack_scanner.storage.schema import Base, SessionRow

# The schema's version: that of the last script in migrations/versions, kept where Alembic looks for it.
VERSION = "0007"
VERSION_TABLE = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
# Any number that no other program locks: robots that share a server make or change its tables in turn.
_SCHEMA_LOCK = 2049471853


def new_database(address: DatabaseAddress) -> Engine:
    """A database to begin a session in: a file that is not there yet, or a server."""
    engine = make_engine(address)
    with plain_errors(address):
        open_log(engine)
        with _changing_tables(engine) as connection:
            version = _version(address, connection)
            if version is None:
                _make_tables(connection)
        _bring_up_to_date(address, engine, version or VERSION)
    return engine


def existing_database(address: DatabaseAddress) -> Engine:
    """A database that is there, checked for damage; an older one is brought up to date."""
    if address.file is not None and not address.file.is_file():
        raise CrackScannerError(f"{address} is not there: expected the database of a session")
    engine = make_engine(address)
    with plain_errors(address):
        with _reading_whole(address, engine) as connection:
            version = _version(address, connection)
        if version is None:
            raise CrackScannerError(f"{address} is a database, but not of a crack_scanner session")
        _bring_up_to_date(address, engine, version)
    return engine


def _make_tables(connection: Connection) -> None:
    """All tables as they are now, not by one migration after the other: a scan need not load Alembic."""
    Base.metadata.create_all(connection, checkfirst=False)
    VERSION_TABLE.create(connection)
    connection.execute(VERSION_TABLE.insert().values(version_num=VERSION))


@contextmanager
def _changing_tables(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else changes the tables."""
    options = {IMMEDIATE: True} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
    with engine.execution_options(**options).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
        yield connection


@contextmanager
def _reading_whole(address: DatabaseAddress, engine: Engine) -> Iterator[Connection]:
    """A connection to a database that is not damaged; of a damaged file what can be read is put aside."""
    damage = ""
    try:
        with engine.connect() as connection:
            if address.file is not None:
                answer = connection.execute(text("PRAGMA integrity_check")).scalars().all()
                damage = "" if list(answer) == ["ok"] else f"is damaged: {' '.join(answer[0].split())}"
            if not damage:
                yield connection
                return
    except DatabaseError as error:
        if address.file is None or not _means_damage(error):
            raise
        damage = f"is damaged: {reason_of(error)}"
    engine.dispose()
    kept = "" if address.file is None else salvage(address.file)
    raise CrackScannerError(f"database {address} {damage}; {kept}")


def _means_damage(error: DatabaseError) -> bool:
    return any(words in reason_of(error) for words in ("not a database", "malformed"))


def _version(address: DatabaseAddress, connection: Connection) -> str | None:
    """The schema's version, None for a database without tables; a foreign one is refused."""
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE.name in tables:
        return connection.execute(VERSION_TABLE.select()).scalar()
    foreign = sorted(set(tables) & set(Base.metadata.tables))
    if foreign:
        raise CrackScannerError(
            f"database {address} has a table {foreign[0]!r} of another program: "
            "use a database of its own for crack_scanner"
        )
    return None


def _bring_up_to_date(address: DatabaseAddress, engine: Engine, version: str) -> None:
    if version == VERSION:
        return
    if version > VERSION:
        raise CrackScannerError(
            f"database {address} has schema version {version}, this program knows them up to {VERSION}: "
            "use the version of crack_scanner that wrote it, or a later one"
        )
    # Here and not above: Alembic takes half a second to import, and is hardly ever needed.
    from crack_scanner.storage.migrations.upgrade import upgrade

    with _changing_tables(engine) as connection:
        upgrade(connection, VERSION)


def is_begun(address: DatabaseAddress) -> bool:
    """Whether there is a session in a database file; not if its process ended right at the beginning."""
    if address.file is not None and not address.file.is_file():
        return False
    engine = make_engine(address)
    try:
        with engine.connect() as connection:
            names = inspect(connection).get_table_names()
            if names and SessionRow.__tablename__ not in names:
                return True
            return bool(names) and connection.scalar(select(SessionRow.id).limit(1)) is not None
    except DatabaseError as error:
        if _means_damage(error):
            return True
        raise
    finally:
        engine.dispose()
