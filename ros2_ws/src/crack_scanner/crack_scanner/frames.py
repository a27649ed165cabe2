"""What a source delivers: pictures and robot poses, each with the time it was taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose


@dataclass(frozen=True)
class Frame:
    """One picture.

    stamp_ns: time of exposure, nanoseconds since the epoch of the source's clock.
    image: (H, W, 3) uint8 RGB.
    camera: intrinsics of that picture.
    sequence: count of pictures since the source started, from 0.
    """

    stamp_ns: int
    image: NDArray[np.uint8]
    camera: Camera
    sequence: int


@dataclass(frozen=True)
class Odometry:
    """Pose of the robot's base_link in the odom frame at a time, with covariance."""

    stamp_ns: int
    pose: Pose
