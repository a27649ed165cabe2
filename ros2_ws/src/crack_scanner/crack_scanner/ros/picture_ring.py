"""Pictures in this machine's shared memory: one process writes them, others read them, nobody waits.

Through DDS and Python a picture of 6 MB is copied seven times on its way from one process to another. Into a
ring of a few pictures it is written once, and each reader takes one copy. The writer never waits for readers:
a picture that somebody is late for has been overwritten, and the reader is told so.

The file lies in /dev/shm: a page with the ring's head, then `SLOTS` pictures, each from a page's beginning.
Its writer holds a lock on it, by which what a killed one has left behind is known, and removed by the next.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError

Image = NDArray[np.uint8]

FOLDER = Path("/dev/shm")
"""Where Linux keeps shared memory."""
SLOTS = 8
"""Pictures of a ring, far more than are ever under way: at 30 Hz a reader has a fifth of a second."""
INSTEAD = "transport:=raw does without shared memory"
_PREFIX, _SUFFIX = "crack_scanner_", ".pictures"
_NAME = re.compile(re.escape(_PREFIX) + "[0-9a-f]{16}" + re.escape(_SUFFIX))
_PAGE = mmap.PAGESIZE
# magic: of this layout. begun: number of the picture whose writing was begun last.
_HEAD = np.dtype([("magic", "<u8"), ("begun", "<u8"), ("slots", "<u4"), ("height", "<u4"), ("width", "<u4")])
_MAGIC = 0x31474E4952435243


class OverwrittenError(CrackScannerError):
    """The reader came too late for a picture."""


@dataclass(frozen=True)
class Place:
    """Where a picture lies: the name of its ring's file, and its number there."""

    segment: str
    number: int


class PictureRing:
    """Writes pictures; the file is made for the first one, and anew where their size changes."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._ring: _Mapped | None = None

    def put(self, image: Image) -> Place:
        """Write a picture (H, W, 3) uint8 RGB."""
        if self._ring is None or self._ring.shape != image.shape:
            self.close()
            self._ring = self._begin(image.shape)
        return Place(self._ring.path.name, self._ring.write(image))

    def close(self) -> None:
        """Remove the file; who has it mapped can still read what it has been told of."""
        if self._ring is not None:
            self._ring.path.unlink(missing_ok=True)
            os.close(self._ring.file)
            self._ring = None

    def _begin(self, shape: tuple[int, ...]) -> _Mapped:
        remove_abandoned(self._folder)
        path = self._folder / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        size = _PAGE + SLOTS * _slot_bytes(shape)
        try:
            file = _created(path)
        except OSError as error:
            raise CrackScannerError(
                f"cannot share pictures in {self._folder}: {error.strerror}; {INSTEAD}"
            ) from error
        try:
            # All of it now: a page for which there is no memory later would end the process.
            os.posix_fallocate(file, 0, size)
            return _Mapped.new(path, file, shape)
        except OSError as error:
            path.unlink(missing_ok=True)
            os.close(file)
            room = "no room" if error.errno == errno.ENOSPC else f"{error.strerror}:"
            raise CrackScannerError(
                f"{room} for {SLOTS} pictures of {shape[1]} x {shape[0]} px, {size / 1e6:.0f} MB, in "
                f"{self._folder}: give it more (docker run --shm-size), or {INSTEAD}"
            ) from error


class PictureReader:
    """Reads the pictures that others have written; keeps the ring of the latest one mapped."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._ring: _Mapped | None = None

    def read(self, place: Place, height: int, width: int) -> Image:
        """A copy (H, W, 3) uint8 RGB of a picture; OverwrittenError if it has gone."""
        with self.borrowed(place, height, width) as image:
            return image.copy()

    @contextmanager
    def borrowed(self, place: Place, height: int, width: int) -> Iterator[Image]:
        """A picture (H, W, 3) uint8 RGB where it lies, for a short while, not to be changed.

        OverwrittenError at the end if it was gone by then: what was made of it is worth nothing.
        """
        if self._ring is None or self._ring.path.name != place.segment:
            self._ring = None
            self._ring = _opened(self._folder, place.segment)
        if self._ring.shape != (height, width, 3):
            raise CrackScannerError(
                f"shared pictures in {self._ring.path} are {self._ring.shape[1]} x {self._ring.shape[0]} px; "
                f"the message says {width} x {height} px"
            )
        yield self._ring.picture(place.number)
        self._ring.check(place.number)


def remove_abandoned(folder: Path = FOLDER) -> None:
    """Remove the rings of writers that were killed."""
    for path in _rings(folder):
        try:
            file = os.open(path, os.O_RDWR)
        except OSError:
            # Gone meanwhile, or another user's.
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EPERM):
                raise
        finally:
            os.close(file)


def _rings(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob(f"{_PREFIX}*{_SUFFIX}") if _NAME.fullmatch(path.name))


def _created(path: Path) -> int:
    """An open file, locked for as long as this process lives."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        # Before it was locked it looked abandoned, and somebody may have removed it.
        if path.exists() and path.stat().st_ino == os.fstat(file).st_ino:
            return file
        os.close(file)


def _opened(folder: Path, name: str) -> _Mapped:
    path = folder / name
    if not _NAME.fullmatch(name):
        raise CrackScannerError(f"'{name}' is not the name of shared pictures")
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise CrackScannerError(
            f"shared pictures {path} are not there: has the camera's node ended, or does it run on another "
            f"machine or in another container? {INSTEAD}"
        ) from error
    except OSError as error:
        raise CrackScannerError(f"cannot read shared pictures {path}: {error.strerror}; {INSTEAD}") from error
    try:
        return _Mapped.existing(path, file)
    finally:
        # A mapping stays without it.
        os.close(file)


class _Mapped:
    """A ring's file in memory."""

    def __init__(self, path: Path, file: int, memory: mmap.mmap, shape: tuple[int, ...]) -> None:
        self.path, self.file, self.shape = path, file, shape
        self._head = np.frombuffer(memory, _HEAD, 1)
        stride = _slot_bytes(shape)
        pixels = np.frombuffer(memory, np.uint8, SLOTS * stride, _PAGE).reshape(SLOTS, stride)
        self._pictures = [slot[: _bytes(shape)].reshape(shape) for slot in pixels]

    @staticmethod
    def new(path: Path, file: int, shape: tuple[int, ...]) -> _Mapped:
        """A ring that is to be written."""
        memory = mmap.mmap(file, 0, mmap.MAP_SHARED | mmap.MAP_POPULATE)
        ring = _Mapped(path, file, memory, shape)
        ring._head[0] = (_MAGIC, 0, SLOTS, *shape[:2])
        return ring

    @staticmethod
    def existing(path: Path, file: int) -> _Mapped:
        """A ring that is to be read; one that is not as it should be is refused."""
        size = os.fstat(file).st_size
        if size < _PAGE:
            raise CrackScannerError(f"{path} holds no shared pictures: it has {size} bytes")
        memory = mmap.mmap(file, 0, mmap.MAP_SHARED | mmap.MAP_POPULATE, mmap.PROT_READ)
        head = np.frombuffer(memory, _HEAD, 1)[0]
        shape = int(head["height"]), int(head["width"]), 3
        is_ours = head["magic"] == _MAGIC and head["slots"] == SLOTS
        if not is_ours or size != _PAGE + SLOTS * _slot_bytes(shape):
            raise CrackScannerError(f"{path} holds no shared pictures of this version of the program")
        return _Mapped(path, file, memory, shape)

    def write(self, image: Image) -> int:
        """Write the next picture; returns its number."""
        number = int(self._head["begun"][0]) + 1
        self._head["begun"] = number
        np.copyto(self._pictures[number % SLOTS], image)
        return number

    def picture(self, number: int) -> Image:
        """The place of a picture, whatever lies there."""
        return self._pictures[number % SLOTS]

    def check(self, number: int) -> None:
        """Raise if a picture is not in its place, or may have left it just now.

        The last one before it would be overwritten is given up as well: so it does not matter in which order
        a processor lets another see the writer's number and pixels.
        """
        behind = int(self._head["begun"][0]) - number
        if behind < 0:
            raise CrackScannerError(f"shared picture {number} in {self.path} has not been written yet")
        if behind >= SLOTS - 1:
            raise OverwrittenError(f"shared picture {number} was overwritten before it was read")


def _bytes(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape))


def _slot_bytes(shape: tuple[int, ...]) -> int:
    return -(-_bytes(shape) // _PAGE) * _PAGE
