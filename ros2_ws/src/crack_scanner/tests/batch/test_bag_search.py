"""Which bags a folder holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crack_scanner.batch.bag_search import find_bags
from crack_scanner.errors import CrackScannerError


def made(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"x")
    return folder


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["a/run/metadata.yaml", "a/run/x_0.mcap", "a/run/x_1.mcap"], [("a/run", "a")]),
        (["a/run/run_0.db3", "a/run/run_1.db3"], [("a/run", "a")]),
        (["a/run/run.mcap"], [("a/run", "a")]),
        (["a/run/metadata.yaml", "a/run/x_0.db3.zstd"], [("a/run", "a")]),
        (["a/run/run_0.mcap.zstd", "a/run/run_1.mcap"], [("a/run", "a")]),
        (["a/run/one.mcap.zstd", "a/notes.zstd"], [("a/run/one.mcap.zstd", "a")]),
        (["a/run/one.mcap", "a/run/two.mcap"], [("a/run/one.mcap", "a"), ("a/run/two.mcap", "a")]),
        (["a/b/c/old.bag", "z.bag"], [("a/b/c/old.bag", "a"), ("z.bag", "top")]),
        (["a/run/run.mcap", "out/sessions/x.db3", ".trash/y.bag", "a/notes.txt"], [("a/run", "a")]),
    ],
)
def test_bags_are_found_with_their_robot(
    tmp_path: Path, files: list[str], found: list[tuple[str, str]]
) -> None:
    top = made(tmp_path / "top", *files)
    bags = find_bags(top, leave_out=top / "out")
    assert [(bag.place, bag.robot) for bag in bags] == found
    assert all(bag.path == (top / bag.place).resolve() for bag in bags)


def test_the_folder_may_be_a_bag_itself(tmp_path: Path) -> None:
    (bag,) = find_bags(made(tmp_path / "run", "metadata.yaml", "run_0.mcap"))
    assert (bag.path, bag.place) == (tmp_path / "run", "run")


def test_a_robot_that_is_named_has_all(tmp_path: Path) -> None:
    bags = find_bags(made(tmp_path, "a/x.mcap", "b/y.mcap"), robot="rover")
    assert [bag.robot for bag in bags] == ["rover", "rover"]


@pytest.mark.parametrize(
    ("configs", "nearest"),
    [
        ([], None),
        (["scanner.yaml"], "scanner.yaml"),
        (["scanner.yaml", "a/scanner.yaml"], "a/scanner.yaml"),
        (["a/scanner.yaml", "a/run/scanner.yaml"], "a/run/scanner.yaml"),
        (["b/scanner.yaml"], None),
    ],
)
def test_the_nearest_settings_are_its_own(tmp_path: Path, configs: list[str], nearest: str | None) -> None:
    (bag,) = find_bags(made(tmp_path, "a/run/metadata.yaml", "a/run/run_0.mcap", *configs))
    assert bag.config == (None if nearest is None else tmp_path / nearest)


def test_a_bag_that_has_changed_is_another(tmp_path: Path) -> None:
    made(tmp_path, "a.mcap")
    before = find_bags(tmp_path)[0].fingerprint
    assert find_bags(tmp_path)[0].fingerprint == before
    os.utime(tmp_path / "a.mcap", ns=(1, 1))
    assert find_bags(tmp_path)[0].fingerprint != before


def test_a_bag_that_was_only_read_is_the_same(tmp_path: Path) -> None:
    made(tmp_path, "a/metadata.yaml", "a/a_0.db3", "a/a_0.db3-wal")
    before = find_bags(tmp_path)[0].fingerprint
    made(tmp_path, "a/a_0.db3-shm")
    assert find_bags(tmp_path)[0].fingerprint == before


def test_a_link_to_nowhere_is_a_bag_that_will_fail(tmp_path: Path) -> None:
    (tmp_path / "gone.mcap").symlink_to(tmp_path / "nowhere")
    made(tmp_path, "there.mcap")
    assert [bag.place for bag in find_bags(tmp_path)] == ["gone.mcap", "there.mcap"]


@pytest.mark.parametrize("robot", ["..", "a/b", "../../etc"])
def test_a_robot_is_a_name_and_no_path(tmp_path: Path, robot: str) -> None:
    with pytest.raises(CrackScannerError, match="expected a name"):
        find_bags(made(tmp_path, "x.mcap"), robot=robot)


@pytest.mark.parametrize(("name", "words"), [("none", "is no folder"), ("empty", "holds no bag")])
def test_without_bags_there_is_nothing_to_do(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CrackScannerError, match=words):
        find_bags(tmp_path / name)
