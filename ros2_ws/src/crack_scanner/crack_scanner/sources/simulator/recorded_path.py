"""A drive that a real robot's odometry has recorded, for the simulated robot to take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crack_scanner.bags.bag import Bag
from crack_scanner.bags.topics import ODOMETRY
from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Odometry
from crack_scanner.messages.geometry import odometry_from_message
from crack_scanner.surface.pose import Pose, interpolate

Floats = NDArray[np.float64]

# A robot that moves less than this from the first to the last pose has no direction, metres.
_LEAST_WAY = 0.05


@dataclass(frozen=True, eq=False)
class RecordedPath:
    """Poses of base_link in odom at times (N,) in seconds from the start, ascending; a Trajectory."""

    times: Floats
    poses: tuple[Pose, ...]

    @property
    def duration(self) -> float:
        """Seconds from the first pose to the last."""
        return float(self.times[-1])

    def pose(self, t: float) -> Pose:
        """Pose of base_link in the odom frame, t seconds after the start, taken as the true one."""
        after = int(np.clip(np.searchsorted(self.times, t, side="right"), 1, len(self.times) - 1))
        begin, end = self.times[after - 1], self.times[after]
        share = float(np.clip((t - begin) / (end - begin), 0.0, 1.0))
        return interpolate(self.poses[after - 1], self.poses[after], share)


def recorded_path(
    bag: Path, topic: str, begin: float, duration: float, start: tuple[float, float]
) -> RecordedPath:
    """A stretch of a bag's odometry, laid along the wall.

    topic: empty for the only one there is. begin: seconds after the first pose. The way from the first
    pose to the last leads along odom's x axis; start: x and z of the first pose, metres. Covariances are
    left out: the poses are where the robot is.
    """
    drive = _recorded(bag, topic)
    first_ns = drive[0].stamp_ns + round(begin * 1e9)
    stretch = [o for o in drive if first_ns <= o.stamp_ns <= first_ns + round(duration * 1e9)]
    if len(stretch) < 2:
        length = (drive[-1].stamp_ns - drive[0].stamp_ns) * 1e-9
        raise CrackScannerError(
            f"bag {bag} has {len(stretch)} poses from {begin:g} s on for {duration:g} s; "
            f"it is {length:.0f} s long"
        )
    origin = stretch[0].pose.position
    way = stretch[-1].pose.position - origin
    if float(np.linalg.norm(way[:2])) < _LEAST_WAY:
        raise CrackScannerError(
            f"the robot of bag {bag} stands still from {begin:g} s on: choose another part"
        )
    turn = Rotation.from_euler("z", -np.arctan2(way[1], way[0]))
    place = np.array([start[0], 0.0, start[1]])
    poses = tuple(
        Pose(
            turn.apply(odometry.pose.position - origin) + place,
            (turn * Rotation.from_quat(odometry.pose.quaternion)).as_quat(),
        )
        for odometry in stretch
    )
    stamps = np.array([odometry.stamp_ns for odometry in stretch], np.int64)
    return RecordedPath((stamps - stamps[0]) * 1e-9, poses)


def _recorded(path: Path, topic: str) -> list[Odometry]:
    """All poses of a bag in ascending order of their stamps, each stamp once."""
    bag = Bag(path)
    try:
        poses = {odometry.stamp_ns: odometry for odometry in _read(bag, topic)}
    finally:
        bag.close()
    if not poses:
        raise CrackScannerError(f"bag {path} has no nav_msgs/Odometry{f' {topic}' if topic else ''}")
    return [poses[stamp] for stamp in sorted(poses)]


def _read(bag: Bag, topic: str) -> Iterator[Odometry]:
    found = [t for t in bag.topics if t.type == ODOMETRY and topic in ("", t.name)]
    if len(found) > 1:
        names = ", ".join(t.name for t in found)
        raise CrackScannerError(f"bag {bag.path} has several topics of odometry ({names}): name one")
    for _, message in bag.messages(found):
        if message is not None:
            yield odometry_from_message(message)
