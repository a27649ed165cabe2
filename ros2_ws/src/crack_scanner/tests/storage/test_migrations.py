"""Databases of earlier and later versions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, delete, insert, inspect, select, text, update

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.mapping.evidence_grid import CELL
from crack_scanner.storage.cell_layout import cells_in_layout, layout_of
from crack_scanner.storage.database import VERSION, VERSION_TABLE, existing_database, new_database
from crack_scanner.storage.database_address import DatabaseAddress, database_file, database_server
from crack_scanner.storage.engines import IMMEDIATE, make_engine
from crack_scanner.storage.migrations.upgrade import upgrade
from crack_scanner.storage.rows import packed, unpacked
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.schema import Base
from crack_scanner.storage.session_folder import DATABASE, point_to_server
from tests.storage.sample_session import SETTINGS, SampleSession

# A cell as databases of version 0001 held it last.
OLD_CELL = np.dtype(
    [
        *[("evidence", "<f4"), ("looks", "<u2"), ("state", "u1"), ("quality", "<f2"), ("resolution", "<f4")],
        *[("support", "<f4"), ("variance", "<f4"), ("camera", "<f2", (3,)), ("first_ns", "<i8")],
        *[("last_ns", "<i8"), ("width_looks", "<u2"), ("width_weight", "<f4"), ("width_sum", "<f4")],
        ("width_smallest", "<f4"),
    ]
)


@pytest.fixture
def address(tmp_path: Path, database: str) -> DatabaseAddress:
    """A database that is not there yet, or empty."""
    return database_server(database) if database else database_file(tmp_path / DATABASE)


@contextmanager
def migrated(address: DatabaseAddress, version: str) -> Iterator[Engine]:
    """A database that was brought to a version from nothing."""
    engine = make_engine(address)
    options = {IMMEDIATE: True} if address.file else {"isolation_level": "READ COMMITTED"}
    with engine.execution_options(**options).begin() as connection:
        upgrade(connection, version)
    yield engine
    engine.dispose()


def structure(engine: Engine) -> dict[str, Any]:
    """Tables with their columns, keys and indexes, as the database tells them."""
    look = inspect(engine)
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in look.get_columns(table)},
            "key": look.get_pk_constraint(table)["constrained_columns"],
            "references": [key["referred_table"] for key in look.get_foreign_keys(table)],
            "unique": [one["column_names"] for one in look.get_unique_constraints(table)],
            "indexes": sorted((i["name"] or "", tuple(i["column_names"])) for i in look.get_indexes(table)),
        }
        for table in sorted(look.get_table_names())
    }


@pytest.fixture
def old(address: DatabaseAddress, tmp_path: Path, sample: SampleSession) -> DatabaseAddress:
    """The sample session in a database of version 0001."""
    written = tmp_path / "now"
    store = ScanStore.create(written, sample.record.info)
    store.save(sample.crack_map, sample.record.progress)
    store.close()
    now = make_engine(database_file(written / DATABASE))
    with migrated(address, "0001") as engine, now.connect() as source, engine.begin() as target:
        tables = MetaData()
        tables.reflect(target)
        for table in Base.metadata.sorted_tables:
            if table.name not in tables.tables:  # which came later
                continue
            then = tables.tables[table.name]
            for row in source.execute(select(table)).mappings():
                target.execute(insert(then).values({c.name: row[c.name] for c in then.columns}))
        blocks = tables.tables["grid_blocks"]
        for row in target.execute(select(blocks)).mappings().all():
            cells = np.frombuffer(unpacked(row["cells"]), CELL)
            before = np.zeros(len(cells), OLD_CELL)
            for name in set(OLD_CELL.names) & set(CELL.names):
                before[name] = cells[name]
            here = (blocks.c.row == row["row"]) & (blocks.c.column == row["column"])
            target.execute(update(blocks).where(here).values(cells=packed(before.tobytes())))
    if address.on_server:
        point_to_server(tmp_path, address, 1)
    return address


def version_of(address: DatabaseAddress) -> str:
    engine = make_engine(address)
    with engine.connect() as connection:
        found: str = connection.execute(select(VERSION_TABLE.c.version_num)).scalar_one()
    engine.dispose()
    return found


def test_a_database_that_was_made_is_like_one_that_was_migrated(
    address: DatabaseAddress, tmp_path: Path
) -> None:
    with migrated(address, "head") as engine:
        by_migration = structure(engine)
        assert version_of(address) == VERSION
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        with engine.begin() as connection:
            Base.metadata.drop_all(connection)
            VERSION_TABLE.drop(connection)
    if address.file is not None:
        address = database_file(tmp_path / "made.db")
    made = new_database(address)
    assert structure(made) == by_migration
    made.dispose()
    assert version_of(address) == VERSION


def test_an_old_database_is_brought_up_to_date_when_it_is_opened(
    old: DatabaseAddress, tmp_path: Path, sample: SampleSession
) -> None:
    store = ScanStore.open(tmp_path)
    back = store.record()
    assert version_of(old) == VERSION
    # Tiles that were exported of it are found by its name and time.
    assert back.info.uid == ""
    assert back.progress == sample.record.progress
    assert [crack.id for crack in back.cracks] == [crack.id for crack in sample.record.cracks]
    np.testing.assert_array_equal(back.coverage.states, sample.record.coverage.states)
    resumed = CrackMap(sample.record.info.surface, SETTINGS)
    store.resume(resumed)
    store.close()
    np.testing.assert_array_equal(
        ScanStore.open(tmp_path).record().coverage.states, sample.record.coverage.states
    )


def test_a_migration_that_fails_leaves_the_database_as_it_was(old: DatabaseAddress) -> None:
    engine = make_engine(old)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_frames_stamp_ns"))  # which the migration wants to drop
    before = structure(engine)
    with pytest.raises(CrackScannerError, match="ix_frames_stamp_ns") as caught:
        existing_database(old)
    assert "\n" not in str(caught.value)
    assert structure(engine) == before
    assert version_of(old) == "0001"
    engine.dispose()


def test_several_may_open_an_old_database_at_once(old: DatabaseAddress) -> None:
    with ThreadPoolExecutor(4) as pool:
        for engine in pool.map(existing_database, [old] * 4):
            engine.dispose()
    assert version_of(old) == VERSION


def test_several_robots_may_begin_on_an_empty_server_at_once(postgresql: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for engine in pool.map(new_database, [database_server(postgresql)] * 4):
            engine.dispose()
    assert version_of(database_server(postgresql)) == VERSION


def test_a_newer_database_is_refused_in_one_line(address: DatabaseAddress) -> None:
    engine = new_database(address)
    with engine.begin() as connection:
        connection.execute(update(VERSION_TABLE).values(version_num="9999"))
    engine.dispose()
    with pytest.raises(CrackScannerError, match=f"schema version 9999.* up to {VERSION}") as caught:
        existing_database(address)
    assert "\n" not in str(caught.value)


def test_tables_of_another_program_are_not_touched(address: DatabaseAddress) -> None:
    engine = new_database(address)
    with engine.begin() as connection:
        connection.execute(delete(VERSION_TABLE))
        VERSION_TABLE.drop(connection)
    engine.dispose()
    with pytest.raises(CrackScannerError, match="of another program"):
        new_database(address)


def test_neither_a_new_nor_a_current_database_loads_alembic(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from crack_scanner.storage.database import existing_database, new_database\n"
        "from crack_scanner.storage.database_address import database_file\n"
        "place = database_file(Path(sys.argv[1]))\n"
        "new_database(place); existing_database(place)\n"
        "sys.exit('alembic' in sys.modules or 'psycopg' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "a.db")], check=True)


def test_a_cell_of_any_layout_is_read_by_the_names_of_its_fields() -> None:
    stored = np.zeros(2, [("later", "<f8"), ("looks", "<u2"), ("camera", "<f2", (3,))])
    stored["looks"], stored["camera"][1] = (3, 7), (1, 2, 3)
    cells = np.frombuffer(cells_in_layout(stored.tobytes(), layout_of(stored.dtype)), CELL)
    assert cells["looks"].tolist() == [3, 7]
    assert cells["camera"][1].tolist() == [1, 2, 3]
    assert not cells["state"].any()
    assert cells_in_layout(cells.tobytes(), layout_of(CELL)) == cells.tobytes()
