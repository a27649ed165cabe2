"""Which bags a folder holds, and which robot each is of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crack_scanner.bags.cut_file import is_bag_file
from crack_scanner.errors import CrackScannerError
from crack_scanner.settings import CONFIG

_METADATA = "metadata.yaml"
# SQLite's memory shared by readers of a bag: it comes and goes with them and holds nothing of the bag.
_OF_READERS = "-shm"


@dataclass(frozen=True)
class FoundBag:
    """A bag below the folder that was searched.

    place: its path from there. robot: whose it is. fingerprint: name, size and time of change of its files,
    by which a bag that has changed is told from one that was scanned. config: the settings that lie nearest
    to it, in its folder or above it; None without any.
    """

    path: Path
    place: str
    robot: str
    fingerprint: str
    config: Path | None


def find_bags(folder: Path, robot: str = "", leave_out: Path | None = None) -> list[FoundBag]:
    """All bags below a folder, by path.

    robot: of all of them; otherwise each is of the one that the topmost folder above it is named after, or
    `folder` itself if it lies right in there. leave_out: a folder that is not looked into.
    """
    if "/" in robot or robot in (".", ".."):
        raise CrackScannerError(f"--robot is {robot!r}; expected a name that a folder can have")
    if not folder.is_dir():
        raise CrackScannerError(f"{folder} is no folder; expected one with bags")
    found = [_found(path, folder, robot) for path in _bags(folder, leave_out)]
    if not found:
        raise CrackScannerError(
            f"{folder} holds no bag; expected rosbag2 folders, or .mcap, .db3 or .bag files, at any depth"
        )
    return sorted(found, key=lambda bag: bag.place)


def _bags(folder: Path, leave_out: Path | None) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, onerror=_refuse):
        here = Path(place)
        names = [name for name in files if is_bag_file(Path(name))]
        if _is_one_bag(here, names, _METADATA in files):
            folders.clear()
            yield here
            continue
        yield from (here / name for name in names)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and (leave_out is None or (here / name).resolve() != leave_out.resolve())
        ]


def _is_one_bag(folder: Path, names: list[str], described: bool) -> bool:
    """Whether a folder is a rosbag2 bag: also one whose recorder was killed before it described it."""
    if not names:
        return False
    part = re.compile(re.escape(folder.name) + r"(_\d+)?\.(mcap|db3)(\.zstd)?")
    return described or all(part.fullmatch(name) for name in names)


def _found(path: Path, folder: Path, robot: str) -> FoundBag:
    place = path.relative_to(folder)
    above = place.parts[0] if len(place.parts) > 1 else folder.resolve().name
    name = place.as_posix() if place.parts else path.resolve().name
    return FoundBag(path.resolve(), name, robot or above, _fingerprint(path), _config(path, folder))


def _config(path: Path, folder: Path) -> Path | None:
    places = [path, *path.parents]
    files = [place / CONFIG for place in places[: places.index(folder) + 1]]
    return next((file for file in files if file.is_file()), None)


def _fingerprint(path: Path) -> str:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    files = [file for file in files if not file.name.endswith(_OF_READERS)]
    return ";".join(map(_state, files))


def _state(file: Path) -> str:
    try:
        state = file.stat()
    except OSError as error:
        # Such as a link to nowhere: the scan says what is wrong with it, and others go on.
        return f"{file.name}:{error.strerror}"
    return f"{file.name}:{state.st_size}:{state.st_mtime_ns}"


def _refuse(error: OSError) -> None:
    raise CrackScannerError(f"folder {error.filename} cannot be read: {error.strerror}") from error
