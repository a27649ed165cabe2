"""Pictures played from memory, so that no camera and no decoder is measured."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.frames import Frame, Odometry
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

_START_NS = 1_000_000_000
_DISTANCE = 0.6
_STEP = 0.02
_PICTURES = 4
_WALL_LENGTH = 20.0


def sample_pictures(width: int, height: int, seed: int = 1) -> list[NDArray[np.uint8]]:
    """Pictures (height, width, 3) uint8 RGB with detail at every scale, the same for the same seed."""
    random = np.random.default_rng(seed)
    pictures = []
    for _ in range(_PICTURES):
        grey = np.full((height, width), 130.0, np.float32)
        for size in (1, 2, 4, 8, 16, 32):
            noise = random.normal(0, 5, (height // size + 1, width // size + 1)).astype(np.float32)
            grey += cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
        pictures.append(np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2))
    return pictures


def checksum(pictures: list[NDArray[np.uint8]]) -> str:
    """First 12 hex digits of the sha256 of the pictures' bytes: names the input of a benchmark."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(picture.tobytes())
    return digest.hexdigest()[:12]


class MemorySource:
    """A robot that drives along a long wall and sees the same few pictures again and again.

    rate: pictures a second, Hz; None plays them as fast as they are taken. seconds: how long.
    `sent` holds the time.perf_counter() at which each picture, by its stamp, was handed over.
    """

    def __init__(self, pictures: list[NDArray[np.uint8]], rate: float | None, seconds: float) -> None:
        height, width = pictures[0].shape[:2]
        self.surface = SurfacePlane(
            np.array([0.0, _DISTANCE, 0.0]), np.array([1.0, 0, 0]), np.array([0, 0, 1.0]), _WALL_LENGTH, 1.0
        )
        self.sent: dict[int, float] = {}
        self._camera = Camera.from_field_of_view(width, height, math.radians(60))
        self._pictures = pictures
        self._rate = rate
        self._seconds = seconds

    def __iter__(self) -> Iterator[Frame | Odometry]:
        start = time.perf_counter()
        sequence = 0
        while time.perf_counter() - start < self._seconds:
            if self._rate is not None:
                time.sleep(max(0.0, start + sequence / self._rate - time.perf_counter()))
            stamp_ns = _START_NS + sequence * 50_000_000
            yield Odometry(stamp_ns, self._pose(sequence))
            self.sent[stamp_ns] = time.perf_counter()
            yield Frame(stamp_ns, self._pictures[sequence % len(self._pictures)], self._camera, sequence)
            sequence += 1

    def _pose(self, sequence: int) -> Pose:
        return Pose(np.array([(sequence * _STEP) % _WALL_LENGTH, 0.0, 0.5]))
