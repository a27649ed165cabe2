"""The database of a session."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.storage import scan_store
from crack_scanner.storage.engines import make_engine
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import ScanProgress
from crack_scanner.storage.session_folder import DATABASE, FolderLock, stored_at
from crack_scanner.surface.footprint import FrameView
from crack_scanner.vision.crack_photo import from_jpeg, photo_of
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.sightings import FrameCracks
from tests.mapping.tile_model import sightings
from tests.storage.sample_session import CRACKS, SCAN, SETTINGS, SampleSession, sample_info

PACKAGE_ROOT = Path(__file__).parents[2]


def same(first: Crack, second: Crack) -> bool:
    fields = {**first.__dict__, "path": None}, {**second.__dict__, "path": None}
    return fields[0] == fields[1] and np.array_equal(first.path, second.path)


def stored(folder: Path, sample: SampleSession, database: str = "") -> None:
    store = ScanStore.create(folder, sample.record.info, database=database)
    store.save(sample.crack_map, sample.record.progress)
    store.close()


def changed_by_others(folder: Path, *statements: str) -> None:
    """Run SQL past the store."""
    engine = make_engine(stored_at(folder)[0])
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What the database holds, read past the store."""
    engine = make_engine(stored_at(folder)[0])
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def test_a_session_comes_back_as_it_was(tmp_path: Path, sample: SampleSession, database: str) -> None:
    stored(tmp_path, sample, database)
    back = ScanStore.open(tmp_path).record()
    assert back.progress == sample.record.progress
    assert back.info.settings == sample.record.info.settings
    assert back.info.model_sha256 == sample.record.info.model_sha256
    assert all(map(same, back.cracks, sample.record.cracks))
    assert len(back.cracks) == 2
    np.testing.assert_array_equal(back.coverage.states, sample.record.coverage.states)
    assert back.coverage.gaps == sample.record.coverage.gaps


def test_a_closed_session_is_one_file(tmp_path: Path, sample: SampleSession) -> None:
    stored(tmp_path, sample)
    assert [path.name for path in tmp_path.iterdir()] == [DATABASE]


def test_who_comes_too_late_leaves_the_database_of_who_came_first(
    tmp_path: Path, sample: SampleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other begins between this one's look into the folder and its removal of what is there."""
    others: list[ScanStore] = []
    prepare = scan_store.prepare_folder

    def prepared(folder: Path, overwrite: bool) -> FolderLock:
        lock = prepare(folder, overwrite)
        if not others:
            monkeypatch.setattr(scan_store, "prepare_folder", prepare)
            with pytest.raises(CrackScannerError, match="another process is writing"):
                others.append(ScanStore.create(folder, sample.record.info, overwrite=True))
        return lock

    monkeypatch.setattr(scan_store, "prepare_folder", prepared)
    store = ScanStore.create(tmp_path, sample.record.info)
    store.save(sample.crack_map, sample.record.progress)
    store.close()
    assert len(ScanStore.open(tmp_path).record().cracks) == 2


def test_a_store_that_cannot_be_closed_lets_others_write(
    tmp_path: Path, sample: SampleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ScanStore.create(tmp_path, sample.record.info)

    def failing(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(scan_store, "close", failing)
    with pytest.raises(CrackScannerError, match="disk I/O error"):
        store.close()
    FolderLock(tmp_path).release()


def test_a_session_can_be_read_while_it_is_scanned(
    tmp_path: Path, sample: SampleSession, database: str
) -> None:
    writer = ScanStore.create(tmp_path, sample.record.info, database=database)
    writer.save(sample.crack_map, sample.record.progress)
    reader = ScanStore.open(tmp_path)
    assert len(reader.record().cracks) == 2
    reader.close()
    writer.save(sample.crack_map, replace(sample.record.progress, frames=1000))
    assert ScanStore.open(tmp_path).record().progress.frames == 1000


def test_only_what_changed_is_written_again(tmp_path: Path, sample: SampleSession, database: str) -> None:
    store = ScanStore.create(tmp_path, sample.record.info, database=database)
    store.save(sample.crack_map, sample.record.progress)
    changed_by_others(
        tmp_path,
        "UPDATE cracks SET probability = -1",
        "DELETE FROM crack_points",
        'DELETE FROM grid_blocks WHERE "row" > 0',
    )
    blocks = rows(tmp_path, "SELECT count(*) FROM grid_blocks")
    store.save(sample.crack_map, sample.record.progress)
    assert rows(tmp_path, "SELECT DISTINCT probability FROM cracks") == [(-1.0,)]
    assert rows(tmp_path, "SELECT count(*) FROM crack_points") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM grid_blocks") == blocks


def test_the_track_is_kept_once_a_picture(tmp_path: Path, database: str) -> None:
    crack_map = CrackMap(SCAN.surface, SETTINGS)
    store = ScanStore.create(tmp_path, sample_info(), database=database)
    stamps = []
    for view, scores in SCAN.looks(CRACKS):
        stamps.append(scores.stamp_ns)
        if crack_map.update(view, scores):
            store.save(crack_map, ScanProgress())
    store.save(crack_map, ScanProgress())
    track = rows(tmp_path, "SELECT stamp_ns, distance FROM frames ORDER BY stamp_ns")
    assert [stamp for stamp, _ in track] == stamps
    assert track[0][1] == pytest.approx(0.6)


def test_a_session_taken_up_again_ends_like_one_that_was_never_broken_off(
    tmp_path: Path, database: str
) -> None:
    looks = list(SCAN.looks(CRACKS))
    half = len(looks) // 2
    whole = CrackMap(SCAN.surface, SETTINGS)
    for view, scores in looks:
        whole.update(view, scores)
    whole.extract()

    store = ScanStore.create(tmp_path, sample_info(), database=database)
    first = CrackMap(SCAN.surface, SETTINGS)
    for view, scores in looks[:half]:
        first.update(view, scores)
    store.save(first, ScanProgress(last_stamp_ns=looks[half - 1][1].stamp_ns))
    store.close()

    again = ScanStore.open(tmp_path)
    second = CrackMap(SCAN.surface, SETTINGS)
    progress = again.resume(second)
    assert progress.last_stamp_ns == looks[half - 1][1].stamp_ns
    for view, scores in looks:  # the source begins from its start: what is known already is passed over
        if second.update(view, scores):
            again.save(second, ScanProgress())
    second.extract()
    assert [crack.id for crack in second.cracks] == [crack.id for crack in whole.cracks]
    for resumed, unbroken in zip(second.cracks, whole.cracks, strict=True):
        np.testing.assert_allclose(resumed.path, unbroken.path)
        assert resumed.first_seen_ns == unbroken.first_seen_ns


@pytest.mark.parametrize("saves", [1, 7, 30])
def test_a_killed_scan_leaves_an_open_able_database_with_all_that_was_confirmed(
    tmp_path: Path, saves: int, database: str
) -> None:
    command = [sys.executable, "-m", "tests.storage.endless_scan", str(tmp_path), database]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)}
    with subprocess.Popen(
        command, cwd=PACKAGE_ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as scan:
        assert scan.stdout is not None
        said = [next(scan.stdout) for _ in range(saves)]
        scan.send_signal(signal.SIGKILL)
        said += scan.stdout.readlines()  # what it managed to say before it died
    number, *ids = said[-1].split()
    store = ScanStore.open(tmp_path)
    record = store.record()
    assert record.progress.frames >= int(number)
    assert not record.progress.complete
    restored = CrackMap(SCAN.surface, SETTINGS)
    store.resume(restored)
    known = {crack.id for crack in (*restored.cracks, *restored.faded)}
    known |= {i for crack in restored.cracks for i in crack.joined}
    assert {int(i) for i in ids} <= known
    if record.progress.frames == int(number):
        assert {crack.id for crack in record.cracks} == {int(i) for i in ids}


def test_a_second_session_in_the_folder_is_refused_and_the_first_is_unharmed(
    tmp_path: Path, sample: SampleSession, database: str
) -> None:
    stored(tmp_path, sample, database)
    with pytest.raises(CrackScannerError, match="already holds a session"):
        ScanStore.create(tmp_path, sample_info("other"), database=database)
    assert ScanStore.open(tmp_path).record().info.name == sample.record.info.name
    ScanStore.create(tmp_path, sample_info("other"), overwrite=True, database=database)
    assert ScanStore.open(tmp_path).record().info.name == "other"


def test_names_are_data_not_sql(tmp_path: Path, database: str) -> None:
    name = "x'); DROP TABLE sessions; --"
    ScanStore.create(tmp_path, sample_info(name), database=database).close()
    assert ScanStore.open(tmp_path).record().info.name == name


def test_a_folder_without_a_session_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match=r"scan\.db is not there"):
        ScanStore.open(tmp_path)


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"not a database, but long enough to be looked at" * 50)
    with pytest.raises(CrackScannerError, match="not a database"):
        ScanStore.open(tmp_path)


def test_a_foreign_database_is_one_line(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE) as other:
        other.execute("CREATE TABLE mine (a)")
    with pytest.raises(CrackScannerError, match="not of a crack_scanner session"):
        ScanStore.open(tmp_path)


def test_a_damaged_database_is_one_line(tmp_path: Path, sample: SampleSession) -> None:
    stored(tmp_path, sample)
    path = tmp_path / DATABASE
    content = bytearray(path.read_bytes())
    content[4096 : len(content) // 2] = os.urandom(len(content) // 2 - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(CrackScannerError, match=r"damaged|not a database|malformed") as caught:
        ScanStore.open(tmp_path).record()
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_one_line_and_what_was_saved_stays(tmp_path: Path, sample: SampleSession) -> None:
    store = ScanStore.create(tmp_path, sample.record.info)
    store.save(CrackMap(SCAN.surface, SETTINGS), ScanProgress(frames=7))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (110_000, before[1]))
        with pytest.raises(CrackScannerError, match=r"scan\.db: .*") as caught:
            store.save(sample.crack_map, sample.record.progress)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "\n" not in str(caught.value)
    assert ScanStore.open(tmp_path).record().progress.frames == 7


def with_pictures(scores: TileScores, view: FrameView) -> TileScores:
    """A frame with the cracks' lines and photos, as a segmenter that misses nothing sees them."""
    picture = np.full((720, 1280, 3), 90, np.uint8)
    lines = tuple(
        replace(line, photo=photo_of(picture, line.widths)) for line in sightings(view, CRACKS).sightings
    )
    return replace(scores, cracks=FrameCracks(lines, "1" * 12))


def scanned(folder: Path, database: str) -> tuple[CrackMap, ScanStore]:
    store = ScanStore.create(folder, sample_info(), database=database)
    crack_map = CrackMap(SCAN.surface, SETTINGS)
    for view, scores in SCAN.looks(CRACKS):
        if crack_map.update(view, with_pictures(scores, view)):
            store.save(crack_map, ScanProgress(last_stamp_ns=scores.stamp_ns))
    crack_map.extract()
    store.save(crack_map, ScanProgress(last_stamp_ns=scores.stamp_ns))
    return crack_map, store


def test_a_map_larger_than_its_memory_is_the_same_map(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, store = scanned(tmp_path / "whole", database)
    store.close()
    monkeypatch.setattr("crack_scanner.storage.scan_store.BLOCKS_IN_MEMORY", 1)
    small, store = scanned(tmp_path / "small", database)
    assert small.grid.in_memory == 1 < len(small.grid)
    assert all(map(same, small.cracks, whole.cracks))
    np.testing.assert_array_equal(small.coverage().states, whole.coverage().states)
    np.testing.assert_array_equal(store.record().coverage.states, whole.coverage().states)
    store.close()
    again = CrackMap(SCAN.surface, SETTINGS)
    ScanStore.open(tmp_path / "small").resume(again)
    assert again.grid.in_memory <= 1
    assert [crack.id for crack in again.cracks] == [crack.id for crack in whole.cracks]


def test_the_best_picture_of_each_crack_is_kept(tmp_path: Path, database: str) -> None:
    crack_map, store = scanned(tmp_path, database)
    record = store.record()
    assert record.photos.keys() == {crack.id for crack in crack_map.cracks}
    for photo in record.photos.values():
        assert photo.context.startswith(b"\xff\xd8")
        assert from_jpeg(photo.close_up) is not None
        assert photo.layout is not None
    assert [crack.picture for crack in record.cracks] == [crack.picture for crack in crack_map.cracks]
    strays = "SELECT number FROM crack_pictures WHERE number NOT IN (SELECT number FROM cracks)"
    assert rows(tmp_path, strays) == []


def test_the_correction_of_odometry_is_taken_up_again(tmp_path: Path, database: str) -> None:
    crack_map, store = scanned(tmp_path, database)
    assert store.record().drift == crack_map.drift
    store.close()
    again = CrackMap(SCAN.surface, SETTINGS)
    ScanStore.open(tmp_path).resume(again)
    assert again.drift == crack_map.drift
    assert again.drift_state() == crack_map.drift_state() != {}
