"""Whether a scan may begin in a folder."""

from pathlib import Path

import pytest

from crack_scanner.errors import CrackScannerError, SessionThereError
from crack_scanner.storage.session_folder import (
    DATABASE,
    EXPORTS,
    RESULTS,
    SUMMARY,
    FolderLock,
    holds_session,
    make_folder,
    prepare_folder,
)


def test_a_missing_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "a" / "b", overwrite=False)
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_with_other_files_is_fine_and_they_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    prepare_folder(tmp_path, overwrite=False)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", [DATABASE, SUMMARY])
def test_an_earlier_session_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    with pytest.raises(SessionThereError, match="already holds a session: choose another folder$"):
        prepare_folder(tmp_path, overwrite=False)
    assert holds_session(tmp_path)


def test_overwriting_removes_every_file_of_the_earlier_session_and_no_other(tmp_path: Path) -> None:
    for name in (DATABASE, f"{DATABASE}-wal", *RESULTS, *EXPORTS, "notes.txt"):
        (tmp_path / name).write_text("old")
    prepare_folder(tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["report.html", "cracks.csv", "cracks.json", "pictures/crack_1.jpg"])
def test_files_of_a_folder_without_a_session_are_never_removed(
    tmp_path: Path, name: str, overwrite: bool
) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / name).write_text("mine")
    with pytest.raises(CrackScannerError, match=f"has a file {name} and no session"):
        prepare_folder(tmp_path, overwrite)
    assert (tmp_path / name).read_text() == "mine"
    FolderLock(tmp_path).release()


def test_whoever_prepares_a_folder_keeps_it_locked(tmp_path: Path) -> None:
    lock = prepare_folder(tmp_path, overwrite=False)
    with pytest.raises(CrackScannerError, match="another process is writing"):
        prepare_folder(tmp_path, overwrite=True)
    lock.release()


def test_a_name_that_is_no_utf8_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="no UTF-8"):
        prepare_folder(tmp_path / "caf\udce9", overwrite=False)


def test_a_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CrackScannerError, match="is a file"):
        prepare_folder(tmp_path / "file", overwrite=True)
    with pytest.raises(CrackScannerError, match="below a file"):
        prepare_folder(tmp_path / "file" / "below", overwrite=True)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    # Where not even root may make files.
    with pytest.raises(CrackScannerError, match="folder /proc/self cannot be written"):
        make_folder(Path("/proc/self"))
    make_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
