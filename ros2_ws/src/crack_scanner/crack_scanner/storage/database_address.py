"""Where a scan database is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from crack_scanner.errors import CrackScannerError

_SERVER = "postgresql+psycopg"
# Options of a URL that are for nobody's eyes either.
_SECRETS = ("password", "sslpassword")
_EXPECTED = "expected postgresql://USER@HOST/DATABASE"


@dataclass(frozen=True)
class DatabaseAddress:
    """A database file or server, as SQLAlchemy takes it."""

    url: URL

    @property
    def on_server(self) -> bool:
        """Whether it is a PostgreSQL server, which others may be using at the same time."""
        return self.url.drivername == _SERVER

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server."""
        return None if self.on_server or self.url.database is None else Path(self.url.database)

    @property
    def without_password(self) -> str:
        """The URL without its password, which is for nobody's eyes and for no file."""
        return self.url._replace(password=None).difference_update_query(_SECRETS).render_as_string()

    def __str__(self) -> str:
        return self.without_password if self.file is None else str(self.file)


def database_file(path: Path) -> DatabaseAddress:
    """A SQLite database in a file."""
    return DatabaseAddress(URL.create("sqlite", database=str(path)))


def database_server(text: str) -> DatabaseAddress:
    """A PostgreSQL database from its URL, `postgresql://...` or `postgresql+psycopg://...`."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise CrackScannerError(f"database {text!r} is not a URL; {_EXPECTED}") from None
    if url.drivername not in ("postgresql", "postgres", _SERVER):
        raise CrackScannerError(f"database of kind {url.drivername!r} is not known; {_EXPECTED}")
    if not url.database:
        raise CrackScannerError(f"database URL {DatabaseAddress(url)} names no database; {_EXPECTED}")
    return DatabaseAddress(url.set(drivername=_SERVER))
