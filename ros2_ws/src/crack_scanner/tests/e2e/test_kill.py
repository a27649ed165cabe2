"""A scan that is killed again and again, at any moment, and resumed each time."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import shapely

from crack_scanner.mapping.crack_identity import assign
from crack_scanner.storage.scan_store import ScanStore

WALL = ("--seed", 3, "--wall-width", 3.2, "--wall-height", 0.5, "--tiles-only")
FRAMES = 245
# More of them: CRACK_SCANNER_KILLS=50
KILLS = int(os.environ.get("CRACK_SCANNER_KILLS", "3"))
_STEP_S = 0.02
# Metres: a few cells, as what has been learnt of the odometry's drift is learnt again after each kill.
_BESIDE = 0.03
_PATIENCE_S = 120


def look(database: Path) -> tuple[int, set[int]]:
    """Frames in the map, and numbers of the confirmed cracks, as another process can read them now."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            frames = connection.execute("select count(*) from frames").fetchone()[0]
            return frames, {row[0] for row in connection.execute("select number from cracks where not faded")}
    except sqlite3.OperationalError:
        return 0, set()


def kill_later(process: subprocess.Popen[str], database: Path, frames: int, delay: float) -> set[int]:
    """Kill a scan once it has stored so many frames more, or has ended; returns what was confirmed then."""
    start, confirmed = look(database)
    for _ in range(int(_PATIENCE_S / _STEP_S)):
        now, confirmed = look(database)
        if now - start >= frames or process.poll() is not None:
            break
        _wait(process, _STEP_S)
    _wait(process, delay)
    _, confirmed = look(database)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return confirmed


def _wait(process: subprocess.Popen[str], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def check_whole(folder: Path, confirmed: set[int]) -> None:
    """The database is sound and knows every crack that was confirmed."""
    database = folder / "scan.db"
    if not database.exists() or not look(database)[0]:
        assert not confirmed
        return
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        rows = connection.execute("select number, joined from cracks").fetchall()
        stamps = Counter(row[0] for row in connection.execute("select stamp_ns from frames"))
    assert confirmed <= {row[0] for row in rows} | {number for row in rows for number in json.loads(row[1])}
    assert max(stamps.values()) == 1


def without_doubles(folder: Path) -> bool:
    """Whether no crack of the map is drawn twice."""
    cracks = ScanStore.open(folder).record().cracks
    for crack in cracks:
        others = [other.path for other in cracks if other.id != crack.id]
        if any(number is not None for number in assign({crack.id: crack.path}, others).ids):
            return False
    return True


def lines(folder: Path) -> shapely.MultiLineString:
    """All cracks of a session, metres on the surface."""
    content = json.loads((folder / "cracks.geojson").read_text())
    return shapely.MultiLineString([feature["geometry"]["coordinates"] for feature in content["features"]])


def common(first: shapely.MultiLineString, second: shapely.MultiLineString) -> float:
    """Share of the first that runs along the second."""
    return float(first.intersection(second.buffer(_BESIDE)).length / first.length)


@pytest.mark.timeout(60 + 60 * KILLS)
def test_nothing_confirmed_is_lost_and_nothing_is_there_twice(
    tmp_path: Path, crack_scanner: Any, started: Any
) -> None:
    chance = random.Random(KILLS)
    folder, ever_confirmed = tmp_path / "killed", set[int]()
    for _ in range(KILLS):
        process = started("scan", *WALL, "--out", folder, "--resume", "--json")
        frames = chance.choice((0, 1, chance.randrange(max(2 * FRAMES // KILLS, 2))))
        confirmed = kill_later(process, folder / "scan.db", frames, chance.uniform(0, 0.5))
        check_whole(folder, confirmed | ever_confirmed)
        ever_confirmed |= confirmed
    end = crack_scanner("scan", *WALL, "--out", folder, "--resume", "--json")
    whole = crack_scanner("scan", *WALL, "--out", tmp_path / "whole", "--json")
    assert (end.code, end.result["complete"]) == (0, True), end.err
    for name in ("frames", "frames_scored", "frames_dropped", "tiles"):
        assert end.result[name] == whole.result[name], name
    check_whole(folder, ever_confirmed)
    assert without_doubles(folder)
    killed, unbroken = lines(folder), lines(tmp_path / "whole")
    assert min(common(killed, unbroken), common(unbroken, killed)) > 0.95


def test_another_scan_is_not_resumed_in_its_place(tmp_path: Path, crack_scanner: Any) -> None:
    short = (
        "--wall-width",
        0.9,
        "--wall-height",
        0.5,
        "--duration",
        1,
        "--tiles-only",
        "--out",
        tmp_path / "s",
    )
    assert crack_scanner("scan", "--seed", 1, *short).code == 0
    other = crack_scanner("scan", "--seed", 2, *short, "--resume")
    assert other.code == 1
    assert "begun with seed 1 and cannot be resumed with seed 2" in other.errors[0]
