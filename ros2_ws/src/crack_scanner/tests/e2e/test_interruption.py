"""A scan that is broken off, gently or not."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crack_scanner.storage.scan_store import ScanStore
from tests.sources.picture_stream import served, stream

WALL = ("--seed", 1, "--wall-width", 1.6, "--wall-height", 0.7)
_PATIENCE_S = 120


def confirmed(database: Path) -> set[int]:
    """Numbers of the cracks that any other process can read in the database now."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return {row[0] for row in connection.execute("select number from cracks where not faded")}
    except sqlite3.OperationalError:
        return set()


@pytest.fixture
def scanning(tmp_path: Path, started: Any) -> subprocess.Popen[str]:
    """A scan into `tmp_path/out` that has confirmed its first crack."""
    process: subprocess.Popen[str] = started("scan", *WALL, "--out", tmp_path / "out", "--json")
    for _ in range(_PATIENCE_S * 20):
        if confirmed(tmp_path / "out" / "scan.db") or process.poll() is not None:
            break
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    assert process.poll() is None, "the scan ended before it had confirmed anything"
    return process


def test_what_was_confirmed_survives_a_kill(tmp_path: Path, scanning: subprocess.Popen[str]) -> None:
    before = confirmed(tmp_path / "out" / "scan.db")
    scanning.kill()
    scanning.wait(_PATIENCE_S)
    store = ScanStore.open(tmp_path / "out")
    record = store.record()
    store.close()
    assert before <= {crack.id for crack in record.cracks} | {
        i for crack in record.cracks for i in crack.joined
    }
    assert not record.progress.complete
    assert not (tmp_path / "out" / "summary.json").exists()


def test_ctrl_c_saves_an_honest_unfinished_session(tmp_path: Path, scanning: subprocess.Popen[str]) -> None:
    scanning.send_signal(signal.SIGINT)
    out, err = scanning.communicate(timeout=_PATIENCE_S)
    assert scanning.returncode == 130, err
    assert "Traceback" not in err
    summary = json.loads(out)
    assert summary == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert not summary["complete"]
    assert summary["cracks"] >= 1
    assert "interrupted" in (tmp_path / "out" / "report.html").read_text()


def test_a_camera_that_goes_away_leaves_an_unfinished_session(tmp_path: Path, crack_scanner: Any) -> None:
    with served(stream(6)) as url:
        done = crack_scanner("scan", "--source", url, "--out", tmp_path / "out", "--tiles-only", "--json")
    assert done.code == 1
    assert len(done.errors) == 1
    assert f"{url} gives no more pictures" in done.errors[0]
    assert "Traceback" not in done.err
    summary = json.loads(done.out)
    assert summary == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert not summary["complete"]
    assert summary["frames"] >= 1
