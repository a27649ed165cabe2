"""Sessions of a running graph, whose pictures, cameras and poses come on separate ways."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from crack_scanner.errors import SessionThereError
from crack_scanner.frames import Odometry
from crack_scanner.pipeline.scan_session import NEW_SESSION, Beginning, ScanSession
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.session import SessionInfo
from crack_scanner.storage.session_folder import holds_session
from crack_scanner.storage.stamps import iso_seconds
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores

NO_CAMERA = "no camera_info or camera mount"
OTHER_SIZE = "camera_info of another size"
NOT_SCORED = "dropped before it was scored"
PAUSED = "paused"
# Odometry kept for the first frames of a session that is about to begin.
_ODOMETRY_KEPT = 1000
# Stamps of cameras without scores, and of scores without camera, that are remembered.
_STAMPS_KEPT = 1000

Describe = Callable[[str, str], SessionInfo]


class ScanKeeper:
    """Keeps one session at a time, begun by its first scored frame.

    A frame's camera has the stamp of its scores and comes before or after them. A frame with a camera
    whose scores have not come when those of a later frame have was dropped on the way, and is counted:
    unless no stamp was ever the same, as of a driver that gives its cameras times of their own.
    """

    def __init__(
        self,
        settings: ScanSettings,
        mount: Callable[[], Pose | None],
        describe: Describe,
        folder: Callable[[str], Path],
        begin: Beginning = NEW_SESSION,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        """What is asked for when a session begins.

        mount(): camera optical frame in base_link, None while nobody knows. describe(name, model_id):
        what the session is about. folder(name): where it goes if nobody has said so. begin: what to do about
        a session that is there already. warn: told, as often as it happens, why a frame cannot be used.
        """
        self.session: ScanSession | None = None
        self.paused = False
        self.truth: Mapping[str, Any] | None = None
        # What the source has found out about itself, for the summary.
        self.findings: Mapping[str, Any] = {}
        self._settings = settings
        self._mount = mount
        self._describe = describe
        self._folder = folder
        self._begin_how = begin
        self._warn = warn
        self._wanted: tuple[str, Path | None] = "", None
        # Folders of sessions begun here: none of them is ever written over.
        self._begun: set[Path] = set()
        self._odometry: deque[Odometry] = deque(maxlen=_ODOMETRY_KEPT)
        self._camera: Camera | None = None
        self._expected: deque[int] = deque(maxlen=_STAMPS_KEPT)
        self._ahead: deque[int] = deque(maxlen=_STAMPS_KEPT)
        self._early: deque[TileScores] = deque()
        # Whether any camera had the stamp of its scores.
        self._matched = False
        # Since the last session, and in those that have ended.
        self._dropped: Counter[str] = Counter()
        self._dropped_before: Counter[str] = Counter()

    def add_odometry(self, odometry: Odometry) -> None:
        """A pose of base_link in the odom frame."""
        self._odometry.append(odometry)
        if self.session is not None:
            self.session.logger.add_odometry(odometry.stamp_ns, odometry.pose)

    def add_camera(self, stamp_ns: int, camera: Camera) -> None:
        """The intrinsics of the picture exposed at `stamp_ns`, or of all from now on."""
        self._camera = camera
        if stamp_ns in self._ahead:
            self._ahead.remove(stamp_ns)
            self._matched = True
            self.count_dropped(NOT_SCORED, self._forget_expected())
        else:
            self._expected.append(stamp_ns)
        early, self._early = self._early, deque()
        for scores in early:
            self.add_scores(scores)

    def add_scores(self, scores: TileScores) -> None:
        """Scores of a picture; the first ones begin the session."""
        self.count_dropped(NOT_SCORED, self._overtaken(scores.stamp_ns))
        if self.paused:
            self.count_dropped(PAUSED, 1)
            return
        camera = self._camera
        if camera is not None and not _is_of_size(camera, scores):
            self.count_dropped(OTHER_SIZE, 1)
            self._warn(
                f"camera_info is for {camera.width} x {camera.height} px but the pictures have "
                f"{scores.image_width} x {scores.image_height} px: frames are dropped; expected the "
                "calibration of this size, with region of interest and binning"
            )
            return
        session = self.session or self._begin(scores)
        if camera is None or session is None:
            self._keep_early(scores)
        else:
            session.logger.add_scores(scores, camera)

    def start(self, name: str, folder: Path | None) -> dict[str, Any] | None:
        """End the running session and return its summary; the next scored frame begins another.

        It does so even if the files of the ended one cannot be written, which is an error.
        """
        if folder is not None and holds_session(folder):
            how = self._begin_in(folder)
            if not (how.overwrite or how.resume):
                raise SessionThereError(folder)
        self._wanted = name, folder
        return self.end(complete=True)

    def end(self, complete: bool) -> dict[str, Any] | None:
        """Finish the running session, if any; returns its summary."""
        session, self.session = self.session, None
        if session is None:
            return None
        session.logger.count_dropped(NOT_SCORED, self._forget_expected())
        whole = self.findings.get("bag", {}).get("whole", True)
        try:
            return session.finish(complete and whole, truth=self.truth, more=self.findings)
        finally:
            self._dropped_before += session.logger.dropped

    def count_dropped(self, reason: str, frames: int) -> None:
        """Account for frames that were lost before they came here."""
        if self.session is not None:
            self.session.logger.count_dropped(reason, frames)
        elif frames:
            self._dropped[reason] += frames

    def abandon(self) -> None:
        """The source has failed: keep what was stored of the running session, and write no files."""
        session, self.session = self.session, None
        if session is not None:
            session.abandon()

    @property
    def waiting(self) -> int:
        """Frames that wait for their pose or camera."""
        return len(self._early) + (self.session.logger.waiting if self.session is not None else 0)

    @property
    def dropped(self) -> Counter[str]:
        """Frames that are in no map, by reason, since the start."""
        running = self._dropped if self.session is None else self.session.logger.dropped
        return self._dropped_before + running

    @property
    def has_begun(self) -> bool:
        """Whether there is, or was, any session."""
        return bool(self._begun)

    @property
    def missing(self) -> str:
        """Which message that frames need to find their place in the map has not come; empty if all have."""
        if self._camera is None:
            return "no camera_info has come"
        return "" if self._odometry else "no odom has come"

    def _begin(self, first: TileScores) -> ScanSession | None:
        """A session for frames from now on; None while the camera or its mount are not known."""
        mount = self._mount() if self._camera is not None else None
        if mount is None:
            return None
        name, folder = self._wanted
        name = name or f"scan {iso_seconds(first.stamp_ns)}"
        info = self._describe(name, first.model_id)
        if first.cracks is not None:
            info = replace(info, settings={**info.settings, "segmenter": first.cracks.model_id})
        folder = folder or self._folder(name)
        self.session = ScanSession(folder, info, self._settings, mount, self._begin_in(folder))
        self._begun.add(folder.resolve())
        for odometry in self._odometry:
            self.session.logger.add_odometry(odometry.stamp_ns, odometry.pose)
        for reason, frames in self._dropped.items():
            self.session.logger.count_dropped(reason, frames)
        self._dropped.clear()
        return self.session

    def _begin_in(self, folder: Path) -> Beginning:
        """How a session begins in a folder: one that was begun here may be gone on with, never replaced."""
        if folder.resolve() in self._begun:
            return replace(self._begin_how, overwrite=False)
        return self._begin_how

    def _overtaken(self, stamp_ns: int) -> int:
        """Frames with a camera that came before this one and never got scores."""
        if stamp_ns not in self._expected:
            self._ahead.append(stamp_ns)
            return 0
        self._matched = True
        count = 0
        while self._expected.popleft() != stamp_ns:
            count += 1
        return count

    def _forget_expected(self) -> int:
        """Frames with a camera that have no scores yet and will get none, as far as stamps can tell."""
        frames = len(self._expected) if self._matched else 0
        self._expected.clear()
        return frames

    def _keep_early(self, scores: TileScores) -> None:
        if len(self._early) >= self._settings.queue_frames:
            self._early.popleft()
            self.count_dropped(NO_CAMERA, 1)
        self._early.append(scores)


def _is_of_size(camera: Camera, scores: TileScores) -> bool:
    return (camera.width, camera.height) == (scores.image_width, scores.image_height)
