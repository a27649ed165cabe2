"""Reading and writing the rows of one session. To be called in a transaction."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_map import TrackPoint
from crack_scanner.mapping.evidence_grid import BlockKey, EvidenceGrid
from crack_scanner.storage.cell_layout import Layout, cells_in_layout
from crack_scanner.storage.rows import crack_of, crack_values, packed, unpacked
from crack_scanner.storage.schema import CrackPointRow, CrackRow, FrameRow, GridBlockRow


class SessionRows:
    """The rows that belong to one session."""

    def __init__(self, session_id: int) -> None:
        self._id = session_id

    def write_cracks(
        self, session: Session, changed: Mapping[int, tuple[Crack, bool]], gone: Iterable[int]
    ) -> None:
        """Replace cracks by number, each with whether it has faded; take away those that are `gone`."""
        numbers = [*changed, *gone]
        if not numbers:
            return
        for row in (CrackRow, CrackPointRow):
            session.execute(delete(row).where(row.session_id == self._id, row.number.in_(numbers)))
        rows = [crack_values(crack, faded) for crack, faded in changed.values()]
        points = [
            {"number": crack.id, "place": place, "u": u, "v": v}
            for crack, _ in changed.values()
            for place, (u, v) in enumerate(crack.path.tolist())
        ]
        self._insert(session, CrackRow, rows)
        self._insert(session, CrackPointRow, points)

    def write_blocks(self, session: Session, grid: EvidenceGrid, keys: list[BlockKey]) -> None:
        """Replace blocks of the grid."""
        if not keys:
            return
        # One by one: for a list of pairs SQLite walks through every block of the session.
        table = _table(GridBlockRow)
        here = [table.c.row == bindparam("r"), table.c.column == bindparam("c")]
        one = delete(table).where(table.c.session_id == self._id, *here)
        session.connection().execute(one, [{"r": row, "c": column} for row, column in keys])
        rows = [{"row": r, "column": c, "cells": packed(grid.block_bytes((r, c)))} for r, c in keys]
        self._insert(session, GridBlockRow, rows)

    def add_track(self, session: Session, track: list[TrackPoint]) -> None:
        """Add where the camera was since the last time."""
        rows = [
            {"stamp_ns": point.stamp_ns, "u": point.u, "v": point.v, "distance": point.distance}
            for point in track
        ]
        self._insert(session, FrameRow, rows)

    def cracks(self, session: Session) -> Iterator[tuple[Crack, bool]]:
        """All cracks by number, and whether each has faded."""
        paths: dict[int, list[tuple[float, float]]] = {}
        points = select(CrackPointRow).where(CrackPointRow.session_id == self._id)
        for point in session.scalars(points.order_by(CrackPointRow.number, CrackPointRow.place)):
            paths.setdefault(point.number, []).append((point.u, point.v))
        rows = select(CrackRow).where(CrackRow.session_id == self._id).order_by(CrackRow.number)
        for row in session.scalars(rows):
            yield crack_of(row, paths[row.number]), row.faded

    def blocks(self, session: Session, layout: Layout) -> Iterator[tuple[BlockKey, bytes]]:
        """The blocks of the grid by place; their cells, stored in `layout`, as those of this program."""
        rows = select(GridBlockRow).where(GridBlockRow.session_id == self._id)
        for row in session.scalars(rows.order_by(GridBlockRow.row, GridBlockRow.column)):
            try:
                cells = unpacked(row.cells)
            except zlib.error as error:
                raise CrackScannerError(
                    f"block {row.row}, {row.column} of the stored map is damaged ({error}): restore the "
                    "database from a copy, or scan again"
                ) from error
            yield (row.row, row.column), cells_in_layout(cells, layout)

    def _insert(self, session: Session, row: type, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            session.execute(insert(_table(row)), [{"session_id": self._id, **values} for values in rows])


def _table(row: type) -> Table:
    # Every mapped class has it; what a class is mapped to is not in its static type.
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table
