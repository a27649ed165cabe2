"""Files that are whole or not there."""

from pathlib import Path

import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically


def test_the_content_replaces_what_was_there_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    write_atomically(target, b"fresh")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert target.read_bytes() == b"fresh"


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="cannot be written"):
        write_atomically(tmp_path / "none" / "a.txt", b"x")


def test_a_failed_rename_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(CrackScannerError, match="cannot be written"):
        write_atomically(tmp_path / "taken", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
