"""The database of a session while it is scanned, and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.coverage import coverage
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.mapping.drift_tracker import DriftReport
from crack_scanner.mapping.evidence_grid import BlockKey, block_cells
from crack_scanner.mapping.overview import Overview
from crack_scanner.storage.cell_layout import LAYOUT
from crack_scanner.storage.database import existing_database, is_begun, new_database
from crack_scanner.storage.database_address import DatabaseAddress, database_file, database_server
from crack_scanner.storage.engines import close, open_log, plain_errors, reason_of
from crack_scanner.storage.replacing import finish_replacing
from crack_scanner.storage.review_desk import ReviewDesk
from crack_scanner.storage.rows import info_of, info_values, progress_of, progress_values
from crack_scanner.storage.schema import SessionRow
from crack_scanner.storage.session import MOST_PHOTOS, ScanProgress, SessionInfo, SessionRecord
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
from crack_scanner.storage.verdict_rows import read_verdicts

Result = TypeVar("Result")
# Asked with the number of failed attempts and the last one's reason whether, after a while, to try again.
Patience = Callable[[int, str], bool]

# Blocks of the grid that a scan keeps at hand, about 190 MB: far more than the camera sees in a minute.
BLOCKS_IN_MEMORY = 512


def once_more(attempt: int, _reason: str) -> bool:
    """For a server that has hung up meanwhile: one more attempt, connected anew."""
    return attempt == 1


class ScanStore:
    """One session in one database, which may hold others.

    `save` writes what has changed since the last call in one transaction that is on disk when it
    returns: a process killed at any moment leaves the state of its last save behind, never half of
    one. To be used from one thread at a time.
    """

    def __init__(
        self, address: DatabaseAddress, engine: Engine, session_id: int, patience: Patience = once_more
    ) -> None:
        """For `create` and `open`."""
        self.address = address
        self._engine = engine
        self._id = session_id
        self._rows = SessionRows(session_id)
        self._grid_version = 0
        self._crack_version = 0
        self._writes = False
        self._patience = patience
        self._folder: Path | None = None
        self._lock: FolderLock | None = None

    @staticmethod
    def create(
        folder: Path,
        info: SessionInfo,
        overwrite: bool = False,
        database: str = "",
        patience: Patience = once_more,
    ) -> ScanStore:
        """Begin a session in a folder; one that is already there is refused unless `overwrite`.

        database: URL of a PostgreSQL server to keep it on; otherwise it is kept in a file in the folder.
        """
        address = database_server(database) if database else database_file(folder / DATABASE)
        lock = prepare_folder(folder, overwrite)
        try:
            store = ScanStore._begun(address, info, patience)
            if address.on_server:
                point_to_server(folder, address, store._id)
        except BaseException:
            lock.release()
            raise
        store._writes, store._folder, store._lock = True, folder, lock
        return store

    @staticmethod
    def _begun(address: DatabaseAddress, info: SessionInfo, patience: Patience) -> ScanStore:
        """A new session in a database."""
        engine = new_database(address)
        with plain_errors(address), Session(engine) as session, session.begin():
            values = info_values(info) | progress_values(ScanProgress())
            row = SessionRow(**values, cell_layout=LAYOUT, uid=uuid4().hex)
            session.add(row)
            session.flush()
            return ScanStore(address, engine, row.id, patience)

    @staticmethod
    def open(folder: Path, database: str = "", patience: Patience = once_more) -> ScanStore:
        """The session in a folder, after a check of the database and with its files as they belong together.

        database: URL of its server with the password, where it needs one.
        """
        finish_replacing(folder)
        address, session_id = stored_at(folder, database)
        store = ScanStore.of_database(address, session_id)
        store._folder, store._patience = folder, patience
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

    @property
    def folder(self) -> Path | None:
        """The session's folder; None for one that was opened in its database alone."""
        return self._folder

    def save(self, crack_map: CrackMap, progress: ScanProgress) -> None:
        """Write cracks, changed grid blocks, the camera's track and the progress."""
        self._insisting(lambda: self._save(crack_map, progress))

    def _insisting(self, work: Callable[[], Result]) -> Result:
        """Do something with the database; again, as long as there is patience, when its server is not there.

        What was done in a transaction of which nobody knows whether it came to its end may be done twice.
        """
        with plain_errors(self.address):
            for attempt in count(1):
                try:
                    return work()
                except OperationalError as error:
                    if not self.address.on_server or not self._patience(attempt, reason_of(error)):
                        raise
        raise AssertionError("attempts do not end by themselves")

    def _save(self, crack_map: CrackMap, progress: ScanProgress) -> None:
        changes = crack_map.cracks_changed_since(self._crack_version)
        changed = {key: value for key, value in changes.items() if value is not None}
        gone = sorted(changes.keys() - changed.keys())
        crack_version = crack_map.crack_version
        blocks = crack_map.grid.changed_since(self._grid_version)
        version = crack_map.grid.version
        self._writes = True
        with self._engine.begin() as connection:
            self._rows.write_cracks(connection, changed, gone)
            self._rows.write_blocks(connection, crack_map.grid, blocks)
            self._rows.write_pictures(connection, crack_map.pictures.changes, gone)
            self._rows.add_track(connection, crack_map.track)
            self._rows.write_progress(
                connection, progress_values(progress) | {"drift": crack_map.drift_state()}
            )
        # Only now: what a failed transaction did not write is written by the next.
        self._crack_version, self._grid_version = crack_version, version
        crack_map.track.clear()
        crack_map.pictures.changes.clear()
        crack_map.grid.keep_in(self, BLOCKS_IN_MEMORY)
        crack_map.grid.stored(version)

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
            self._bring_cells_up_to_date()
            crack_map.grid.keep_in(self, BLOCKS_IN_MEMORY)
            progress = self._restore(crack_map)
        self._writes = True
        return progress

    def load(self, key: BlockKey) -> bytes:
        """The cells of a block that was saved: the map's grid asks for those that it does not hold."""

        def read() -> bytes:
            with Session(self._engine) as session:
                return self._rows.block(session, key)

        return self._insisting(read)

    def _bring_cells_up_to_date(self) -> None:
        """Write blocks of an earlier version of the program as this one has them."""
        with Session(self._engine) as session, session.begin():
            row = session.get_one(SessionRow, self._id)
            if row.cell_layout != LAYOUT:
                self._rows.rewrite_blocks(session, row.cell_layout)
                row.cell_layout = LAYOUT

    def _restore(self, crack_map: CrackMap) -> ScanProgress:
        with Session(self._engine) as session, session.begin():
            row = session.get_one(SessionRow, self._id)
            row.resumed, row.complete = row.resumed + 1, False
            progress = progress_of(row)
        with Session(self._engine) as session:
            cracks = list(self._rows.cracks(session))
            crack_map.restore(
                self._rows.blocks(session, LAYOUT),
                [crack for crack, faded in cracks if not faded],
                [crack for crack, faded in cracks if faded],
                progress.last_stamp_ns,
                session.get_one(SessionRow, self._id).drift,
            )
        # The map may have drawn its cracks differently, or joined some: all of them are saved again.
        self._crack_version, self._grid_version = 0, crack_map.grid.version
        return progress

    def record(self, with_photos: bool = True) -> SessionRecord:
        """The stored session as it is reported and exported."""
        return self._insisting(lambda: self._record(with_photos))

    def review(self) -> ReviewDesk:
        """For people who judge what was found; no scan may write into the folder until this is closed."""
        if self._folder is not None:
            self._lock = FolderLock(self._folder, shared=True)
        return ReviewDesk(self.address, self._engine, self._id, self._insisting)

    def _record(self, with_photos: bool) -> SessionRecord:
        with Session(self._engine) as session:
            row = session.get_one(SessionRow, self._id)
            info, progress = info_of(row), progress_of(row)
            surface = info.surface
            seen = Overview(surface.width, surface.height, float(info.settings["cell_size"]))
            for key, data in self._rows.blocks(session, row.cell_layout):
                seen.take(key, block_cells(key, data))
            cracks = tuple(crack for crack, faded in self._rows.cracks(session) if not faded)
            longest = sorted(cracks, key=lambda crack: -crack.length)[:MOST_PHOTOS]
            photos = self._rows.photos(session, (crack.id for crack in longest)) if with_photos else {}
            verdicts = read_verdicts(session, self._id)
            drift = DriftReport.of_state(row.drift)
        return SessionRecord(info, progress, cracks, coverage(seen), photos, verdicts, drift)

    def close(self) -> None:
        """Leave one self-contained file behind, if this store wrote to one, and let others write."""
        try:
            with plain_errors(self.address):
                close(self._engine, self._writes)
        finally:
            if self._lock is not None:
                self._lock.release()


def open_stored(place: str) -> ScanStore:
    """A session by its folder, or by URL#NUMBER or FILE#NUMBER of a database: without a number the newest.

    The file of a folder, without a number, stands for the folder.
    """
    url, _, number = place.partition("#")
    if "://" not in place and (Path(place).is_dir() or not Path(url).is_file()):
        return ScanStore.open(Path(place))
    if number and not number.isdecimal():
        raise CrackScannerError(f"session {number!r} of {url} is not a number; expected URL#NUMBER")
    if "://" not in place and not number and Path(url).name == DATABASE:
        return ScanStore.open(Path(url).parent)
    address = database_server(url) if "://" in place else database_file(Path(url))
    return ScanStore.of_database(address, int(number) if number else None)


def can_be_resumed(folder: Path, database: str = "") -> bool:
    """Whether a session was begun in a folder; not if its process ended before anything was stored."""
    if not holds_session(folder):
        return False
    address, _ = stored_at(folder, database)
    with plain_errors(address):
        return is_begun(address)
