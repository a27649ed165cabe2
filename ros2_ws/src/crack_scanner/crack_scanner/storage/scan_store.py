"""The database of a session while it is scanned, and afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Engine, Table, delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.coverage import coverage
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_map import CrackMap, TrackPoint
from crack_scanner.mapping.evidence_grid import BlockKey, EvidenceGrid
from crack_scanner.storage.database import close, existing_database, new_database, plain_errors
from crack_scanner.storage.rows import (
    crack_of,
    crack_values,
    info_of,
    info_values,
    packed,
    progress_of,
    progress_values,
    unpacked,
)
from crack_scanner.storage.schema import CrackPointRow, CrackRow, FrameRow, GridBlockRow, SessionRow
from crack_scanner.storage.session import ScanProgress, SessionInfo, SessionRecord
from crack_scanner.storage.session_folder import DATABASE, prepare_folder, remove_results


class ScanStore:
    """One session in one database.

    `save` writes what has changed since the last call in one transaction that is on disk when it
    returns: a process killed at any moment leaves the state of its last save behind, never half of
    one. To be used from one thread at a time.
    """

    def __init__(self, path: Path, engine: Engine, session_id: int) -> None:
        """For `create` and `open`."""
        self.path = path
        self._engine = engine
        self._id = session_id
        self._grid_version = 0
        self._saved: dict[int, tuple[Crack, bool]] = {}
        self._writes = False

    @staticmethod
    def create(folder: Path, info: SessionInfo, overwrite: bool = False) -> ScanStore:
        """Begin a session in a folder; one that is already there is refused unless `overwrite`."""
        prepare_folder(folder, overwrite)
        path = folder / DATABASE
        engine = new_database(path)
        with plain_errors(path), Session(engine) as session, session.begin():
            row = SessionRow(**info_values(info), **progress_values(ScanProgress()))
            session.add(row)
            session.flush()
            store = ScanStore(path, engine, row.id)
        store._writes = True
        return store

    @staticmethod
    def open(folder: Path) -> ScanStore:
        """The session in a folder, after a check of the database."""
        path = folder / DATABASE
        engine = existing_database(path)
        with plain_errors(path), Session(engine) as session:
            newest = session.scalar(select(func.max(SessionRow.id)))
        if newest is None:
            raise CrackScannerError(f"database {path} holds no session")
        return ScanStore(path, engine, newest)

    def save(self, crack_map: CrackMap, progress: ScanProgress) -> None:
        """Write cracks, changed grid blocks, the camera's track and the progress."""
        state = _states(crack_map)
        changed = {key: value for key, value in state.items() if self._saved.get(key) != value}
        gone = self._saved.keys() - state.keys()
        blocks = crack_map.grid.changed_since(self._grid_version)
        version = crack_map.grid.version
        self._writes = True
        with plain_errors(self.path), Session(self._engine) as session, session.begin():
            self._write_cracks(session, changed, gone)
            self._write_blocks(session, crack_map.grid, blocks)
            self._write_track(session, crack_map.track)
            values = progress_values(progress)
            session.execute(update(SessionRow).where(SessionRow.id == self._id).values(**values))
        # Only now: what a failed transaction did not write is written by the next.
        self._saved, self._grid_version = state, version
        crack_map.track.clear()

    def resume(self, crack_map: CrackMap) -> ScanProgress:
        """Put the stored state into an empty map, to go on with the session; returns its progress."""
        remove_results(self.path.parent)
        with plain_errors(self.path), Session(self._engine) as session:
            row = session.get_one(SessionRow, self._id)
            progress = progress_of(row)
            cracks = list(self._cracks(session))
            crack_map.restore(
                self._blocks(session),
                [crack for crack, faded in cracks if not faded],
                [crack for crack, faded in cracks if faded],
                progress.last_stamp_ns,
            )
        # Those of the database, so that whatever the map has drawn differently is saved again.
        self._saved = {crack.id: (crack, faded) for crack, faded in cracks}
        self._grid_version = crack_map.grid.version
        return progress

    def record(self) -> SessionRecord:
        """The stored session as it is reported and exported."""
        with plain_errors(self.path), Session(self._engine) as session:
            row = session.get_one(SessionRow, self._id)
            info, progress = info_of(row), progress_of(row)
            surface = info.surface
            grid = EvidenceGrid(surface.width, surface.height, float(info.settings["cell_size"]))
            for key, data in self._blocks(session):
                grid.restore_block(key, data)
            cracks = tuple(crack for crack, faded in self._cracks(session) if not faded)
        return SessionRecord(info, progress, cracks, coverage(grid, surface.width, surface.height))

    def close(self) -> None:
        """Leave one self-contained file behind, if this store wrote to it."""
        with plain_errors(self.path):
            close(self._engine, self._writes)

    def _write_cracks(
        self, session: Session, changed: dict[int, tuple[Crack, bool]], gone: Iterable[int]
    ) -> None:
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

    def _write_blocks(self, session: Session, grid: EvidenceGrid, keys: list[BlockKey]) -> None:
        if not keys:
            return
        here = tuple_(GridBlockRow.row, GridBlockRow.column).in_(keys)
        session.execute(delete(GridBlockRow).where(GridBlockRow.session_id == self._id, here))
        rows = [{"row": r, "column": c, "cells": packed(grid.block_bytes((r, c)))} for r, c in keys]
        self._insert(session, GridBlockRow, rows)

    def _write_track(self, session: Session, track: list[TrackPoint]) -> None:
        rows = [
            {"stamp_ns": point.stamp_ns, "u": point.u, "v": point.v, "distance": point.distance}
            for point in track
        ]
        self._insert(session, FrameRow, rows)

    def _insert(self, session: Session, row: type, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            table: Table = row.__table__  # type: ignore[attr-defined]
            session.execute(insert(table), [{"session_id": self._id, **values} for values in rows])

    def _cracks(self, session: Session) -> Iterator[tuple[Crack, bool]]:
        paths: dict[int, list[tuple[float, float]]] = {}
        points = select(CrackPointRow).where(CrackPointRow.session_id == self._id)
        for point in session.scalars(points.order_by(CrackPointRow.number, CrackPointRow.place)):
            paths.setdefault(point.number, []).append((point.u, point.v))
        rows = select(CrackRow).where(CrackRow.session_id == self._id).order_by(CrackRow.number)
        for row in session.scalars(rows):
            yield crack_of(row, paths[row.number]), row.faded

    def _blocks(self, session: Session) -> Iterator[tuple[BlockKey, bytes]]:
        rows = select(GridBlockRow).where(GridBlockRow.session_id == self._id)
        for row in session.scalars(rows.order_by(GridBlockRow.row, GridBlockRow.column)):
            yield (row.row, row.column), unpacked(row.cells)


def _states(crack_map: CrackMap) -> dict[int, tuple[Crack, bool]]:
    """Every crack by number, and whether it has faded."""
    present = {crack.id: (crack, False) for crack in crack_map.cracks}
    return present | {crack.id: (crack, True) for crack in crack_map.faded}
