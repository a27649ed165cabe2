"""Pictures with their time, from files, folders, devices and streams; no robot in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.pictures import PICTURE_SUFFIXES, find_pictures, read_picture

Picture = tuple[int, NDArray[np.uint8]]
# Files carry no clock: their time starts here, so that no stamp is zero.
FILE_START_NS = 1_000_000_000
# Least and most pictures a second of a folder, Hz.
RATES = (0.001, 1000.0)
_TIMEOUT_MS = 10_000
# Containers estimate their frame count; a film that ends this much earlier has been cut.
_COUNT_TOLERANCE = 0.03


class Capture(Protocol):
    """Pictures in order of time, each (stamp_ns, (H, W, 3) uint8 RGB).

    live: whether pictures come at their own pace and are lost when nobody takes them.
    count: how many there will be, None if nobody knows. stills: whether a spot may be in one only.
    """

    name: str
    live: bool
    count: int | None
    stills: bool

    def __iter__(self) -> Iterator[Picture]: ...


def open_capture(source: str, rate: float = 15.0, clock: Callable[[], int] = time.time_ns) -> Capture:
    """The capture a source names: `device:N`, a URL, a video file, a picture or a folder of pictures.

    rate: pictures a second of a folder, Hz. clock: nanoseconds, stamps the pictures of live captures.
    """
    if source.startswith("device:"):
        return LiveCapture(_device_number(source), f"camera {source}", clock)
    if "://" in source:
        return LiveCapture(source, f"stream {source}", clock)
    path = Path(source)
    if path.is_dir():
        return PictureCapture(find_pictures(path), rate)
    if not path.is_file():
        raise CrackScannerError(
            f"source {source} is not there; expected simulator, device:N, a video or picture file, "
            "a folder of pictures, a URL or topic"
        )
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return PictureCapture([path], rate)
    return VideoCapture(path)


class PictureCapture:
    """Picture files, one after the other at an even rate."""

    live = False
    stills = True

    def __init__(self, paths: list[Path], rate: float) -> None:
        if not RATES[0] <= rate <= RATES[1]:
            raise CrackScannerError(f"rate {rate:g} Hz; expected {RATES[0]:g} to {RATES[1]:g}")
        self.name = str(paths[0] if len(paths) == 1 else paths[0].parent)
        self.count: int | None = len(paths)
        self._paths = paths
        self._period_ns = round(1e9 / rate)

    def __iter__(self) -> Iterator[Picture]:
        for index, path in enumerate(self._paths):
            yield FILE_START_NS + index * self._period_ns, read_picture(path)


class VideoCapture:
    """A video file, with the times its container gives."""

    live = False
    stills = False

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        film = self._open()
        count = int(film.get(cv2.CAP_PROP_FRAME_COUNT))
        film.release()
        self.count: int | None = count if count > 0 else None

    def __iter__(self) -> Iterator[Picture]:
        film = self._open()
        try:
            done = 0
            while True:
                there, picture = film.read()
                if not there:
                    break
                # The position is that of the picture just read.
                stamp_ns = FILE_START_NS + round(film.get(cv2.CAP_PROP_POS_MSEC) * 1e6)
                done += 1
                yield stamp_ns, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        finally:
            film.release()
        self._check_complete(done)

    def _open(self) -> cv2.VideoCapture:
        film = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not film.isOpened():
            raise CrackScannerError(f"video {self._path} cannot be opened: not a video, or cut short")
        return film

    def _check_complete(self, done: int) -> None:
        if done == 0:
            raise CrackScannerError(f"video {self._path} holds no picture that can be decoded")
        if self.count is not None and _breaks_off(done, self.count):
            raise CrackScannerError(
                f"video {self._path} breaks off after {done} of {self.count} pictures: the file is cut"
            )


class SourceGoneError(CrackScannerError):
    """A live source gives no more pictures, though nobody has stopped it."""


class LiveCapture:
    """A V4L2 device or a network stream; SourceGoneError when no picture comes any more."""

    live = True
    stills = False
    count: int | None = None

    def __init__(self, address: int | str, name: str, clock: Callable[[], int]) -> None:
        self.name = name
        self._clock = clock
        backend = cv2.CAP_V4L2 if isinstance(address, int) else cv2.CAP_FFMPEG
        timeouts = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT_MS),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT_MS),
        ]
        self._device = cv2.VideoCapture(address, backend, [] if isinstance(address, int) else timeouts)
        if not self._device.isOpened():
            raise CrackScannerError(
                f"{name} cannot be opened: is it connected, and may this user read it? "
                "`crack_scanner doctor` lists the cameras"
            )

    def __iter__(self) -> Iterator[Picture]:
        try:
            done = 0
            while self._device.grab():
                stamp_ns = self._clock()
                done += 1
                there, picture = self._device.retrieve()
                if there:
                    yield stamp_ns, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            # Of a film behind a URL it is known how long it is; a camera has no end of its own.
            count = int(self._device.get(cv2.CAP_PROP_FRAME_COUNT))
        finally:
            self._device.release()
        if count <= 0 or _breaks_off(done, count):
            raise SourceGoneError(f"{self.name} gives no more pictures: see whether it is still connected")


def _breaks_off(done: int, count: int) -> bool:
    """Whether a film of about `count` pictures has given so few that its end is missing."""
    return done < count * (1 - _COUNT_TOLERANCE) - 1


def _device_number(source: str) -> int:
    number = source.removeprefix("device:")
    if not number.isdecimal():
        raise CrackScannerError(f"source {source}: expected device:N with the number of /dev/videoN")
    return int(number)
