"""Damaged databases: one clear line, and what can be read is put aside."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.salvage import RECOVERED
from crack_scanner.storage.scan_store import ScanStore, can_be_resumed
from crack_scanner.storage.session_folder import DATABASE
from tests.storage.sample_session import SampleSession

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path, sample: SampleSession) -> Path:
    """The database of a finished session."""
    store = ScanStore.create(tmp_path, sample.record.info)
    store.save(sample.crack_map, sample.record.progress)
    store.close()
    return tmp_path / DATABASE


def page_of(path: Path, name: str) -> int:
    """The first page of a table or index, from 1."""
    with closing(sqlite3.connect(path)) as connection:
        page: int = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", [name]
        ).fetchone()[0]
    return page


def damage(path: Path, page: int) -> None:
    """Overwrite a page."""
    content = bytearray(path.read_bytes())
    content[(page - 1) * PAGE : page * PAGE] = bytes(range(256)) * (PAGE // 256)
    path.write_bytes(bytes(content))


def complaint(folder: Path) -> str:
    with pytest.raises(CrackScannerError) as caught:
        ScanStore.open(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_can_be_read_is_a_session_of_its_own(path: Path, sample: SampleSession) -> None:
    damage(path, page_of(path, "frames"))
    before = path.read_bytes()
    said = complaint(path.parent)
    assert "damaged" in said
    assert str(path.parent / RECOVERED) in said
    assert path.read_bytes() == before
    record = ScanStore.open(path.parent / RECOVERED).record()
    assert record.progress == sample.record.progress
    assert [crack.id for crack in record.cracks] == [crack.id for crack in sample.record.cracks]
    assert record.coverage.gaps == sample.record.coverage.gaps


def test_a_crack_without_its_line_is_not_kept(path: Path) -> None:
    damage(path, page_of(path, "crack_points"))
    assert " 0 cracks" in complaint(path.parent)
    assert ScanStore.open(path.parent / RECOVERED).record().cracks == ()


def test_rows_on_both_sides_of_the_damage_are_kept(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        blocks = connection.execute("SELECT count(*) FROM grid_blocks").fetchone()[0]
        # The blocks' cells lie on pages of their own behind the rows; those of one are spoilt.
        connection.execute("UPDATE grid_blocks SET cells = x'00' WHERE rowid = 2")
        connection.commit()
    damage(path, page_of(path, "frames"))
    assert f"{blocks - 1} blocks" in complaint(path.parent)


def test_a_log_that_was_not_folded_in_yet_counts(tmp_path: Path, sample: SampleSession) -> None:
    running = ScanStore.create(tmp_path / "a", sample.record.info)
    running.save(sample.crack_map, sample.record.progress)
    shutil.copytree(tmp_path / "a", tmp_path / "b")  # as a killed process leaves it
    running.close()
    assert (tmp_path / "b" / f"{DATABASE}-wal").exists()
    assert can_be_resumed(tmp_path / "b")
    assert len(ScanStore.open(tmp_path / "b").record().cracks) == 2


def test_it_is_put_aside_once(path: Path) -> None:
    damage(path, page_of(path, "frames"))
    complaint(path.parent)
    kept = (path.parent / RECOVERED / DATABASE).read_bytes()
    assert "already" in complaint(path.parent)
    assert (path.parent / RECOVERED / DATABASE).read_bytes() == kept


def test_each_damage_has_a_folder_of_its_own(path: Path, sample: SampleSession) -> None:
    """A session that was begun in place of a damaged one may be damaged too."""
    damage(path, page_of(path, "frames"))
    complaint(path.parent)
    info = replace(sample.record.info, name="another")
    store = ScanStore.create(path.parent, info, overwrite=True)
    store.save(sample.crack_map, sample.record.progress)
    store.close()
    damage(path, page_of(path, "frames"))
    second = path.parent / f"{RECOVERED}-2"
    assert f"is now in {second}" in complaint(path.parent)
    assert f"in {second} already" in complaint(path.parent)
    assert ScanStore.open(second).info().name == "another"


def test_a_file_of_which_nothing_can_be_read_is_one_line(path: Path) -> None:
    path.write_bytes(b"no database at all " * 1000)
    said = complaint(path.parent)
    assert "not a database" in said
    assert "restore it from a copy" in said
    assert not (path.parent / RECOVERED).exists()


@pytest.mark.parametrize("content", [b"", None])
def test_a_process_that_ended_before_it_stored_anything_leaves_nothing_to_resume(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is None:
        with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    else:
        (tmp_path / DATABASE).write_bytes(content)
    assert not can_be_resumed(tmp_path)


def test_a_session_whose_database_is_damaged_is_there_all_the_same(path: Path) -> None:
    path.write_bytes(b"no database at all " * 1000)
    assert can_be_resumed(path.parent)
