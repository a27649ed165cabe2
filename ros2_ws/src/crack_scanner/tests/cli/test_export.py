"""`crack_scanner export`."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from crack_scanner.cli import export
from crack_scanner.cli.main import main
from crack_scanner.report.session_export import EXPORT_FORMATS
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session_folder import DATABASE
from tests.storage.sample_session import SampleSession, sample_session


@pytest.fixture(scope="module")
def sample() -> SampleSession:
    return sample_session()


@pytest.fixture
def folder(tmp_path: Path, sample: SampleSession) -> Path:
    """A stored session that was broken off."""
    store = ScanStore.create(tmp_path, sample.record.info)
    store.save(sample.crack_map, replace(sample.record.progress, complete=False))
    store.close()
    return tmp_path


def test_the_formats_on_the_command_line_are_those_there_are() -> None:
    assert set(export.FORMATS) == {*EXPORT_FORMATS, "tiles"}


@pytest.mark.parametrize("name", [name for name in EXPORT_FORMATS if name != "pdf"])
def test_each_format_is_written_from_the_database(
    folder: Path, name: str, sample: SampleSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(folder), "--format", name]) == 0
    path = folder / EXPORT_FORMATS[name].file_name
    record = replace(sample.record, progress=replace(sample.record.progress, complete=False))
    assert path.read_text() == EXPORT_FORMATS[name].content(record)
    assert "interrupted scan" in capsys.readouterr().out


def test_json_says_what_was_written(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = folder / "mine.csv"
    assert main(["export", str(folder), "--format", "csv", "--out", str(target), "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == {
        "session": "wall 7",
        "format": "csv",
        "file": str(target),
        "cracks": 2,
        "complete": False,
        "scale_known": True,
    }
    assert target.is_file()


def test_a_folder_as_target_takes_the_file_under_its_usual_name(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert main(["export", str(folder), "--format", "csv", "--out", str(tmp_path / "mine")]) == 0
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["cracks.csv"]


@pytest.mark.parametrize("number", ["²", "x", "-1"])
def test_what_is_no_number_of_a_session_is_one_line(
    folder: Path, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", f"{folder / DATABASE}#{number}", "--format", "csv"]) == 1
    assert f"session '{number}'" in capsys.readouterr().err


def test_a_folder_without_a_session_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path / "none"), "--format", "csv"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_target_that_cannot_be_written_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(folder), "--format", "csv", "--out", str(folder / "a" / "b.csv")]) == 1
    assert "cannot be written" in capsys.readouterr().err
