"""Follows odometry's drift through a session."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.crack_extraction import LOCALISATION
from crack_scanner.mapping.drift import BOUND, UNMOVED, Drift, bounded, corrected, wandered
from crack_scanner.mapping.evidence import Evidence
from crack_scanner.mapping.evidence_grid import EvidenceGrid
from crack_scanner.mapping.line_offsets import LineOffsets, cells_at, line_offsets, thinned
from crack_scanner.mapping.polyline import points_and_normals
from crack_scanner.surface.footprint import FrameView

Floats = NDArray[np.float64]

# Largest offset that is looked for, however unsure odometry is, metres: beyond it cracks are mixed up.
FARTHEST = 0.15


@dataclass(frozen=True)
class DriftReport:
    """What was corrected so far.

    frames: pictures that corrected the estimate. u, v in metres, angle in radians and relative growth:
    the correction now, about the middle of the last picture. largest: metres, the largest shift so far.
    """

    frames: int
    u: float
    v: float
    angle: float
    growth: float
    largest: float

    @staticmethod
    def of_state(state: Mapping[str, Any]) -> DriftReport:
        """Of what a tracker has put into its `state`; nothing was corrected where that is empty."""
        if not state:
            return NO_DRIFT
        u, v, angle, growth = map(float, state["motion"])
        return DriftReport(int(state["frames"]), u, v, angle, growth, float(state["largest"]))


NO_DRIFT = DriftReport(frames=0, u=0.0, v=0.0, angle=0.0, growth=0.0, largest=0.0)


class DriftTracker:
    """Places pictures against the cracks that the map has known for a while.

    A part of the map is compared only once the camera has travelled the width of its picture since the
    first look at it: what has just been drawn from the same drifting poses says nothing about the drift.
    """

    def __init__(self, baseline: float, known_until_ns: int = 0) -> None:
        """baseline: metres of way from one step of the filter to the next.

        known_until_ns: what was first seen up to then is known, whatever way lies between.
        """
        self._baseline = baseline
        self._known_until_ns = known_until_ns
        self._drift: Drift | None = None
        self._anchor = np.zeros(3)
        self._covariance = np.zeros((4, 4))
        self._travelled = 0.0
        self._measured_at = -np.inf
        self._picture = 0.0
        self._way: deque[tuple[int, float]] = deque()
        self._frames = 0
        self._largest = 0.0

    @property
    def report(self) -> DriftReport:
        """What was corrected so far."""
        motion = UNMOVED if self._drift is None else self._drift.motion
        u, v, angle, growth = motion.tolist()
        return DriftReport(self._frames, u, v, angle, growth, self._largest)

    def state(self) -> dict[str, Any]:
        """What a session taken up again needs to go on, as JSON holds it; empty before the first picture."""
        if self._drift is None:
            return {}
        return {
            "motion": self._drift.motion.tolist(),
            "covariance": self._drift.covariance.tolist(),
            "centre": self._drift.centre.tolist(),
            "camera": self._anchor.tolist(),
            "odometry_covariance": self._covariance.tolist(),
            "frames": self._frames,
            "largest": self._largest,
            "travelled": self._travelled,
            "measured_at": self._measured_at if np.isfinite(self._measured_at) else None,
            "picture": self._picture,
            "known_until_ns": self._known_until_ns,
            "way": [list(step) for step in self._way],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where an earlier run of the session was; an empty state is a beginning.

        Sessions of earlier versions have no way in their state: all of their map is known.
        """
        if not state:
            return
        motion, covariance, centre = (
            np.array(state[name], dtype=np.float64) for name in ("motion", "covariance", "centre")
        )
        self._drift = Drift(motion, covariance, centre)
        self._anchor = np.array(state["camera"], dtype=np.float64)
        self._covariance = np.array(state["odometry_covariance"], dtype=np.float64)
        self._frames, self._largest = int(state["frames"]), float(state["largest"])
        if "way" not in state:
            return
        self._travelled, self._picture = float(state["travelled"]), float(state["picture"])
        self._measured_at = -np.inf if state["measured_at"] is None else float(state["measured_at"])
        self._known_until_ns = int(state["known_until_ns"])
        self._way.extend((int(stamp_ns), float(travelled)) for stamp_ns, travelled in state["way"])

    def follow(self, view: FrameView, stamp_ns: int) -> FrameView:
        """A picture where the correction so far puts it."""
        moved = float(np.linalg.norm(view.camera_pose.position - self._anchor))
        if self._drift is None or moved >= self._baseline:
            self._step(view, moved, stamp_ns)
        return view if self._drift is None else self._drift.applied(view)

    def correct(
        self, view: FrameView, evidence: Evidence, lines: Sequence[Floats], grid: EvidenceGrid
    ) -> FrameView:
        """A picture, just followed, placed by what it shows of the map's lines (N, 2) on the surface.

        evidence: of that picture. grid: that the lines were drawn from.
        """
        if self._drift is None:
            return view
        placed = self._drift.applied(view)
        share = min(1.0, (self._travelled - self._measured_at) / max(self._picture, 1e-9))
        offsets = self._offsets(placed, evidence, lines, grid) if lines and share > 0.0 else None
        if offsets is None:
            return placed
        update = corrected(self._drift, offsets, share)
        if not update.directions:
            return placed
        self._measured_at = self._travelled
        self._drift = bounded(update.drift, self._covariance)
        self._frames += 1
        self._largest = max(self._largest, float(np.hypot(*self._drift.motion[:2])))
        return self._drift.applied(view)

    def _offsets(
        self, placed: FrameView, evidence: Evidence, lines: Sequence[Floats], grid: EvidenceGrid
    ) -> LineOffsets | None:
        """Offsets of the evidence from the lines, None where the picture shows no line known for a while."""
        points, normals = self._known_points(placed, lines, grid)
        if self._drift is None or len(points) == 0:
            return None
        points, normals, step = thinned(points, normals, grid.cell_size)
        support = cells_at(grid, points)["support"].astype(np.float64)
        line_sigma = np.hypot(LOCALISATION * support, grid.cell_size / np.sqrt(12.0))
        unsure = float(np.sqrt(self._drift.covariance[:2, :2].diagonal().max()))
        reach = min(BOUND * float(np.hypot(unsure, line_sigma.max())), FARTHEST)
        return line_offsets(placed, evidence, points, normals, line_sigma, reach, step)

    def _step(self, view: FrameView, moved: float, stamp_ns: int) -> None:
        """Move the estimate on to where the camera is now."""
        outline = view.outline[np.isfinite(view.outline).all(axis=1)]
        covariance = view.motion_covariance()
        if len(outline) == 0 or not np.isfinite(covariance).all():
            return
        centre = outline.mean(axis=0)
        self._picture = float(np.linalg.norm(np.ptp(outline, axis=0)))
        if self._drift is None:
            self._drift = Drift(UNMOVED, covariance, centre)
        else:
            self._travelled += moved
            drift = wandered(self._drift.about(centre), self._covariance, covariance, moved)
            self._drift = bounded(drift, covariance)
        self._anchor, self._covariance = view.camera_pose.position, covariance
        if self._way and stamp_ns <= self._way[-1][0]:
            self._way.clear()
        self._way.append((stamp_ns, self._travelled))
        while self._way[0][1] <= self._travelled - self._picture:
            self._known_until_ns = max(self._known_until_ns, self._way.popleft()[0])

    def _known_points(
        self, view: FrameView, lines: Sequence[Floats], grid: EvidenceGrid
    ) -> tuple[Floats, Floats]:
        """Points (N, 2) and normals of the lines in the picture that the map has known for a while."""
        points, normals = points_and_normals(lines, grid.cell_size)
        low, high = np.nanmin(view.outline, axis=0), np.nanmax(view.outline, axis=0)
        near = ((points > low) & (points < high)).all(axis=1)
        points, normals = points[near], normals[near]
        # Of a slanting view the box has corners that it does not show; they may even be behind the camera.
        shown = view.inside(view.surface_to_pixels(points))
        points, normals = points[shown], normals[shown]
        if len(points) == 0:
            return points, normals
        first = cells_at(grid, points)["first_ns"]
        known = (first > 0) & (first <= self._known_until_ns)
        return points[known], normals[known]
