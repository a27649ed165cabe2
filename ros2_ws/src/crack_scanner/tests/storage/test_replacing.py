"""Files that are replaced together, whenever the process is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.replacing import JOURNAL, finish_replacing, replace_together

# Is killed, as by the system, instead of the renaming with a number: the first is that of the journal.
KILLED = """
import os, signal, sys
from pathlib import Path
from crack_scanner.storage.replacing import replace_together
rename, left = Path.replace, int(sys.argv[2])
def counted(path, target):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return rename(path, target)
Path.replace = counted
replace_together(Path(sys.argv[1]), {name: "new" for name in ("a", "b", "c")})
"""


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files and one that is none of them."""
    for name in ("a", "b", "c", "other"):
        (tmp_path / name).write_text("old")
    return tmp_path


def test_all_are_replaced_and_nothing_else_is_left(folder: Path) -> None:
    replace_together(folder, {"a": "new", "c": b"new", "d": "new"})
    assert files(folder) == {"a": "new", "b": "old", "c": "new", "d": "new", "other": "old"}
    finish_replacing(folder)
    assert files(folder)["a"] == "new"


@pytest.mark.parametrize("renamed", range(4))
def test_after_a_kill_they_are_all_old_or_all_new(folder: Path, renamed: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(renamed)], check=False)
    assert done.returncode == -9
    finish_replacing(folder)
    found = files(folder)
    assert {found[name] for name in ("a", "b", "c")} == {"old" if renamed == 0 else "new"}
    assert found["other"] == "old"
    assert JOURNAL not in found
    replace_together(folder, {"a": "newest"})
    assert files(folder)["a"] == "newest"


def test_what_another_process_has_put_in_place_already_is_no_error(folder: Path) -> None:
    (folder / JOURNAL).write_text(json.dumps({"a": ".a.1.part", "b": ".b.1.part"}))
    (folder / ".b.1.part").write_text("new")
    finish_replacing(folder)
    assert files(folder) == {"a": "old", "b": "new", "c": "old", "other": "old"}


@pytest.mark.parametrize(
    "journal", ["{", "[]", '{"a": 1}', '{"../a": ".a.1.part"}', '{"a": "../b"}', '{"a": ".."}', '{"": "b"}']
)
def test_a_journal_that_is_none_or_leads_elsewhere_is_refused(folder: Path, journal: str) -> None:
    (folder / JOURNAL).write_text(journal)
    with pytest.raises(CrackScannerError, match=JOURNAL):
        finish_replacing(folder)


def test_a_file_that_cannot_be_written_leaves_all_as_they_were(folder: Path) -> None:
    before = files(folder)
    with pytest.raises(CrackScannerError, match="cannot be written"):
        replace_together(folder, {"a": "new", "none/b": "new"})
    assert files(folder) == before
