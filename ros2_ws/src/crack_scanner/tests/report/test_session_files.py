"""All files of a session."""

import csv
import errno
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import BestPicture
from crack_scanner.report.session_export import EXPORT_FORMATS, export_session
from crack_scanner.report.session_files import renew_session, write_session
from crack_scanner.storage import atomic_file, replacing
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session_folder import RESULTS, SUMMARY, TRUTH
from crack_scanner.storage.verdict import REJECTED, Verdict
from tests.report.test_report import unseen
from tests.review.sample_review import photo_of
from tests.storage.sample_session import SampleSession

REJECTION = Verdict("1", REJECTED, "ann", 1_700_000_000_000_000_000)
WITHOUT_TRUTH = [name for name in RESULTS if name != TRUTH]


def test_a_session_ends_with_all_its_files(tmp_path: Path, sample: SampleSession) -> None:
    summary = write_session(tmp_path, sample.record)
    assert {path.name for path in tmp_path.iterdir()} == set(WITHOUT_TRUTH)
    assert json.loads((tmp_path / SUMMARY).read_text()) == summary


def test_no_export_names_a_photo_that_is_not_there(tmp_path: Path, sample: SampleSession) -> None:
    """As of cracks after MOST_PHOTOS, whose photos stay in the database."""
    cracks = tuple(replace(crack, picture=BestPicture(1, 1.0)) for crack in sample.record.cracks)
    photos = {cracks[0].id: photo_of(cracks[0])}
    record = replace(sample.record, cracks=cracks, photos=photos)
    write_session(tmp_path, record)
    export_session(record, "json", tmp_path)
    features = json.loads((tmp_path / "cracks.geojson").read_text())["features"]
    rows = [
        [feature["properties"] for feature in features],
        json.loads((tmp_path / "cracks.json").read_text())["cracks"],
        list(csv.DictReader(io.StringIO((tmp_path / "cracks.csv").read_text()))),
    ]
    assert [[row["picture"] for row in table] for table in rows] == [
        ["pictures/crack_1.jpg", none] for none in (None, None, "")
    ]
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["crack_1.jpg"]


def test_a_simulated_session_has_its_truth_and_what_was_found_out_with_it(
    tmp_path: Path, sample: SampleSession
) -> None:
    summary = write_session(tmp_path, sample.record, {"truth": {"recall": 0.93}}, '{"features": []}')
    assert {path.name for path in tmp_path.iterdir()} == set(RESULTS)
    assert summary["truth"] == {"recall": 0.93}
    assert (tmp_path / TRUTH).read_text() == '{"features": []}'


def test_the_summary_counts_what_happened(tmp_path: Path, sample: SampleSession) -> None:
    summary = write_session(tmp_path, sample.record)
    assert summary["session"] == "wall 7"
    assert summary["cracks"] == 2
    assert summary["frames"] == summary["frames_scored"] + sum(summary["frames_dropped"].values())
    assert summary["planned_m2"] == pytest.approx(1.6 * 0.6)
    assert 70 < summary["coverage_percent"] < 95
    assert summary["gaps"] >= 1
    assert summary["complete"] is True
    assert summary["model"] == {"name": "crack_classifier", "sha256": "ab" * 32}
    assert summary["ground_sampling_distance_mm"] == pytest.approx(0.541, abs=0.01)


def test_equal_sessions_give_equal_files(tmp_path: Path, sample: SampleSession) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_session(tmp_path / name, sample.record)
    for name in WITHOUT_TRUTH[:-1]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_summary_comes_last(
    tmp_path: Path, sample: SampleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_disk(monkeypatch, "report.html")
    with pytest.raises(CrackScannerError, match="No space left"):
        write_session(tmp_path, sample.record)
    assert list(tmp_path.iterdir()) == []


def test_a_renewal_that_fails_changes_no_file(
    tmp_path: Path, sample: SampleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_session(tmp_path, sample.record)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    fill_disk(monkeypatch, "report.html")
    with pytest.raises(CrackScannerError, match="No space left"):
        renew_session(tmp_path, replace(sample.record, verdicts=(REJECTION,)))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("renamed", [1, 3])
def test_a_renewal_that_is_cut_off_is_ended_when_the_session_is_opened(
    tmp_path: Path, sample: SampleSession, monkeypatch: pytest.MonkeyPatch, renamed: int
) -> None:
    store = ScanStore.create(tmp_path, sample.record.info)
    store.close()
    write_session(tmp_path, sample.record)
    rename, left = Path.replace, [None] * renamed

    def cut_off(path: Path, target: Path) -> Path:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        return rename(path, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", cut_off)
        renew_session(tmp_path, replace(sample.record, verdicts=(REJECTION,)))
    ScanStore.open(tmp_path).close()
    renewed = {name: (tmp_path / name).read_text() for name in ("cracks.geojson", "cracks.csv", SUMMARY)}
    assert "rejected" in renewed["cracks.geojson"]
    assert "rejected" in renewed["cracks.csv"]
    assert json.loads(renewed[SUMMARY])["review"]["rejected"] == 1
    assert not list(tmp_path.glob(".*"))


def test_what_was_exported_is_renewed_with_the_rest(tmp_path: Path, sample: SampleSession) -> None:
    write_session(tmp_path, sample.record)
    for name in ("json", "dxf"):
        export_session(sample.record, name, tmp_path)
    reviewed = replace(sample.record, verdicts=(REJECTION,))
    assert renew_session(tmp_path, reviewed)
    for name in ("json", "dxf"):
        form = EXPORT_FORMATS[name]
        assert (tmp_path / form.file_name).read_text() == form.content(reviewed)
        assert form.content(reviewed) != form.content(sample.record)
    assert not (tmp_path / "report.pdf").exists()


def fill_disk(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """From the file of this name on there is no space left."""
    write = atomic_file.write_to_disk

    def written(path: Path, content: bytes | str) -> None:
        if name in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, content)

    for module in (atomic_file, replacing):
        monkeypatch.setattr(module, "write_to_disk", written)


def test_a_session_without_a_single_picture_has_all_files_too(tmp_path: Path, sample: SampleSession) -> None:
    summary = write_session(tmp_path, unseen(sample))
    assert summary["started"] is None
    assert summary["coverage_percent"] == 0
    assert summary["ground_sampling_distance_mm"] is None
    assert {path.name for path in tmp_path.iterdir()} == set(WITHOUT_TRUTH)
