"""The robot's pose at the time of a picture, from the odometry before and after it."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from enum import Enum

from crack_scanner.surface.pose import Pose, interpolate

# A stamp earlier than the newest by more than this is of another pass of the clock, not out of order.
JUMP_BACK_S = 1.0


class Lookup(Enum):
    """Why there is, or is not, a pose for a stamp."""

    FOUND = "found"
    WAIT = "no odometry after the picture yet"
    BEFORE_FIRST = "picture before the first odometry kept"
    GAP = "gap in the odometry around the picture"


@dataclass(frozen=True)
class PoseAnswer:
    """Outcome of a lookup; `pose` is set exactly when `outcome` is FOUND."""

    outcome: Lookup
    pose: Pose | None = None


class PoseBuffer:
    """Poses of the last `history` seconds, in order of their stamps.

    It interpolates and never extrapolates. When time jumps back by more than `jump_back` seconds
    (a bag that loops, a simulator that restarts) everything kept belongs to another past and is
    forgotten; a stamp that is only out of order is put in its place. `max_gap` is the longest
    time in seconds between two odometry stamps that is still interpolated across.
    """

    def __init__(self, history: float = 30.0, max_gap: float = 0.5, jump_back: float = JUMP_BACK_S) -> None:
        self._history_ns = int(history * 1e9)
        self._max_gap_ns = int(max_gap * 1e9)
        self._jump_back_ns = int(jump_back * 1e9)
        self._stamps: deque[int] = deque()
        self._poses: deque[Pose] = deque()
        self.jumps = 0
        self.refused = 0

    def __len__(self) -> int:
        return len(self._stamps)

    @property
    def latest_ns(self) -> int | None:
        """Stamp of the newest pose kept."""
        return self._stamps[-1] if self._stamps else None

    def add(self, stamp_ns: int, pose: Pose) -> bool:
        """Keep a pose; False if its stamp is zero or already there (counted in `refused`)."""
        if stamp_ns <= 0:
            self.refused += 1
            return False
        if self._stamps and self.jumps_back(stamp_ns, self._stamps[-1]):
            self.clear()
            self.jumps += 1
        index = bisect_left(self._stamps, stamp_ns)
        if index < len(self._stamps) and self._stamps[index] == stamp_ns:
            self.refused += 1
            return False
        self._stamps.insert(index, stamp_ns)
        self._poses.insert(index, pose)
        self._forget_old()
        return True

    def follow_jump(self, before_ns: int, after_ns: int) -> None:
        """Pictures have jumped back from one stamp to another: forget poses that have not done so yet."""
        if self._stamps and self._stamps[-1] > (before_ns + after_ns) // 2:
            self.clear()
            self.jumps += 1

    def jumps_back(self, stamp_ns: int, newest_ns: int) -> bool:
        """Whether a stamp after `newest_ns` is of another pass of the clock rather than out of order."""
        return stamp_ns < newest_ns - self._jump_back_ns

    def clear(self) -> None:
        """Forget every pose."""
        self._stamps.clear()
        self._poses.clear()

    def lookup(self, stamp_ns: int) -> PoseAnswer:
        """The pose at a stamp, or why there is none."""
        if not self._stamps or stamp_ns > self._stamps[-1]:
            return PoseAnswer(Lookup.WAIT)
        index = bisect_left(self._stamps, stamp_ns)
        if self._stamps[index] == stamp_ns:
            return PoseAnswer(Lookup.FOUND, self._poses[index])
        if index == 0:
            return PoseAnswer(Lookup.BEFORE_FIRST)
        before, after = self._stamps[index - 1], self._stamps[index]
        if after - before > self._max_gap_ns:
            return PoseAnswer(Lookup.GAP)
        fraction = (stamp_ns - before) / (after - before)
        return PoseAnswer(Lookup.FOUND, interpolate(self._poses[index - 1], self._poses[index], fraction))

    def _forget_old(self) -> None:
        oldest = self._stamps[-1] - self._history_ns
        while self._stamps[0] < oldest:
            self._stamps.popleft()
            self._poses.popleft()
