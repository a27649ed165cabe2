"""Sessions of many bags in one database, each bag once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.batch_store import BatchEntry, BatchStore
from crack_scanner.storage.database_address import DatabaseAddress, database_file, database_server
from crack_scanner.storage.exports import cracks_geojson
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.schema import SessionRow
from tests.storage.sample_session import SampleSession, sample_info

ENTRY = BatchEntry("a" * 64, "husky/run", "husky", "/out/husky/run", 12.5, summary={"cracks": 2})


@pytest.fixture
def session(sample: SampleSession, tmp_path: Path) -> Path:
    """The folder of a finished session."""
    folder = tmp_path / "session"
    store = ScanStore.create(folder, sample_info())
    store.save(sample.crack_map, sample.record.progress)
    store.close()
    return folder


@pytest.fixture
def address(database: str, tmp_path: Path) -> DatabaseAddress:
    """Where the batch is kept: a file, or a server."""
    return database_server(database) if database else database_file(tmp_path / "batch.db")


@pytest.fixture
def store(address: DatabaseAddress) -> Iterator[BatchStore]:
    """An empty one."""
    made = BatchStore(address)
    yield made
    made.close()


def sessions(address: DatabaseAddress) -> int:
    engine = create_engine(address.url)
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(SessionRow)).scalar_one()
    finally:
        engine.dispose()


def test_a_session_comes_in_whole(
    store: BatchStore, address: DatabaseAddress, session: Path, sample: SampleSession
) -> None:
    entry = store.add_session(ENTRY, session)
    assert entry == replace(ENTRY, session_id=entry.session_id)
    assert store.entries() == {ENTRY.key: entry}
    original = ScanStore.open(session).record()
    copy = ScanStore.of_database(address, entry.session_id).record()
    assert cracks_geojson(copy.findings) == cracks_geojson(original.findings)
    assert (copy.info.name, copy.info.settings) == (original.info.name, original.info.settings)
    assert copy.progress == original.progress
    assert (copy.coverage.states == original.coverage.states).all()
    assert copy.photos == original.photos


def test_a_bag_that_is_put_in_again_is_in_once(
    store: BatchStore, address: DatabaseAddress, session: Path
) -> None:
    first = store.add_session(ENTRY, session)
    assert store.add_session(replace(ENTRY, seconds=1.0), session) == first
    assert sessions(address) == 1
    second = store.add_session(replace(ENTRY, key="b" * 64), session)
    assert second.session_id != first.session_id
    assert sessions(address) == 2


def test_a_failure_makes_way_for_a_later_success(store: BatchStore, session: Path) -> None:
    store.add_failure(replace(ENTRY, reason="no odometry"))
    assert [(e.done, e.reason) for e in store.entries().values()] == [(False, "no odometry")]
    store.add_failure(replace(ENTRY, reason="cut"))
    store.add_session(ENTRY, session)
    assert [(e.done, e.reason) for e in store.entries().values()] == [(True, "")]


def test_what_is_in_is_there_for_the_next_run(
    store: BatchStore, address: DatabaseAddress, session: Path
) -> None:
    entry = store.add_session(ENTRY, session)
    other = BatchStore(address)
    assert other.entries() == {ENTRY.key: entry}
    other.close()


def test_a_folder_without_a_session_changes_nothing(
    store: BatchStore, address: DatabaseAddress, tmp_path: Path
) -> None:
    with pytest.raises(CrackScannerError, match="is not there"):
        store.add_session(ENTRY, tmp_path)
    assert (store.entries(), sessions(address)) == ({}, 0)
