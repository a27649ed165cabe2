"""The database of a session while it is scanned, and afterwards."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.coverage import coverage
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.mapping.evidence_grid import EvidenceGrid
from crack_scanner.storage.cell_layout import LAYOUT
from crack_scanner.storage.database import existing_database, is_begun, new_database
from crack_scanner.storage.database_address import DatabaseAddress, database_file, database_server
from crack_scanner.storage.engines import close, open_log, plain_errors
from crack_scanner.storage.rows import info_of, info_values, progress_of, progress_values
from crack_scanner.storage.schema import SessionRow
from crack_scanner.storage.session import ScanProgress, SessionInfo, SessionRecord
from crack_scanner.storage.session_folder import (
    DATABASE,
    FolderLock,
    holds_session,
    point_to_server,
    prepare_folder,
    remove_results,
    stored_at,
)
from crack_scanner.storage.session_rows import SessionRows


class ScanStore:
    """One session in one database, which may hold others.

    `save` writes what has changed since the last call in one transaction that is on disk when it
    returns: a process killed at any moment leaves the state of its last save behind, never half of
    one. To be used from one thread at a time.
    """

    def __init__(self, address: DatabaseAddress, engine: Engine, session_id: int) -> None:
        """For `create` and `open`."""
        self.address = address
        self._engine = engine
        self._id = session_id
        self._rows = SessionRows(session_id)
        self._grid_version = 0
        self._saved: dict[int, tuple[Crack, bool]] = {}
        self._writes = False
        self._folder: Path | None = None
        self._lock: FolderLock | None = None

    @staticmethod
    def create(folder: Path, info: SessionInfo, overwrite: bool = False, database: str = "") -> ScanStore:
        """Begin a session in a folder; one that is already there is refused unless `overwrite`.

        database: URL of a PostgreSQL server to keep it on; otherwise it is kept in a file in the folder.
        """
        address = database_server(database) if database else database_file(folder / DATABASE)
        prepare_folder(folder, overwrite)
        lock = FolderLock(folder)
        engine = new_database(address)
        with plain_errors(address), Session(engine) as session, session.begin():
            values = info_values(info) | progress_values(ScanProgress())
            row = SessionRow(**values, cell_layout=LAYOUT)
            session.add(row)
            session.flush()
            store = ScanStore(address, engine, row.id)
        if address.on_server:
            point_to_server(folder, address, store._id)
        store._writes, store._folder, store._lock = True, folder, lock
        return store

    @staticmethod
    def open(folder: Path, database: str = "") -> ScanStore:
        """The session in a folder, after a check of the database.

        database: URL of its server with the password, where it needs one.
        """
        address, session_id = stored_at(folder, database)
        store = ScanStore.of_database(address, session_id)
        store._folder = folder
        return store

    @staticmethod
    def of_database(address: DatabaseAddress, session_id: int | None = None) -> ScanStore:
        """A session of a database, the newest one if no number is given."""
        engine = existing_database(address)
        with plain_errors(address), Session(engine) as session:
            known = session.scalars(select(SessionRow.id).where(SessionRow.id == session_id)).first()
            newest = session.scalar(select(func.max(SessionRow.id)))
        if newest is None:
            raise CrackScannerError(f"database {address} holds no session")
        if session_id is not None and known is None:
            raise CrackScannerError(
                f"database {address} has no session {session_id}; expected one of 1 to {newest}"
            )
        return ScanStore(address, engine, session_id or newest)

    def save(self, crack_map: CrackMap, progress: ScanProgress) -> None:
        """Write cracks, changed grid blocks, the camera's track and the progress."""
        with plain_errors(self.address):
            try:
                self._save(crack_map, progress)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                # The server has hung up in the middle. Nothing of it was kept: once more, connected anew.
                self._save(crack_map, progress)

    def _save(self, crack_map: CrackMap, progress: ScanProgress) -> None:
        state = _states(crack_map)
        changed = {key: value for key, value in state.items() if self._saved.get(key) != value}
        gone = self._saved.keys() - state.keys()
        blocks = crack_map.grid.changed_since(self._grid_version)
        version = crack_map.grid.version
        self._writes = True
        with Session(self._engine) as session, session.begin():
            self._rows.write_cracks(session, changed, gone)
            self._rows.write_blocks(session, crack_map.grid, blocks)
            self._rows.add_track(session, crack_map.track)
            values = progress_values(progress)
            session.execute(update(SessionRow).where(SessionRow.id == self._id).values(**values))
        # Only now: what a failed transaction did not write is written by the next.
        self._saved, self._grid_version = state, version
        crack_map.track.clear()

    def info(self) -> SessionInfo:
        """What was known when the session began."""
        with plain_errors(self.address), Session(self._engine) as session:
            return info_of(session.get_one(SessionRow, self._id))

    def progress(self) -> ScanProgress:
        """How far the session has got."""
        with plain_errors(self.address), Session(self._engine) as session:
            return progress_of(session.get_one(SessionRow, self._id))

    def resume(self, crack_map: CrackMap) -> ScanProgress:
        """Put the stored state into an empty map, to go on with the session; returns its progress."""
        if self._folder is not None:
            self._lock = FolderLock(self._folder)
            remove_results(self._folder)
        with plain_errors(self.address):
            open_log(self._engine)
            progress = self._restore(crack_map)
        self._writes = True
        return progress

    def _restore(self, crack_map: CrackMap) -> ScanProgress:
        with Session(self._engine) as session, session.begin():
            row = session.get_one(SessionRow, self._id)
            progress = progress_of(row)
            cracks = list(self._rows.cracks(session))
            crack_map.restore(
                self._rows.blocks(session, row.cell_layout),
                [crack for crack, faded in cracks if not faded],
                [crack for crack, faded in cracks if faded],
                progress.last_stamp_ns,
            )
            if row.cell_layout != LAYOUT:
                self._rows.write_blocks(session, crack_map.grid, crack_map.grid.blocks())
            row.cell_layout, row.resumed, row.complete = LAYOUT, row.resumed + 1, False
        # Those of the database, so that whatever the map has drawn differently is saved again.
        self._saved = {crack.id: (crack, faded) for crack, faded in cracks}
        self._grid_version = crack_map.grid.version
        return progress

    def record(self) -> SessionRecord:
        """The stored session as it is reported and exported."""
        with plain_errors(self.address), Session(self._engine) as session:
            row = session.get_one(SessionRow, self._id)
            info, progress = info_of(row), progress_of(row)
            surface = info.surface
            grid = EvidenceGrid(surface.width, surface.height, float(info.settings["cell_size"]))
            for key, data in self._rows.blocks(session, row.cell_layout):
                grid.restore_block(key, data)
            cracks = tuple(crack for crack, faded in self._rows.cracks(session) if not faded)
        return SessionRecord(info, progress, cracks, coverage(grid, surface.width, surface.height))

    def close(self) -> None:
        """Leave one self-contained file behind, if this store wrote to one, and let others write."""
        with plain_errors(self.address):
            close(self._engine, self._writes)
        if self._lock is not None:
            self._lock.release()


def open_stored(place: str) -> ScanStore:
    """A session by its folder, or on a server by URL#NUMBER: without a number the newest."""
    if "://" not in place:
        return ScanStore.open(Path(place))
    url, _, number = place.partition("#")
    if number and not number.isdigit():
        raise CrackScannerError(f"session {number!r} of {url} is not a number; expected URL#NUMBER")
    return ScanStore.of_database(database_server(url), int(number) if number else None)


def can_be_resumed(folder: Path, database: str = "") -> bool:
    """Whether a session was begun in a folder; not if its process ended before anything was stored."""
    if not holds_session(folder):
        return False
    address, _ = stored_at(folder, database)
    with plain_errors(address):
        return is_begun(address)


def _states(crack_map: CrackMap) -> dict[int, tuple[Crack, bool]]:
    """Every crack by number, and whether it has faded."""
    present = {crack.id: (crack, False) for crack in crack_map.cracks}
    return present | {crack.id: (crack, True) for crack in crack_map.faded}
