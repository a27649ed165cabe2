"""The robot's way along the wall: lane after lane, back and forth, without turning."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.noise import generator
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.pose import Pose

Floats = NDArray[np.float64]

_DWELL_S = 0.5
_WOBBLE_HZ = (0.31, 0.73, 1.37)


class Trajectory(Protocol):
    """Where the robot truly is: pose of base_link in odom at t seconds, 0 <= t <= duration."""

    @property
    def duration(self) -> float:
        """Seconds from the start to the end."""
        ...

    def pose(self, t: float) -> Pose:
        """Pose of base_link in odom at t seconds."""
        ...


@dataclass(frozen=True, eq=False)
class Wobble:
    """Slow rocking of roll, pitch and yaw: sums of sines. amplitude, phase: (3 axes, 3 tones), rad."""

    amplitude: Floats
    phase: Floats

    @classmethod
    def drawn(cls, seed: int, deviation: float) -> Wobble:
        """Rocking with a standard deviation in radians on each axis."""
        rng = generator(seed, "wobble")
        share = rng.dirichlet(np.ones(3), 3)
        return cls(deviation * np.sqrt(2.0 * share), rng.uniform(0.0, 2.0 * math.pi, (3, 3)))

    def angles(self, t: float) -> Floats:
        """(3,) roll, pitch, yaw in radians at t seconds."""
        tones = np.sin(2.0 * math.pi * np.array(_WOBBLE_HZ) * t + self.phase)
        result: Floats = (self.amplitude * tones).sum(axis=1)
        return result


@dataclass(frozen=True, eq=False)
class LanePath:
    """Straight runs between corners, each from rest to rest.

    corners: (N, 3) positions of base_link in the odom frame, metres. speed in m/s, acceleration in
    m/s2. The robot waits half a second before the first run and after the last one.
    """

    corners: Floats
    speed: float
    acceleration: float
    wobble: Wobble

    @property
    def duration(self) -> float:
        """Seconds from the start to the end."""
        return float(self._starts[-1]) + _DWELL_S

    @property
    def length(self) -> float:
        """Metres travelled from the start to the end."""
        return float(self._lengths.sum())

    def pose(self, t: float) -> Pose:
        """True pose of base_link in the odom frame, t seconds after the start; closed form."""
        return Pose(self.position(t), Rotation.from_euler("xyz", self.wobble.angles(t)).as_quat())

    def position(self, t: float) -> Floats:
        """(3,) position of base_link in the odom frame at t seconds."""
        if len(self.corners) == 1:
            return np.array(self.corners[0])
        run = int(np.clip(np.searchsorted(self._starts, t, side="right") - 1, 0, len(self._lengths) - 1))
        length = float(self._lengths[run])
        done = _travelled(t - float(self._starts[run]), length, self.speed, self.acceleration)
        result: Floats = self.corners[run] + (self.corners[run + 1] - self.corners[run]) * (done / length)
        return result

    @cached_property
    def _lengths(self) -> Floats:
        result: Floats = np.linalg.norm(np.diff(self.corners, axis=0), axis=1)
        return result

    @cached_property
    def _starts(self) -> Floats:
        """(runs + 1,) seconds at which each run begins and the last one ends."""
        times = [_run_time(float(length), self.speed, self.acceleration) for length in self._lengths]
        return _DWELL_S + np.concatenate([[0.0], np.cumsum(times)])


def lane_path(
    view: FrameView, *, overlap: float, overshoot: float, speed: float, acceleration: float, wobble: Wobble
) -> LanePath:
    """Lanes along u that show the whole surface, from the lowest upwards.

    view: the camera with base_link at the origin of odom. overlap: least fraction that two lanes
    share. overshoot: metres beyond the surface's edges that are still seen.
    """
    left, bottom, right, top = seen_rectangle(view)
    columns = _stations(left, right, view.surface.width, overshoot)[[0, -1]]
    rows = _stations(bottom, top, view.surface.height, overshoot, (top - bottom) * (1.0 - overlap))
    offsets = []
    for lane, row in enumerate(rows):
        ends = columns if lane % 2 == 0 else columns[::-1]
        offsets += [(column, row) for column in ends]
    axes = np.stack([view.surface.u_axis, view.surface.v_axis])
    corners = np.array(offsets) @ axes
    moved = np.concatenate([[True], np.linalg.norm(np.diff(corners, axis=0), axis=1) > 1e-9])
    return LanePath(corners[moved], speed, acceleration, wobble)


def seen_rectangle(view: FrameView) -> tuple[float, float, float, float]:
    """Largest upright rectangle around the view's middle that is all in the picture: u0, v0, u1, v1."""
    outline = view.outline
    if not np.isfinite(outline).all():
        raise CrackScannerError(
            "the simulated camera does not see the surface with its whole picture; "
            "check the mount and the distance"
        )
    upper, right, lower, left = outline.reshape(4, -1, 2)
    return (
        float(max(left[:, 0].max(), upper[0, 0])),
        float(max(lower[:, 1].max(), left[0, 1])),
        float(min(right[:, 0].min(), lower[0, 0])),
        float(min(upper[:, 1].min(), right[0, 1])),
    )


def _stations(low: float, high: float, size: float, overshoot: float, step: float = math.inf) -> Floats:
    """Offsets that bring a window low..high over 0..size, at most `step` apart, first and last flush."""
    first, last = -overshoot - low, size + overshoot - high
    if last <= first:
        return np.array([(first + last) / 2.0])
    return np.linspace(first, last, 1 + max(math.ceil((last - first) / step - 1e-9), 1))


def _run_time(length: float, speed: float, acceleration: float) -> float:
    ramp = speed * speed / acceleration
    if length < ramp:
        return 2.0 * math.sqrt(length / acceleration)
    return length / speed + speed / acceleration


def _travelled(t: float, length: float, speed: float, acceleration: float) -> float:
    """Metres done t seconds into a run that starts and ends at rest."""
    total = _run_time(length, speed, acceleration)
    if t <= 0.0 or t >= total:
        return 0.0 if t <= 0.0 else length
    peak = min(speed, math.sqrt(length * acceleration))
    ramp = peak / acceleration
    if t < ramp:
        return 0.5 * acceleration * t * t
    if t > total - ramp:
        return length - 0.5 * acceleration * (total - t) ** 2
    return peak * (t - ramp / 2.0)
