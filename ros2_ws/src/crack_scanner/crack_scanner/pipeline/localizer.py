"""Gives each scored frame the pose the robot had when the picture was taken."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

from crack_scanner.pipeline.stream_clock import StreamClock
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose
from crack_scanner.surface.pose_buffer import Lookup, PoseBuffer
from crack_scanner.vision.scores import TileScores

ZERO_STAMP = "zero stamp"
QUEUE_FULL = "queue full"
CLOCK_JUMPED = "clock jumped back"
NO_LATER_ODOMETRY = "no odometry after the picture"


@dataclass(frozen=True, eq=False)
class LocatedScores:
    """Scores of a picture with the view it was taken from."""

    scores: TileScores
    view: FrameView


@dataclass(frozen=True, eq=False)
class _Waiting:
    scores: TileScores
    camera: Camera


class Localizer:
    """Holds scored frames until the odometry after them is in, then interpolates their pose.

    A frame waits at most `pose_wait` seconds of the data's own time and never in a queue longer than
    `queue_frames`; a frame that gets no pose is dropped and counted in `dropped` by its reason.
    """

    def __init__(self, settings: ScanSettings, surface: SurfacePlane, mount: Pose) -> None:
        self._poses = PoseBuffer(settings.pose_history, settings.max_pose_gap)
        self._wait_ns = int(settings.pose_wait * 1e9)
        self._queue_frames = settings.queue_frames
        self._surface = surface
        self._mount = mount
        self._waiting: deque[_Waiting] = deque()
        self._newest_picture_ns = 0
        self.dropped: Counter[str] = Counter()
        self.odometry_clock = StreamClock(settings.max_pose_gap)
        self.picture_clock = StreamClock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add_odometry(self, stamp_ns: int, pose: Pose) -> list[LocatedScores]:
        """Take a base_link pose in the odom frame; returns the frames it has released, oldest first."""
        self.odometry_clock.see(stamp_ns)
        jumps = self._poses.jumps
        if not self._poses.add(stamp_ns, pose):
            return []
        if self._poses.jumps > jumps:
            self._drop_all(CLOCK_JUMPED)
        return self._release()

    def add_scores(self, scores: TileScores, camera: Camera) -> list[LocatedScores]:
        """Take the scores of a frame; returns the frames that have their pose by now, oldest first."""
        self.picture_clock.see(scores.stamp_ns)
        if scores.stamp_ns <= 0:
            self.dropped[ZERO_STAMP] += 1
            return []
        self._follow_clock(scores.stamp_ns)
        if len(self._waiting) >= self._queue_frames:
            self._waiting.popleft()
            self.dropped[QUEUE_FULL] += 1
        self._waiting.append(_Waiting(scores, camera))
        return self._release()

    def finish(self) -> list[LocatedScores]:
        """The source has ended: release what has a pose, drop the rest."""
        released = self._release()
        self._drop_all(NO_LATER_ODOMETRY)
        return released

    def _follow_clock(self, stamp_ns: int) -> None:
        """Where a picture's time has jumped back, what is left of the pass before must not meet it."""
        if self._poses.jumps_back(stamp_ns, self._newest_picture_ns):
            self._drop_all(CLOCK_JUMPED)
            self._poses.follow_jump(self._newest_picture_ns, stamp_ns)
            self._newest_picture_ns = stamp_ns
        self._newest_picture_ns = max(self._newest_picture_ns, stamp_ns)

    def _release(self) -> list[LocatedScores]:
        released: list[LocatedScores] = []
        kept: deque[_Waiting] = deque()
        newest = max((item.scores.stamp_ns for item in self._waiting), default=0)
        for item in self._waiting:
            stamp_ns = item.scores.stamp_ns
            answer = self._poses.lookup(stamp_ns)
            if answer.pose is not None:
                view = FrameView(item.camera, answer.pose.compose(self._mount), self._surface)
                released.append(LocatedScores(item.scores, view))
            elif answer.outcome is not Lookup.WAIT:
                self.dropped[answer.outcome.value] += 1
            elif newest - stamp_ns > self._wait_ns:
                self.dropped[NO_LATER_ODOMETRY] += 1
            else:
                kept.append(item)
        self._waiting = kept
        return released

    def _drop_all(self, reason: str) -> None:
        if self._waiting:
            self.dropped[reason] += len(self._waiting)
            self._waiting.clear()
