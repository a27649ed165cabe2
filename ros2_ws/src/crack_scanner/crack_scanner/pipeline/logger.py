"""The logger stage: scored frames and odometry in, crack map and stored session out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.pipeline.localizer import Localizer, LocatedScores
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.session import ScanProgress
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.camera_path import CameraPath
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores

# What such a picture shows is not the surface's front, or the plan has u and v the wrong way round.
BEHIND = "taken from behind the surface"

# Asked whether a save in which no crack has changed is due: files may be read much faster than live.
SaveDue = Callable[[], bool]


def always() -> bool:
    """Every time."""
    return True


class Store(Protocol):
    """Where a session is kept while it runs."""

    def save(self, crack_map: CrackMap, progress: ScanProgress) -> None:
        """Write what has changed since the last call; on disk when it returns."""


class ScanLogger:
    """Locates scored frames, fuses them into the crack map and keeps the session stored.

    What has been confirmed is on disk by the time the call that confirmed it returns. Time is the
    data's own: nothing here looks at a clock.
    """

    def __init__(
        self,
        crack_map: CrackMap,
        settings: ScanSettings,
        mount: Pose,
        store: Store,
        past: ScanProgress | None = None,
        save_due: SaveDue = always,
    ) -> None:
        """`mount`: camera optical frame in base_link. past: how far the session had got if it is resumed.

        Pictures up to its last stamp are in the map already and are passed over, uncounted.
        """
        past = past or ScanProgress()
        self.map = crack_map
        self.passed_over = 0
        # Where the newest picture in the map was taken from, for those who watch.
        self.newest: FrameView | None = None
        # Where all of them were taken from, whether or not somebody watches.
        self.path = CameraPath()
        self._known_until_ns = past.last_stamp_ns or 0
        self._newest_ns = self._known_until_ns
        self._localizer = Localizer(settings, crack_map.surface, mount)
        self._store = store
        self._save_due = save_due
        self._saved_version = crack_map.crack_version
        # Those that waited for their pose when the session was broken off come again.
        self._frames = past.frames_scored + sum(past.frames_dropped.values())
        self._scored = past.frames_scored
        self._tiles = past.tiles
        self._useless = past.tiles_useless
        self._first_ns = past.first_stamp_ns
        self._last_ns = past.last_stamp_ns
        self._dropped = Counter(past.frames_dropped)
        self._dropped_before = Counter(past.frames_dropped)

    @property
    def waiting(self) -> int:
        """Frames that wait for their pose."""
        return len(self._localizer)

    @property
    def dropped(self) -> Counter[str]:
        """Frames that are not in the map, by reason, since this run of the session began."""
        return self._dropped + self._localizer.dropped - self._dropped_before

    def progress(self, tiles_per_s: float | None = None, complete: bool = False) -> ScanProgress:
        """How far the scan has got."""
        return ScanProgress(
            frames=self._frames,
            frames_scored=self._scored,
            frames_dropped=self._dropped + self._localizer.dropped,
            tiles=self._tiles,
            tiles_useless=self._useless,
            tiles_per_s=tiles_per_s,
            first_stamp_ns=self._first_ns,
            last_stamp_ns=self._last_ns,
            complete=complete,
        )

    def clock(self) -> dict[str, dict[str, Any]]:
        """What is odd about the stamps that came, by stream; JSON values."""
        streams = {"odometry": self._localizer.odometry_clock, "pictures": self._localizer.picture_clock}
        return {name: clock.findings() for name, clock in streams.items()}

    def count_dropped(self, reason: str, frames: int) -> None:
        """Account for frames that were lost before they came here."""
        if frames:
            self._frames += frames
            self._dropped[reason] += frames

    def add_odometry(self, stamp_ns: int, pose: Pose) -> None:
        """Take a pose of base_link in the odom frame."""
        self._map_all(self._localizer.add_odometry(stamp_ns, pose))

    def add_scores(self, scores: TileScores, camera: Camera) -> None:
        """Take the scores of a frame, taken with `camera`."""
        if 0 < scores.stamp_ns <= self._known_until_ns:
            self.passed_over += 1
            return
        self._frames += 1
        self._newest_ns = max(self._newest_ns, scores.stamp_ns)
        self._map_all(self._localizer.add_scores(scores, camera))

    def finish(self, tiles_per_s: float | None = None, complete: bool = True) -> ScanProgress:
        """The source has ended: map what still waits, draw the cracks a last time, store everything."""
        self._map_all(self._localizer.finish())
        # What was dropped just now is accounted for: a resumed session must not count it again.
        self._last_ns = self._newest_ns or None
        self.map.extract()
        progress = self.progress(tiles_per_s, complete)
        self._save(progress)
        return progress

    def _map_all(self, located: list[LocatedScores]) -> None:
        redrawn = False
        for item in located:
            redrawn |= self._map(item)
        news = self.map.crack_version != self._saved_version
        if redrawn and (news or self._save_due()):
            self._save(self.progress())

    def _save(self, progress: ScanProgress) -> None:
        self._store.save(self.map, progress)
        self._saved_version = self.map.crack_version

    def _map(self, item: LocatedScores) -> bool:
        scores = item.scores
        self._last_ns = max(self._last_ns or 0, scores.stamp_ns)
        if item.view.distance <= 0.0:
            self._dropped[BEHIND] += 1
            return False
        self.newest = item.view
        self.path.add(item.view.camera_pose.position)
        self._scored += 1
        self._tiles += len(scores.x)
        self._useless += int(np.count_nonzero(~scores.classified))
        self._first_ns = scores.stamp_ns if self._first_ns is None else min(self._first_ns, scores.stamp_ns)
        return self.map.update(item.view, scores)
