"""A session from its beginning to its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from crack_scanner import __version__
from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.mapping.drift_tracker import DriftReport
from crack_scanner.mapping.severity import load_guide_value
from crack_scanner.mapping.truth_check import check_against_truth
from crack_scanner.pipeline.logger import SaveDue, ScanLogger, always
from crack_scanner.report.session_files import write_session
from crack_scanner.resources import SEVERITY
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.scan_store import Patience, ScanStore, can_be_resumed, once_more
from crack_scanner.storage.session import SessionInfo, SessionRecord, check_same_scan
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.model_card import ModelCard

# The smallest crack, in pixels across, by which a map is compared with the truth of a simulation.
_TRUTH_WIDTH_PX = 3.0


@dataclass(frozen=True)
class Beginning:
    """How a session begins.

    overwrite: in place of one that is in the folder already. resume: by going on with that one, if there is
    one. Otherwise it is refused. database: URL of a PostgreSQL server to keep the session on. patience: what
    to do when that server goes away. save_due: asked whether to store what is news to nobody.
    """

    overwrite: bool = False
    resume: bool = False
    database: str = ""
    patience: Patience = once_more
    save_due: SaveDue = always

    def __post_init__(self) -> None:
        if self.overwrite and self.resume:
            raise CrackScannerError("a session can be resumed or overwritten, not both: choose one")


NEW_SESSION = Beginning()


class Scanned(Protocol):
    """What is scanned: by what name, and where its surface lies."""

    @property
    def name(self) -> str:
        """What the source is called, as the session keeps it."""
        ...

    @property
    def surface(self) -> SurfacePlane:
        """The plane that is scanned, in the odom frame."""
        ...


def session_info(
    name: str,
    source: Scanned,
    settings: ScanSettings,
    classifier: ModelCard,
    segmenter: ModelCard | None,
    robot: str = "",
    seed: int | None = None,
    more: Mapping[str, Any] | None = None,
    structure: str = "",
) -> SessionInfo:
    """What is known of a session before it begins. more: settings of the source."""
    looked_at = {"segmenter": "none"}
    if segmenter is not None:
        looked_at = {"segmenter": segmenter.model_id, "segmenter_sha256": segmenter.sha256}
    return SessionInfo(
        name=name,
        source=source.name,
        surface=source.surface,
        software=__version__,
        model_name=classifier.name,
        model_sha256=classifier.sha256,
        robot=robot,
        seed=seed,
        settings={**asdict(settings), **looked_at, **(more or {})},
        structure=structure,
    )


class ScanSession:
    """One map with its database and its folder."""

    def __init__(
        self,
        folder: Path,
        info: SessionInfo,
        settings: ScanSettings,
        mount: Pose,
        begin: Beginning = NEW_SESSION,
    ) -> None:
        """`mount`: camera optical frame in base_link. begin: what to do about a session in `folder`."""
        self.folder = folder
        guide = load_guide_value(SEVERITY)
        info = replace(info, settings={**info.settings, "guide_value": guide.text})
        self.map = CrackMap(info.surface, settings, guide if info.scale_known else None)
        self.resumed = begin.resume and can_be_resumed(folder, begin.database)
        past = None
        if self.resumed:
            self._store = ScanStore.open(folder, begin.database, begin.patience)
            self.info = self._store.info()
            check_same_scan(self.info, info)
            past = self._store.resume(self.map)
        else:
            # What a process left that ended before it had stored anything is nothing to lose.
            overwrite = begin.overwrite or begin.resume
            self._store = ScanStore.create(folder, info, overwrite, begin.database, begin.patience)
            self.info = info
        self.logger = ScanLogger(self.map, settings, mount, self._store, past, begin.save_due)

    def record(self) -> SessionRecord:
        """The session as it stands."""
        return SessionRecord(
            self.info, self.logger.progress(), self.map.cracks, self.map.coverage(), drift=self.map.drift
        )

    def finish(
        self,
        complete: bool,
        tiles_per_s: float | None = None,
        truth: Mapping[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Map what still waits, store it and write all files; returns the summary.

        complete: whether the source came to its end. truth: GeoJSON of the cracks that are really there.
        more: further entries of the summary, JSON values.
        """
        try:
            self.logger.finish(tiles_per_s, complete)
            return self._write_files(self._store.record(), truth, more or {})
        finally:
            # Only now may another process write into the folder.
            self._store.close()

    def _write_files(
        self, record: SessionRecord, truth: Mapping[str, Any] | None, more: Mapping[str, Any]
    ) -> dict[str, Any]:
        findings = {"drift": drift_findings(self.map.drift), "clock": self.logger.clock(), **more}
        if truth is None:
            return write_session(self.folder, record, findings)
        findings["truth"] = truth_findings(record, truth)
        return write_session(self.folder, record, findings, json.dumps(truth) + "\n")

    def abandon(self) -> None:
        """The source has failed: store what there is and write no files, so that nothing looks finished."""
        try:
            self.logger.finish(complete=False)
        finally:
            self._store.close()


def drift_findings(drift: DriftReport) -> dict[str, Any]:
    """How far odometry was corrected, for people."""
    return {
        "frames": drift.frames,
        "u_mm": round(drift.u * 1e3, 1),
        "v_mm": round(drift.v * 1e3, 1),
        "angle_mrad": round(drift.angle * 1e3, 2),
        "distance_percent": round(drift.growth * 1e2, 2),
        "largest_mm": round(drift.largest * 1e3, 1),
    }


def truth_findings(record: SessionRecord, truth: Mapping[str, Any]) -> dict[str, Any]:
    """What the summary says of a map whose truth is known."""
    pixel_mm = (record.coverage.resolution or 0.0) * 1e3
    check = check_against_truth(record.cracks, record.coverage, truth, pixel_mm * _TRUTH_WIDTH_PX)
    return {
        "min_width_mm": round(check.min_width_mm, 3),
        "true_length_m": round(check.true_length, 4),
        "found_length_m": round(check.found_length, 4),
        "scanned_length_m": round(check.scanned_length, 4),
        "found_of_scanned_m": round(check.found_of_scanned, 4),
        "recall": None if check.recall is None else round(check.recall, 4),
        "false_cracks": check.false_cracks,
    }
