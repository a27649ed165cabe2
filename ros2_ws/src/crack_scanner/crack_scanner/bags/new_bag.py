"""A bag that is recorded beside a session: its name, and what becomes of it if there is no session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

from crack_scanner.errors import CrackScannerError
from crack_scanner.settings import CONFIG, ScanSettings, settings_file
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose


def bag_beside(session: Path, wanted: Path, resume: bool) -> Path:
    """The bag to record into beside a session: with `resume` the next name that is free."""
    if wanted.resolve() == session.resolve():
        raise CrackScannerError(f"{wanted} cannot be both bag and session: record into another folder")
    return free_bag(wanted) if resume else wanted


def free_bag(bag: Path) -> Path:
    """The first of BAG, BAG-2, BAG-3, ... that is not there yet."""
    names = chain([bag], (bag.with_name(f"{bag.name}-{number}") for number in count(2)))
    return next(name for name in names if not name.exists())


def keep_settings(bag: Path, settings: ScanSettings, surface: SurfacePlane, mount: Pose) -> None:
    """Put what a scan is made with beside its bag, so that a replay finds the same."""
    write_atomically(settings_beside(bag), settings_file(settings.placed(surface, mount)).encode())


def settings_beside(bag: Path) -> Path:
    """Where a bag has the settings it was made with: in its folder, also where one of its files is given."""
    return (bag if bag.is_dir() else bag.parent) / CONFIG


@contextmanager
def kept_with_session(bag: Path | None) -> Iterator[None]:
    """While a session is begun: if that fails, the bag, in which nothing has been recorded, goes away."""
    try:
        yield
    except BaseException:
        if bag is not None and not any(bag.iterdir()):
            bag.rmdir()
        raise
