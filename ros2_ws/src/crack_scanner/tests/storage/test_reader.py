"""Somebody looks into the database while the scan ends."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import ScanProgress, SessionInfo


def test_a_reader_does_not_hold_up_the_end_of_a_session(tmp_path: Path) -> None:
    settings = ScanSettings()
    info = SessionInfo("s", "test", settings.surface, "0", "m", "0" * 64, settings={"cell_size": 0.01})
    store = ScanStore.create(tmp_path / "s", info)
    with closing(sqlite3.connect(tmp_path / "s" / "scan.db")) as reader:
        assert reader.execute("select count(*) from sessions").fetchone() == (1,)
        store.save(CrackMap(settings.surface, settings), ScanProgress(frames=7, complete=True))
        store.close()
    assert ScanStore.open(tmp_path / "s").record().progress.frames == 7
