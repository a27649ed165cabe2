"""The name of a bag that is recorded beside a session, and what becomes of it without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from crack_scanner.bags.new_bag import bag_beside, free_bag, kept_with_session
from crack_scanner.errors import CrackScannerError


@pytest.mark.parametrize(
    ("there", "free"), [([], "bag"), (["bag"], "bag-2"), (["bag", "bag-2", "bag-4"], "bag-3")]
)
def test_the_next_free_name_is_taken(tmp_path: Path, there: list[str], free: str) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    assert free_bag(tmp_path / "bag") == tmp_path / free


def test_a_supervisor_that_resumes_gets_another_bag_each_time(tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    assert bag_beside(tmp_path / "out", tmp_path / "bag", resume=True) == tmp_path / "bag-2"
    assert bag_beside(tmp_path / "out", tmp_path / "bag", resume=False) == tmp_path / "bag"
    with pytest.raises(CrackScannerError, match="both bag and session"):
        bag_beside(tmp_path / "bag", tmp_path / "other" / ".." / "bag", resume=False)


def test_an_empty_bag_does_not_outlast_a_session_that_could_not_begin(tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    with kept_with_session(tmp_path / "bag"):
        pass
    assert (tmp_path / "bag").is_dir()
    with pytest.raises(CrackScannerError, match="taken"), kept_with_session(tmp_path / "bag"):
        raise CrackScannerError("the folder is taken")
    assert not (tmp_path / "bag").exists()


def test_a_folder_with_something_in_it_stays(tmp_path: Path) -> None:
    (tmp_path / "bag" / "session").mkdir(parents=True)
    with pytest.raises(CrackScannerError, match="taken"), kept_with_session(tmp_path / "bag"):
        raise CrackScannerError("the folder is taken")
    assert (tmp_path / "bag" / "session").is_dir()
