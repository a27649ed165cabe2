"""A camera on a robot that reports its own odometry elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crack_scanner.frames import Frame, Odometry
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.capture import Capture
from crack_scanner.surface.calibration import camera_for
from crack_scanner.surface.camera import Camera


class BareCamera:
    """Pictures of a capture with their intrinsics and no poses."""

    truth: dict[str, Any] | None = None

    def __init__(self, capture: Capture, settings: ScanSettings, calibration: Camera | None) -> None:
        """Without a `calibration` the lens is taken as free of distortion and 60 degrees wide."""
        self.name = capture.name
        self.live = capture.live
        self.frames_expected = capture.count
        self.surface = settings.surface
        self.mount = settings.mount
        self._capture = capture
        self._calibration = calibration
        self._start_ns = 0

    def __iter__(self) -> Iterator[Frame | Odometry]:
        for sequence, (stamp_ns, image) in enumerate(self._capture):
            if stamp_ns < self._start_ns:
                continue
            height, width = image.shape[:2]
            yield Frame(stamp_ns, image, camera_for(self._calibration, width, height), sequence)

    def start_at(self, stamp_ns: int) -> None:
        """Leave out pictures before this stamp."""
        self._start_ns = stamp_ns

    def close(self) -> None:
        """Files and devices are given back when the iteration ends."""
