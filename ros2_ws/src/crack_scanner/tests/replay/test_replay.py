"""A bag gives the cracks that the scan it was made of gives, whoever has written it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin, Writer

from crack_scanner.bags.bag import Bag
from crack_scanner.bags.recorder import BagRecorder
from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.replay import replay_bag
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.simulator.config import SimulatorConfig
from crack_scanner.sources.simulator.robot import SimulatedRobot
from tests.replay.small_events import drive
from tests.replay.written_bags import COMPRESSED, IMAGE, INFO, ODOMETRY, write_bag

SETTINGS = ScanSettings(surface_width=1.0, surface_height=0.5, threads=1)


@pytest.fixture(scope="session")
def events() -> list[Frame | Odometry]:
    """A short simulated scan of a small wall."""
    wall = {"wall_width": 1.0, "wall_height": 0.5, "crack_count": 2}
    return list(SimulatedRobot(SimulatorConfig(seed=5, duration=3.0, frame_rate=6.0, **wall)))


@pytest.fixture(scope="session")
def reference(events: list[Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session of a plain bag of it."""
    folder = tmp_path_factory.mktemp("reference")
    replay_bag(write_bag(folder / "bag", events), folder / "out", SETTINGS)
    return folder / "out"


def results(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in ("cracks.geojson", "cracks.csv")]


def test_a_scan_finds_cracks_in_its_bag(reference: Path) -> None:
    assert b"LineString" in results(reference)[0]


@pytest.mark.parametrize(
    ("name", "encoding", "compression", "storage"),
    [
        ("bag", "bgr8", CompressionMode.MESSAGE, StoragePlugin.MCAP),
        ("bag", "png", CompressionMode.FILE, StoragePlugin.SQLITE3),
        ("bag.bag", "bgr8", CompressionMode.NONE, StoragePlugin.MCAP),
    ],
)
def test_lossless_pictures_give_the_same_bytes(
    events: list[Any],
    reference: Path,
    tmp_path: Path,
    name: str,
    encoding: str,
    compression: Any,
    storage: Any,
) -> None:
    bag = write_bag(tmp_path / name, events, encoding, compression, storage)
    summary = replay_bag(bag, tmp_path / "out", SETTINGS.changed(threads=2))
    assert summary["bag"]["whole"]
    assert results(tmp_path / "out") == results(reference)


@pytest.mark.parametrize("pictures", ["raw", "png"])
def test_our_own_recording_gives_the_same_bytes(
    events: list[Any], reference: Path, tmp_path: Path, pictures: str
) -> None:
    # A folder is a rosbag2 bag, even one named as files of ROS 1 are.
    folder = tmp_path / f"{pictures}.bag"
    recorder = BagRecorder(folder, pictures)
    for event in events:
        recorder.add(event)
    recorder.close()
    replay_bag(folder, tmp_path / "out", SETTINGS)
    assert results(tmp_path / "out") == results(reference)


def test_what_a_killed_recorder_leaves_is_all_there_up_to_its_last_picture(
    events: list[Any], tmp_path: Path
) -> None:
    recorder = BagRecorder(tmp_path / "bag")
    for event in events:
        recorder.add(event)
        if isinstance(event, Frame):
            written = recorder.messages
    # Never closed: neither an index nor metadata.yaml.
    bag = Bag(tmp_path / "bag")
    assert sum(topic.count for topic in bag.topics) == written
    assert f"{written} messages" in bag.problem
    recorder.close()


def test_a_cut_file_is_scanned_up_to_the_cut(events: list[Any], tmp_path: Path) -> None:
    whole = next(write_bag(tmp_path / "bag", events).glob("*.mcap")).read_bytes()
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(whole[: len(whole) * 7 // 10])
    said: list[str] = []
    summary = replay_bag(cut, tmp_path / "out", SETTINGS, log=said.append)
    frames = sum(isinstance(event, Frame) for event in events)
    assert 0.5 * frames < summary["frames"] < 0.75 * frames
    assert not summary["complete"]
    assert "cut" in said[-1]


@pytest.mark.parametrize(
    ("without", "words"),
    [
        ((ODOMETRY,), "no odometry.*--odometry"),
        ((INFO,), "no camera_info.*--calibration"),
        ((IMAGE, COMPRESSED), "no picture.*--image"),
    ],
)
def test_what_is_missing_is_named_with_its_cure(
    events: list[Any], tmp_path: Path, without: tuple[str, ...], words: str
) -> None:
    bag = write_bag(tmp_path / "bag", events[:30], without=without)
    with pytest.raises(CrackScannerError, match=words):
        replay_bag(bag, tmp_path / "out", SETTINGS)
    # So the next try needs no --overwrite.
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("bag_events", "settings", "words"),
    [
        (drive(0, 2), SETTINGS, "picture side of 96 px is smaller than a tile of 227 px"),
        (None, SETTINGS.changed(tile_size=128), "takes tiles of 227 px but tile_size is 128"),
    ],
)
def test_tiles_that_do_not_fit_are_refused_before_anything_begins(
    events: list[Any], tmp_path: Path, bag_events: list[Any] | None, settings: ScanSettings, words: str
) -> None:
    bag = write_bag(tmp_path / "bag", bag_events or events[:30])
    with pytest.raises(CrackScannerError, match=words):
        replay_bag(bag, tmp_path / "out", settings)
    assert not (tmp_path / "out").exists()


def test_an_empty_bag_is_said_to_be_empty(tmp_path: Path) -> None:
    with Writer(tmp_path / "bag", version=9, storage_plugin=StoragePlugin.MCAP):
        pass
    with pytest.raises(CrackScannerError, match="0 messages"):
        replay_bag(tmp_path / "bag", tmp_path / "out", SETTINGS)
