"""Several robots that keep their sessions in one PostgreSQL database."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.storage.database_address import database_server
from crack_scanner.storage.scan_store import ScanStore, can_be_resumed, open_stored
from crack_scanner.storage.session import ScanProgress
from crack_scanner.storage.session_folder import POINTER, FolderLock, prepare_folder, stored_at
from tests.storage.sample_session import SETTINGS, SampleSession, sample_info

PACKAGE_ROOT = Path(__file__).parents[2]


def test_sessions_in_one_database_do_not_touch_each_other(
    tmp_path: Path, sample: SampleSession, postgresql: str
) -> None:
    first = ScanStore.create(tmp_path / "a", sample_info("first"), database=postgresql)
    second = ScanStore.create(tmp_path / "b", sample_info("second"), database=postgresql)
    first.save(sample.crack_map, sample.record.progress)
    second.save(CrackMap(sample.record.info.surface, SETTINGS), ScanProgress(frames=7))
    back = [ScanStore.open(tmp_path / name).record() for name in ("a", "b")]
    assert [record.info.name for record in back] == ["first", "second"]
    assert [len(record.cracks) for record in back] == [2, 0]
    assert [record.progress.frames for record in back] == [sample.record.progress.frames, 7]


def test_robots_write_at_the_same_time(tmp_path: Path, postgresql: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)}
    robots = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.storage.endless_scan", str(tmp_path / name), postgresql],
            cwd=PACKAGE_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    for robot in robots:
        assert robot.stdout is not None
        for _ in range(10):
            next(robot.stdout)
    for robot in robots:
        robot.send_signal(signal.SIGKILL)
        robot.communicate()
    records = [ScanStore.open(tmp_path / name).record() for name in ("a", "b", "c")]
    assert all(record.progress.frames >= 10 and record.cracks for record in records)


def test_a_server_that_hangs_up_between_two_saves_is_called_again(
    tmp_path: Path, sample: SampleSession, postgresql: str
) -> None:
    store = ScanStore.create(tmp_path, sample.record.info, database=postgresql)
    store.save(CrackMap(sample.record.info.surface, SETTINGS), ScanProgress(frames=1))
    with psycopg.connect(postgresql.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    store.save(sample.crack_map, sample.record.progress)
    assert len(ScanStore.open(tmp_path).record().cracks) == 2


class AwayServer:
    """A server that nobody can reach, until it has been tried `attempts` times."""

    def __init__(self, url: str, attempts: int) -> None:
        self._socket = Path(url.split("host=")[1]) / ".s.PGSQL.5432"
        self._hidden = self._socket.with_name("hidden")
        self._attempts = attempts
        self.asked: list[str] = []
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
            query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            other.execute(query)
        self._socket.rename(self._hidden)

    def back(self) -> None:
        if self._hidden.exists():
            self._hidden.rename(self._socket)

    def patience(self, attempt: int, reason: str) -> bool:
        """Wait for it."""
        self.asked.append(reason)
        assert attempt == len(self.asked)
        if attempt == self._attempts:
            self.back()
        return attempt < 5


@pytest.mark.parametrize(("attempts", "saved"), [(3, True), (9, False)])
def test_a_server_that_is_away_for_a_while_is_waited_for(
    tmp_path: Path, sample: SampleSession, postgresql: str, attempts: int, saved: bool
) -> None:
    away: list[AwayServer] = []
    store = ScanStore.create(
        tmp_path,
        sample.record.info,
        database=postgresql,
        patience=lambda attempt, reason: away[0].patience(attempt, reason),
    )
    store.save(CrackMap(sample.record.info.surface, SETTINGS), ScanProgress(frames=1))
    away.append(AwayServer(postgresql, attempts))
    try:
        if saved:
            store.save(sample.crack_map, sample.record.progress)
        else:
            with pytest.raises(CrackScannerError, match="check the server"):
                store.save(sample.crack_map, sample.record.progress)
    finally:
        away[0].back()
    assert len(away[0].asked) == min(attempts, 5)
    assert len(ScanStore.open(tmp_path).record().cracks) == (2 if saved else 0)


def test_the_folder_says_where_the_session_is_but_no_password(tmp_path: Path, postgresql: str) -> None:
    with_password = postgresql.replace("crack_scanner@", "crack_scanner:secret@")
    ScanStore.create(tmp_path, sample_info(), database=with_password).close()
    note = (tmp_path / POINTER).read_text()
    assert json.loads(note)["session"] == 1
    assert "secret" not in note
    assert "***" not in note
    assert stored_at(tmp_path, with_password)[0].url.password == "secret"


def test_a_session_is_found_by_its_number(tmp_path: Path, postgresql: str) -> None:
    for name in ("first", "second"):
        ScanStore.create(tmp_path / name, sample_info(name), database=postgresql).close()
    assert open_stored(f"{postgresql}#1").info().name == "first"
    with pytest.raises(CrackScannerError, match="expected URL#NUMBER"):
        open_stored(f"{postgresql}#first")
    place = database_server(postgresql)
    assert ScanStore.of_database(place, 1).info().name == "first"
    assert ScanStore.of_database(place).info().name == "second"
    with pytest.raises(CrackScannerError, match="no session 3; expected one of 1 to 2"):
        ScanStore.of_database(place, 3)


def test_an_unreachable_server_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match=r"database postgresql.*/nowhere.*check the server") as caught:
        ScanStore.create(
            tmp_path, sample_info(), database=f"postgresql://me:secret@/nowhere?host={tmp_path}/none"
        )
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not can_be_resumed(tmp_path)


@pytest.mark.parametrize("url", ["nonsense", "mysql://a/b", "postgresql://host", "sqlite:///a.db"])
def test_any_other_url_is_one_line(tmp_path: Path, url: str) -> None:
    with pytest.raises(CrackScannerError, match=r"expected postgresql://USER@HOST/DATABASE"):
        ScanStore.create(tmp_path / "s", sample_info(), database=url)
    assert not (tmp_path / "s").exists()


def test_an_unreadable_note_is_one_line(tmp_path: Path) -> None:
    (tmp_path / POINTER).write_text("{}")
    with pytest.raises(CrackScannerError, match=r"database\.json cannot be read"):
        ScanStore.open(tmp_path)


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/db", "postgresql://u@h/db?password=secret&port=5"])
def test_no_way_to_give_a_password_lets_it_be_seen(url: str) -> None:
    address = database_server(url)
    assert "secret" not in address.without_password + str(address)


def test_one_process_at_a_time_writes_into_a_folder(
    tmp_path: Path, sample: SampleSession, database: str
) -> None:
    store = ScanStore.create(tmp_path, sample.record.info, database=database)
    store.save(sample.crack_map, sample.record.progress)
    with pytest.raises(CrackScannerError, match="another process is writing"):
        prepare_folder(tmp_path, overwrite=True)
    with pytest.raises(CrackScannerError, match="another process is writing"):
        ScanStore.open(tmp_path).resume(CrackMap(sample.record.info.surface, SETTINGS))
    store.save(sample.crack_map, replace(sample.record.progress, frames=1000))
    store.close()
    FolderLock(tmp_path).release()
    assert ScanStore.open(tmp_path).record().progress.frames == 1000
