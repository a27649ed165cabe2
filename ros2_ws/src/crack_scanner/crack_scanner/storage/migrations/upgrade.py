"""Runs the migrations on an open connection."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection, version: str) -> None:
    """Bring the tables up to a version, in the transaction that the connection is in."""
    config = Config()
    # Alembic reads the value as that of an .ini file, in which a percent sign has a meaning.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, version)
