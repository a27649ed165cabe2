"""Events of a bag that cost next to nothing: pictures of noise and a robot at x = t metres."""

from __future__ import annotations

import numpy as np

from crack_scanner.frames import Frame, Odometry
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose

WIDTH, HEIGHT = 96, 64
START_S = 1_700_000_000
CAMERA = Camera.from_field_of_view(WIDTH, HEIGHT, 1.0)


def stamp(second: float) -> int:
    """Nanoseconds; minus infinity is a stamp of zero."""
    return 0 if second == -np.inf else START_S * 10**9 + round(second * 1e9)


def picture(second: float) -> Frame:
    pixels = np.random.default_rng(abs(stamp(second)) % 2**32).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return Frame(stamp(second), pixels, CAMERA, 0)


def odometry(second: float) -> Odometry:
    return Odometry(stamp(second), Pose(np.array([max(second, 0.0), 0.0, 0.5])))


def drive(begin: float, end: float) -> list[Frame | Odometry]:
    """Odometry at 10 Hz and pictures at 4 Hz, in order."""
    events: list[Frame | Odometry] = [odometry(float(t)) for t in np.arange(begin, end, 0.1)]
    events += [picture(float(t)) for t in np.arange(begin + 0.05, end, 0.25)]
    return sorted(events, key=lambda event: event.stamp_ns)
