"""Bags without their end, made whole again: what can be read of them, in a bag that every tool can read."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.typesys import Stores, get_typestore

from crack_scanner.bags.bag import Bag
from crack_scanner.bags.cut_file import CutBag
from crack_scanner.bags.mcap_writer import BagWriter
from crack_scanner.bags.new_bag import settings_beside
from crack_scanner.bags.recorder import known_topic
from crack_scanner.bags.stored_topic import StoredTopic
from crack_scanner.errors import CrackScannerError

_PART = ".part"


@dataclass(frozen=True)
class Recovery:
    """path: a bag that is whole. saved: messages in it. expected: messages that the damaged bag's
    metadata.yaml speaks of, None where there is none. written: False where there was nothing to mend."""

    path: Path
    saved: int
    expected: int | None = None
    written: bool = True

    @property
    def lost(self) -> int | None:
        """Messages that could not be saved, None where nobody knows how many there were."""
        return None if self.expected is None else max(0, self.expected - self.saved)

    @property
    def words(self) -> str:
        """What was done, for people."""
        if not self.written:
            return f"bag {self.path} is whole: nothing to recover"
        lost = "what came after the last whole message is lost"
        if self.lost is not None:
            lost = f"{self.lost} of {self.expected} are lost"
        return f"{self.saved} messages saved in {self.path}; {lost}"


def recover_bag(path: Path, overwrite: bool = False) -> Recovery:
    """Write what can be read of a damaged bag into another beside it, and count what is in that.

    A ROS 1 bag becomes a ROS 1 bag, everything else a rosbag2 folder of MCAP, with the settings that were
    recorded beside it. The damaged bag stays as it is. A bag that is whole is left alone.
    """
    whole = _whole(path)
    if whole is not None:
        return Recovery(path, whole, whole, written=False)
    ros1 = path.is_file() and path.suffix == ".bag"
    named, end = path if path.name else path.resolve(), ".bag" if ros1 else ""
    name = f"{_stem(named)}_recovered"
    target = named.with_name(name + end)
    if target.exists() and not overwrite:
        raise CrackScannerError(
            f"bag {target} is there already: replay that one, or give --overwrite to recover anew"
        )
    part = named.with_name(name + _PART + end)
    _remove(part)
    cut = CutBag(path)
    try:
        saved = _write_ros1(cut, part) if ros1 else _write_mcap(cut, part, target.name)
        _check_count(part, saved)
        settings = settings_beside(path)
        # A bag that is one file stays beside them.
        if settings.is_file() and part.is_dir():
            shutil.copyfile(settings, settings_beside(part))
        _remove(target)
        part.rename(target)
    finally:
        cut.close()
        _remove(part)
    return Recovery(target, saved, _expected(path))


def _whole(path: Path) -> int | None:
    """Messages of a bag that can be read to its end, None where it cannot."""
    bag = Bag(path)
    try:
        counted = bag.count()
        return None if bag.problem else counted
    finally:
        bag.close()


def _check_count(path: Path, saved: int) -> None:
    found = _whole(path)
    if found != saved:
        raise CrackScannerError(
            f"bag {path} should hold {saved} messages but {found} can be read: is the disk full?"
        )


def _write_mcap(cut: CutBag, folder: Path, name: str) -> int:
    store = get_typestore(Stores.ROS2_JAZZY)
    writer = BagWriter(folder, name=name)
    described: dict[StoredTopic, StoredTopic] = {}
    for topic, logged_ns, data in cut.raw_messages():
        if topic not in described:
            described[topic] = _described(store, topic)
        writer.write(described[topic], logged_ns, data)
    writer.close()
    return writer.messages


def _described(store: Any, topic: StoredTopic) -> StoredTopic:
    """A topic with its message definition, which old SQLite bags do not hold."""
    if topic.definition or topic.type not in store.types:
        return topic
    return known_topic(store, topic.name, topic.type, topic.qos)


def _write_ros1(cut: CutBag, path: Path) -> int:
    saved = 0
    with Ros1Writer(path) as writer:
        connections: dict[StoredTopic, Any] = {}
        for topic, logged_ns, data in cut.raw_messages():
            if topic not in connections:
                connections[topic] = writer.add_connection(
                    topic.name, topic.type, msgdef=topic.definition, md5sum=topic.type_hash
                )
            writer.write(connections[topic], logged_ns, data)
            saved += 1
    return saved


def _expected(path: Path) -> int | None:
    """How many messages the bag should have held."""
    try:
        told = yaml.safe_load((path / "metadata.yaml").read_text(encoding="utf-8"))
        return int(told["rosbag2_bagfile_information"]["message_count"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return None


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.name.partition(".")[0]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
