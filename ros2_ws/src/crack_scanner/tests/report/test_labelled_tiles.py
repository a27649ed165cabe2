"""Tiles of what was reviewed, for training."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.mapping.crack import BestPicture
from crack_scanner.report.labelled_tiles import labelled_tiles, session_key, write_tiles
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.verdict import ADDED, CONFIRMED, REJECTED, Verdict
from crack_scanner.training.dataset import list_tiles
from tests.review.sample_review import photo_of
from tests.storage.sample_session import SampleSession

AT_NS = 1_700_000_100_000_000_000


@pytest.fixture
def record(sample: SampleSession) -> SessionRecord:
    """The sample with a photo of each crack."""
    cracks = tuple(replace(crack, picture=BestPicture(1, 1.0)) for crack in sample.record.cracks)
    return replace(sample.record, cracks=cracks, photos={crack.id: photo_of(crack) for crack in cracks})


def reviewed(record: SessionRecord, *said: Verdict) -> SessionRecord:
    return replace(record, verdicts=said)


def rows(folder: Path, record: SessionRecord) -> Sequence[dict[str, str]]:
    with (folder / "origins" / f"{session_key(record)}.csv").open() as file:
        return list(csv.DictReader(file))


def test_train_takes_the_folder_and_tiles_of_a_crack_stay_together(
    record: SessionRecord, tmp_path: Path
) -> None:
    said = (Verdict("1", REJECTED, "ann", AT_NS), Verdict("2", CONFIRMED, "ann", AT_NS))
    counts = write_tiles(reviewed(record, *said), tmp_path)
    files = list_tiles(tmp_path)
    assert len(files) == counts.positive + counts.negative
    assert min(counts.positive, counts.negative) > 0
    assert {file.group for file in files} == {f"{session_key(record)}-1", f"{session_key(record)}-2"}
    assert {cv2.imread(str(file.path)).shape for file in files} == {(227, 227, 3)}


def test_a_tile_shows_the_line_and_can_be_traced(record: SessionRecord, tmp_path: Path) -> None:
    one = reviewed(record, Verdict("1", CONFIRMED, "ann", AT_NS))
    tiles = list(labelled_tiles(one))
    assert all(tile.pixels[60:-60, 60:-60].min() < 90 for tile in tiles)
    write_tiles(one, tmp_path)
    for row, tile in zip(rows(tmp_path, record), tiles, strict=True):
        assert (tmp_path / row["file"]).is_file()
        assert (row["finding"], row["verdict"], row["reviewer"]) == ("1", "confirmed", "ann")
        assert (float(row["x"]), float(row["y"])) == (tile.x, tile.y)
        layout = record.photos[1].layout
        assert layout is not None
        middle = layout.to_pixels(np.array([[float(row["u_m"]), float(row["v_m"])]]))
        assert middle[0] == pytest.approx([tile.x + 113, tile.y + 113], abs=0.1)


def test_what_was_taken_for_a_crack_shows_no_other_crack(record: SessionRecord) -> None:
    first, second = record.cracks
    beside = replace(second, path=np.add(first.path, [0.0, 0.01]))
    both = replace(record, cracks=(first, beside))
    rejected = Verdict("1", REJECTED, "ann", AT_NS)
    assert list(labelled_tiles(reviewed(both, rejected))) == []
    assert list(labelled_tiles(reviewed(both, rejected, Verdict("2", REJECTED, "ann", AT_NS))))


@pytest.mark.parametrize(
    "said",
    [
        [],
        [Verdict("1", CONFIRMED, "ann", AT_NS), Verdict("1", REJECTED, "bob", AT_NS)],
        [Verdict("1", CONFIRMED, "ann", AT_NS, judged=((0.0, 0.0), (0.1, 0.0)))],
        [Verdict("M1", ADDED, "ann", AT_NS, path=((0.2, 0.2), (0.6, 0.2)))],
    ],
    ids=["nobody", "disputed", "drawn anew since", "not on a photo"],
)
def test_what_is_not_sure_gives_no_tile(record: SessionRecord, said: list[Verdict]) -> None:
    assert list(labelled_tiles(reviewed(record, *said))) == []


def test_a_crack_added_on_a_photo_gives_tiles_of_that_photo(record: SessionRecord) -> None:
    added = Verdict("M1", ADDED, "ann", AT_NS, path=((0.3, 0.6), (0.9, 0.6)), photo=1)
    place = Verdict("M2", ADDED, "ann", AT_NS, path=((0.5, 0.5),), photo=1)
    tiles = list(labelled_tiles(reviewed(record, added, place)))
    assert {tile.finding.name for tile in tiles} == {"M1", "M2"}
    assert {tile.photo for tile in tiles} == {1}
    assert sum(tile.finding.name == "M2" for tile in tiles) == 1


def test_sessions_that_differ_in_nothing_but_when_they_were_begun_keep_their_tiles_apart(
    record: SessionRecord, sample: SampleSession, tmp_path: Path
) -> None:
    confirmed = Verdict("1", CONFIRMED, "ann", AT_NS)
    for place in ("a", "b"):
        store = ScanStore.create(tmp_path / place, sample.record.info)
        store.save(sample.crack_map, sample.record.progress)
        store.close()
    infos = [ScanStore.open(tmp_path / place).info() for place in ("a", "b", "b")]
    sessions = [replace(record, info=info) for info in infos]
    for session in sessions:
        write_tiles(reviewed(session, confirmed), tmp_path / "tiles")
    assert len(list((tmp_path / "tiles" / "origins").iterdir())) == 2
    assert session_key(sessions[1]) == session_key(sessions[2])
    write_tiles(reviewed(sessions[0]), tmp_path / "tiles")
    assert rows(tmp_path / "tiles", sessions[0]) == []
    for row in rows(tmp_path / "tiles", sessions[1]):
        assert (tmp_path / "tiles" / row["file"]).is_file()


def test_tiles_of_other_sessions_stay_and_those_of_a_verdict_taken_back_go(
    record: SessionRecord, tmp_path: Path
) -> None:
    confirmed = Verdict("1", CONFIRMED, "ann", AT_NS)
    other = replace(record, info=replace(record.info, name="../<wall> 8"))
    write_tiles(reviewed(other, confirmed), tmp_path)
    theirs = set((tmp_path / "Positive").iterdir())
    assert theirs
    write_tiles(reviewed(record, confirmed), tmp_path)
    assert len(list((tmp_path / "Positive").iterdir())) == 2 * len(theirs)
    write_tiles(reviewed(record), tmp_path)
    assert set((tmp_path / "Positive").iterdir()) == theirs
    assert rows(tmp_path, record) == []
