"""What a session is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.coverage import Coverage
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_pictures import KeptPhoto
from crack_scanner.mapping.drift_tracker import NO_DRIFT, DriftReport
from crack_scanner.storage.findings import Finding, findings_of
from crack_scanner.storage.verdict import Verdict
from crack_scanner.surface.plane import SurfacePlane


@dataclass(frozen=True, eq=False)
class SessionInfo:
    """What is known of a session when it starts.

    structure: what it is a surface of, as people call it; empty if nobody has said so. source: what was
    scanned, as given on the command line. seed: of the simulated robot, if there is one. software: version of
    crack_scanner. model_sha256: hex. settings: every setting by name, JSON values. uid: what tells it from
    every other session, given by the database; empty for sessions of earlier versions.
    """

    name: str
    source: str
    surface: SurfacePlane
    software: str
    model_name: str
    model_sha256: str
    robot: str = ""
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    structure: str = ""
    uid: str = ""

    @property
    def scale_known(self) -> bool:
        """Whether millimetres are millimetres: False where every pixel was taken for one.

        Who looks at pictures of a source without odometry has to say how large a pixel is. Sessions of
        earlier versions have no setting for that alone, but the source's, None where nobody has said so.
        """
        pixel = self.settings.get("source_mm_per_px", 0.0)
        return pixel is not None and bool(self.settings.get("scale_known", True))


# Cracks, the longest first, whose photos are taken out of the database: about 100 kB each.
MOST_PHOTOS = 2000

OF_SOURCE = "source_"
"""How the names of settings begin that are options of the command line's source."""

# Settings that may change within a session: they say how the work is done, not what it finds.
FREE_SETTINGS = {"threads", "precision", "pose_wait", "pose_history", "queue_frames"}


def check_same_scan(begun: SessionInfo, now: SessionInfo) -> None:
    """Refuse to go on with a session as something else than it was begun as.

    Options of the source come first: what else differs may follow from them.
    """
    given = json.loads(json.dumps(dict(now.settings)))
    names = sorted(begun.settings.keys() & given.keys() - FREE_SETTINGS)
    settings = {name: (begun.settings[name], given[name]) for name in names}
    pairs: dict[str, tuple[Any, Any]] = {"source": (begun.source, now.source)}
    pairs |= {_typed(name): pair for name, pair in settings.items() if name.startswith(OF_SOURCE)}
    pairs |= {"model": (_model(begun), _model(now)), "surface": (_surface(begun), _surface(now))}
    if begun.seed is not None and now.seed is not None:
        pairs["seed"] = (begun.seed, now.seed)
    pairs |= {name: pair for name, pair in settings.items() if not name.startswith(OF_SOURCE)}
    for name, (before, after) in pairs.items():
        if before != after:
            before, after = ("not given" if value is None else value for value in (before, after))
            raise CrackScannerError(
                f"session {begun.name} was begun with {name} {before} and cannot be resumed with {name} "
                f"{after}: give the same as then, or begin another session"
            )


def _typed(name: str) -> str:
    """An option of the source as it is typed."""
    return f"--{name.removeprefix(OF_SOURCE).replace('_', '-')}"


def _model(info: SessionInfo) -> str:
    return f"{info.model_name} ({info.model_sha256[:12]})"


def _surface(info: SessionInfo) -> str:
    surface = info.surface
    corner = ", ".join(f"{value:.6g}" for value in surface.origin)
    return f"of {surface.width:.6g} x {surface.height:.6g} m at {corner}"


@dataclass(frozen=True)
class ScanProgress:
    """How far a scan has got.

    frames: pictures taken in. frames_scored: those that reached the map. frames_dropped: by reason.
    tiles: of the scored pictures. tiles_useless: those of them too blurred, dark or bright.
    tiles_per_s: None where nobody measured. first_stamp_ns, last_stamp_ns: of the pictures, None
    before the first. complete: False while the scan runs and after it was broken off.
    """

    frames: int = 0
    frames_scored: int = 0
    frames_dropped: Mapping[str, int] = field(default_factory=dict)
    tiles: int = 0
    tiles_useless: int = 0
    tiles_per_s: float | None = None
    first_stamp_ns: int | None = None
    last_stamp_ns: int | None = None
    complete: bool = False


@dataclass(frozen=True, eq=False)
class SessionRecord:
    """A session with its results, as it is reported and exported.

    cracks: by id. photos: the best of each crack, by its id, of at most MOST_PHOTOS of them. verdicts: in the
    order in which they were given. drift: how far odometry was corrected.
    """

    info: SessionInfo
    progress: ScanProgress
    cracks: tuple[Crack, ...]
    coverage: Coverage
    photos: Mapping[int, KeptPhoto] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    drift: DriftReport = NO_DRIFT

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The cracks as they stand after the verdicts, with those that people have added."""
        return findings_of(self.cracks, self.verdicts, self.info.scale_known)
