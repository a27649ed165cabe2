"""What every source of pictures looks like to the scan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from crack_scanner.frames import Frame, Odometry
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose


class Source(Protocol):
    """Pictures and odometry in the order they arrive; iterated once, then closed.

    name: for people, e.g. "simulator". live: whether pictures come at their own pace and are lost
    when nobody takes them. surface: the planned surface in the odom frame. mount: camera
    optical frame in base_link. frames_expected: how many pictures will come, None if nobody knows.
    truth: GeoJSON of the cracks that are really there, None outside a simulation.
    """

    name: str
    live: bool
    surface: SurfacePlane
    mount: Pose
    frames_expected: int | None
    truth: dict[str, Any] | None

    def __iter__(self) -> Iterator[Frame | Odometry]: ...

    def start_at(self, stamp_ns: int) -> None:
        """Before the iteration: leave out pictures before this stamp; odometry comes whole."""

    def close(self) -> None:
        """Give back the device or the file."""
