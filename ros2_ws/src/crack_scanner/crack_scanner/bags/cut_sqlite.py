"""SQLite bags without their end: rows in the order they were written, up to the first that is not whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from crack_scanner.bags.stored_topic import ROS2_MESSAGE, StoredTopic


class SqliteFile:
    """Whole messages of a file; a write-ahead log beside it is part of it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def messages(self) -> Iterator[tuple[StoredTopic, int, bytes]]:
        """Topic, time of recording in nanoseconds, serialised message."""
        logged = self._path.with_name(self._path.name + "-wal").exists()
        mode = "mode=ro" if logged else "mode=ro&immutable=1"
        with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?{mode}", uri=True)) as database:
            # Without this SQLite refuses a file that is shorter than its header says.
            database.execute("PRAGMA writable_schema = ON")
            topics = dict(_topics(database))
            yield from _rows(database, topics)


def _rows(
    database: sqlite3.Connection, topics: dict[int, StoredTopic]
) -> Iterator[tuple[StoredTopic, int, bytes]]:
    try:
        for key, logged_ns, data in database.execute(
            "SELECT topic_id, timestamp, data FROM messages NOT INDEXED ORDER BY rowid"
        ):
            if key in topics:
                yield topics[key], logged_ns, data
    except sqlite3.DatabaseError:
        # Here the file ends.
        return


def _topics(database: sqlite3.Connection) -> Iterator[tuple[int, StoredTopic]]:
    try:
        columns = {row[1] for row in database.execute("PRAGMA table_info(topics)")}
        definitions = _definitions(database)
        more = [
            name if name in columns else "''" for name in ("offered_qos_profiles", "type_description_hash")
        ]
        for key, name, kind, qos, type_hash in database.execute(
            f"SELECT id, name, type, {', '.join(more)} FROM topics"
        ):
            encoding, definition = definitions.get(kind, (ROS2_MESSAGE, ""))
            yield key, StoredTopic(name, kind, definition, encoding, qos, type_hash)
    except sqlite3.DatabaseError:
        return


def _definitions(database: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Encoding and text of message definitions by type; older files have none."""
    if not database.execute("PRAGMA table_info(message_definitions)").fetchall():
        return {}
    rows = database.execute(
        "SELECT topic_type, encoding, encoded_message_definition FROM message_definitions"
    )
    return {kind: (encoding, text) for kind, encoding, text in rows}
