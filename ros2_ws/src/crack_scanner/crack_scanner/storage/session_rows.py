"""Reading and writing the rows of one session. To be called in a transaction."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict

from sqlalchemy import Connection, Delete, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import BestPicture, Crack
from crack_scanner.mapping.crack_map import TrackPoint
from crack_scanner.mapping.crack_pictures import KeptPhoto, PictureChange
from crack_scanner.mapping.evidence_grid import BlockKey, EvidenceGrid
from crack_scanner.mapping.photo_layout import layout_as_json, layout_from_json
from crack_scanner.storage.cell_layout import Layout, cells_in_layout
from crack_scanner.storage.rows import crack_of, crack_values, packed, unpacked
from crack_scanner.storage.schema import (
    Base,
    CrackPictureRow,
    CrackPointRow,
    CrackRow,
    FrameRow,
    GridBlockRow,
    SessionRow,
    table_of,
)

# Blocks that are read from the database in one go.
_BLOCKS_AT_ONCE = 64


def _of_session(row: type[Base], *keys: str) -> Delete:
    """Takes away the rows of a session that have certain values in the columns `keys`.

    One by one: for a list of keys SQLite may walk through all the rows of the session. Built once, as
    putting a statement together takes longer than to execute it, several times a second.
    """
    columns = table_of(row).c
    return delete(table_of(row)).where(
        *(columns[key] == bindparam(f"of_{key}") for key in ("session_id", *keys))
    )


_FORGET: dict[type[Base], Delete] = {
    CrackRow: _of_session(CrackRow, "number"),
    CrackPointRow: _of_session(CrackPointRow, "number"),
    CrackPictureRow: _of_session(CrackPictureRow, "number"),
    FrameRow: _of_session(FrameRow, "stamp_ns"),
    GridBlockRow: _of_session(GridBlockRow, "row", "column"),
}
_INSERT = {row: insert(table_of(row)) for row in _FORGET}
_PROGRESS = update(table_of(SessionRow)).where(table_of(SessionRow).c.id == bindparam("of_id"))


class SessionRows:
    """The rows that belong to one session."""

    def __init__(self, session_id: int) -> None:
        self._id = session_id

    def write_cracks(
        self, connection: Connection, changed: Mapping[int, tuple[Crack, bool]], gone: Iterable[int]
    ) -> None:
        """Replace cracks by number, each with whether it has faded; take away those that are `gone`."""
        numbers = [{"number": number} for number in (*changed, *gone)]
        points = [
            {"number": crack.id, "place": place, "u": u, "v": v}
            for crack, _ in changed.values()
            for place, (u, v) in enumerate(crack.path.tolist())
        ]
        self._forget(connection, CrackRow, numbers)
        self._forget(connection, CrackPointRow, numbers)
        self._insert(connection, CrackRow, [crack_values(crack, faded) for crack, faded in changed.values()])
        self._insert(connection, CrackPointRow, points)

    def write_blocks(self, connection: Connection, grid: EvidenceGrid, keys: list[BlockKey]) -> None:
        """Replace blocks of the grid."""
        self._forget(connection, GridBlockRow, [{"row": row, "column": column} for row, column in keys])
        rows = [{"row": r, "column": c, "cells": packed(grid.block_bytes((r, c)))} for r, c in keys]
        self._insert(connection, GridBlockRow, rows)

    def write_pictures(
        self, connection: Connection, changes: Iterable[PictureChange], gone: Collection[int]
    ) -> None:
        """Bring the kept pictures up to date, change by change; those of `gone` cracks go as well."""
        table = table_of(CrackPictureRow)
        for change in changes:
            mine = [{"number": change.crack_id}]
            theirs = (table.c.session_id == self._id) & (table.c.number == change.taken_from)
            if change.photo is not None:
                self._forget(connection, CrackPictureRow, mine)
                row = {"number": change.crack_id, **asdict(change.picture), **_photo_values(change.photo)}
                self._insert(connection, CrackPictureRow, [row])
            elif connection.execute(select(table.c.number).where(theirs)).first() is not None:
                self._forget(connection, CrackPictureRow, mine)
                connection.execute(update(table).where(theirs).values(number=change.crack_id))
        self._forget(connection, CrackPictureRow, [{"number": number} for number in gone])

    def photos(self, session: Session, numbers: Iterable[int]) -> dict[int, KeptPhoto]:
        """The kept photos of cracks by number, as far as there are any."""
        table = table_of(CrackPictureRow)
        mine = (table.c.session_id == self._id) & table.c.number.in_(list(numbers))
        columns = select(table.c.number, table.c.jpeg, table.c.close_up, table.c.layout)
        found = session.execute(columns.where(mine).order_by(table.c.number))
        return {
            number: KeptPhoto(bytes(jpeg), bytes(close_up or b""), layout_from_json(layout))
            for number, jpeg, close_up, layout in found
        }

    def _best_pictures(self, session: Session) -> dict[int, BestPicture]:
        table = table_of(CrackPictureRow)
        columns = select(table.c.number, table.c.stamp_ns, table.c.merit)
        found = session.execute(columns.where(table.c.session_id == self._id))
        return {number: BestPicture(stamp_ns, merit) for number, stamp_ns, merit in found}

    def add_track(self, connection: Connection, track: list[TrackPoint]) -> None:
        """Add where the camera was since the last time; points that are there already are replaced."""
        self._forget(connection, FrameRow, [{"stamp_ns": point.stamp_ns} for point in track])
        self._insert(connection, FrameRow, [asdict(point) for point in track])

    def write_progress(self, connection: Connection, values: Mapping[str, object]) -> None:
        """Set columns of the session's own row."""
        connection.execute(_PROGRESS, {"of_id": self._id, **values})

    def cracks(self, session: Session) -> Iterator[tuple[Crack, bool]]:
        """All cracks by number, and whether each has faded."""
        paths: dict[int, list[tuple[float, float]]] = {}
        points = select(CrackPointRow).where(CrackPointRow.session_id == self._id)
        for point in session.scalars(points.order_by(CrackPointRow.number, CrackPointRow.place)):
            paths.setdefault(point.number, []).append((point.u, point.v))
        pictures = self._best_pictures(session)
        rows = select(CrackRow).where(CrackRow.session_id == self._id).order_by(CrackRow.number)
        for row in session.scalars(rows):
            yield crack_of(row, paths[row.number], pictures.get(row.number)), row.faded

    def blocks(self, session: Session, layout: Layout) -> Iterator[tuple[BlockKey, bytes]]:
        """The blocks of the grid by place; their cells, stored in `layout`, as those of this program."""
        table = table_of(GridBlockRow)
        rows = select(table.c.row, table.c.column, table.c.cells).where(table.c.session_id == self._id)
        few = rows.order_by(table.c.row, table.c.column).execution_options(yield_per=_BLOCKS_AT_ONCE)
        for row, column, cells in session.execute(few):
            yield (row, column), cells_in_layout(_opened((row, column), cells), layout)

    def block(self, session: Session, key: BlockKey) -> bytes:
        """The cells of one block, stored in this program's layout."""
        row = session.get_one(GridBlockRow, (self._id, *key))
        return _opened(key, row.cells)

    def rewrite_blocks(self, session: Session, layout: Layout) -> None:
        """Store all blocks, which are in `layout`, in this program's."""
        table = table_of(GridBlockRow)
        keys = session.execute(
            select(table.c.row, table.c.column).where(table.c.session_id == self._id)
        ).all()
        for row, column in keys:
            stored = session.get_one(GridBlockRow, (self._id, row, column))
            stored.cells = packed(cells_in_layout(_opened((row, column), stored.cells), layout))
            session.flush()
            session.expunge(stored)

    def _forget(self, connection: Connection, row: type[Base], keys: Iterable[Mapping[str, object]]) -> None:
        """Take away the rows with these keys, as far as there are any."""
        values = [
            {"of_session_id": self._id, **{f"of_{name}": value for name, value in key.items()}}
            for key in keys
        ]
        if values:
            connection.execute(_FORGET[row], values)

    def _insert(self, connection: Connection, row: type[Base], rows: Iterable[Mapping[str, object]]) -> None:
        values = [{"session_id": self._id, **values} for values in rows]
        if values:
            connection.execute(_INSERT[row], values)


def _photo_values(photo: KeptPhoto) -> dict[str, object]:
    return {
        "jpeg": photo.context,
        "close_up": photo.close_up or None,
        "layout": layout_as_json(photo.layout),
    }


def _opened(key: BlockKey, stored: bytes) -> bytes:
    try:
        return unpacked(stored)
    except zlib.error as error:
        raise CrackScannerError(
            f"block {key[0]}, {key[1]} of the stored map is damaged ({error}): restore the database from a "
            "copy, or scan again"
        ) from error
