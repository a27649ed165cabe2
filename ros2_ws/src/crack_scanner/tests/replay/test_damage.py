"""Bags whose end is missing: read up to the cut, and made whole again for every tool."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from mcap.reader import make_reader
from rosbags.rosbag1 import Reader as Ros1Reader
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from rosbags.rosbag2 import Reader as Ros2Reader

from crack_scanner.bags import recovery
from crack_scanner.bags.bag import Bag
from crack_scanner.bags.recorder import BagRecorder
from crack_scanner.bags.recovery import recover_bag
from crack_scanner.errors import CrackScannerError
from crack_scanner.settings import CONFIG
from tests.replay.small_events import drive
from tests.replay.written_bags import write_bag

EVENTS = drive(0, 20)
PLAIN, MCAP, SQLITE = CompressionMode.NONE, StoragePlugin.MCAP, StoragePlugin.SQLITE3
KINDS = {
    "mcap": ("bag", PLAIN, MCAP),
    "mcap of compressed messages": ("bag", CompressionMode.MESSAGE, MCAP),
    "mcap of compressed chunks": ("bag", CompressionMode.STORAGE, MCAP),
    "compressed mcap": ("bag", CompressionMode.FILE, MCAP),
    "sqlite": ("bag", PLAIN, SQLITE),
    "sqlite of compressed messages": ("bag", CompressionMode.MESSAGE, SQLITE),
    "compressed sqlite": ("bag", CompressionMode.FILE, SQLITE),
    "ros 1": ("bag.bag", PLAIN, MCAP),
}


def count(path: Path) -> int:
    bag = Bag(path)
    try:
        return bag.count()
    finally:
        bag.close()


def count_with_rosbags(path: Path) -> tuple[int, int]:
    """Messages that the index speaks of, and those that are there."""
    reader: Any = Ros1Reader(path) if path.suffix == ".bag" else Ros2Reader(path)
    with reader:
        return reader.message_count, sum(1 for _ in reader.messages())


def cut(path: Path, share: float) -> None:
    file = path if path.is_file() else next(file for file in path.iterdir() if file.suffix != ".yaml")
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize(("name", "compression", "storage"), KINDS.values(), ids=KINDS.keys())
def test_a_cut_bag_is_read_up_to_the_cut_and_recovered(
    tmp_path: Path, name: str, compression: Any, storage: Any
) -> None:
    bag = write_bag(tmp_path / name, EVENTS, "bgr8", compression, storage)
    whole = count(bag)
    cut(bag, 0.7)
    readable = count(bag)
    # Recorders put messages into chunks of about a megabyte, of which the last may be lost.
    assert 0.4 * whole < readable < 0.75 * whole
    made = recover_bag(bag)
    assert made.saved == readable
    assert count_with_rosbags(made.path) == (readable, readable)
    assert made.lost in (whole - readable, None)
    assert str(readable) in made.words


@pytest.mark.parametrize(("name", "compression", "storage"), KINDS.values(), ids=KINDS.keys())
def test_whatever_is_wrong_with_a_file_is_no_surprise(
    tmp_path: Path, name: str, compression: Any, storage: Any
) -> None:
    bag = write_bag(tmp_path / name, drive(0, 3), "bgr8", compression, storage)
    file = bag if bag.is_file() else next(file for file in bag.iterdir() if file.suffix != ".yaml")
    whole, random = file.read_bytes(), Random(1)
    for _ in range(40):
        data = bytearray(
            whole[: random.choice([random.randrange(200), len(whole), random.randrange(len(whole))])]
        )
        for _ in range(random.choice([0, 1, 20])):
            if data:
                data[random.randrange(len(data))] = random.randrange(256)
        file.write_bytes(data)
        # Read as far as it goes, or refused: never another exception.
        with suppress(CrackScannerError):
            count(bag)


def test_a_whole_bag_is_left_alone(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", EVENTS)
    made = recover_bag(bag)
    assert (made.path, made.written) == (bag, False)
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]


def test_what_was_recovered_is_not_overwritten_unasked(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", EVENTS)
    cut(bag, 0.7)
    recover_bag(bag)
    with pytest.raises(CrackScannerError, match=r"bag_recovered is there already.*--overwrite"):
        recover_bag(bag)
    assert recover_bag(bag, overwrite=True).written


def test_the_settings_of_a_damaged_bag_go_with_what_is_recovered(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "bag", EVENTS)
    (bag / CONFIG).write_text("mine")
    cut(bag, 0.7)
    for given in (bag, next(bag.glob("*.mcap"))):
        assert (recover_bag(given).path / CONFIG).read_text() == "mine"


def test_a_folder_with_a_ros1_bag_is_refused_with_the_file_to_give(tmp_path: Path) -> None:
    file = tmp_path / "monday" / "run.bag"
    file.parent.mkdir()
    write_bag(file, EVENTS)
    for read in (Bag, recover_bag):
        with pytest.raises(CrackScannerError, match=f"holds a ROS 1 bag, which is one file: give {file}$"):
            read(file.parent)
    assert [path.name for path in tmp_path.iterdir()] == ["monday"]


@pytest.mark.parametrize("step", ["bag_files", "CutBag"])
def test_a_bag_that_nobody_may_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bag = write_bag(tmp_path / "bag", EVENTS)
    cut(bag, 0.5)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    # Root may read everything.
    monkeypatch.setattr(f"crack_scanner.bags.bag.{step}", refuse)
    with pytest.raises(CrackScannerError, match="bag .* cannot be read: Permission denied$"):
        Bag(bag)


@pytest.mark.parametrize(("name", "write"), [("bag", "_write_mcap"), ("bag.bag", "_write_ros1")])
def test_a_recovery_that_fails_leaves_what_was_there(
    tmp_path: Path, name: str, write: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = write_bag(tmp_path / name, EVENTS)
    cut(bag, 0.5)
    first = recover_bag(bag)
    there = sorted(tmp_path.iterdir())
    kept = first.path.stat().st_ino
    really = getattr(recovery, write)
    # As on a full disk: more was written than can be read.
    monkeypatch.setattr(recovery, write, lambda *args: really(*args) + 1)
    with pytest.raises(CrackScannerError, match="can be read: is the disk full"):
        recover_bag(bag, overwrite=True)
    assert sorted(tmp_path.iterdir()) == there
    assert first.path.stat().st_ino == kept


def test_a_long_recording_is_split_into_files_that_are_one_bag(tmp_path: Path) -> None:
    recorder = BagRecorder(tmp_path / "bag", split_bytes=300_000)
    for event in EVENTS:
        recorder.add(event)
    recorder.close()
    files = sorted((tmp_path / "bag").glob("*.mcap"))
    assert len(files) > 2
    assert count_with_rosbags(tmp_path / "bag") == (recorder.messages, recorder.messages)
    for file in files:
        with file.open("rb") as stream:
            summary = make_reader(stream).get_summary()
            assert summary is not None
            assert all(schema.data for schema in summary.schemas.values())


RECORD = """
import itertools, sys
from pathlib import Path
from crack_scanner.bags.recorder import BagRecorder
from tests.replay.small_events import drive
recorder = BagRecorder(Path(sys.argv[1]), split_bytes=400_000)
for begin in itertools.count(step=10):
    for event in drive(begin, begin + 10):
        recorder.add(event)
    print(recorder.messages, flush=True)
"""


def test_what_a_killed_recorder_has_written_is_recovered(tmp_path: Path) -> None:
    package = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", RECORD, str(tmp_path / "bag")], stdout=subprocess.PIPE, text=True, cwd=package
    ) as process:
        assert process.stdout is not None
        written = [int(process.stdout.readline()) for _ in range(5)][-1]
        process.kill()
    made = recover_bag(tmp_path / "bag")
    # An open chunk of 16 kB holds a few messages of odometry.
    assert made.saved >= written - 24
    assert count_with_rosbags(made.path) == (made.saved, made.saved)
