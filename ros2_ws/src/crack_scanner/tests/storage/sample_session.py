"""A small session for tests, from the forward model of a network."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.session import ScanProgress, SessionInfo, SessionRecord
from tests.mapping.tile_model import ModelScan

CRACKS = [np.array([[0.2, 0.15], [0.9, 0.45]]), np.array([[1.0, 0.1], [1.05, 0.5]])]
SCAN = ModelScan(width=1.6, height=0.6)
SETTINGS = ScanSettings()


@dataclass(frozen=True, eq=False)
class SampleSession:
    """A session with the map it came from."""

    crack_map: CrackMap
    record: SessionRecord


def sample_info(name: str = "wall 7") -> SessionInfo:
    """What is known when it begins."""
    settings = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(SETTINGS).items()}
    return SessionInfo(
        name=name,
        source="simulator",
        surface=SCAN.surface,
        software="1.2.3",
        model_name="crack_classifier",
        model_sha256="ab" * 32,
        robot="husky",
        seed=5,
        settings=settings,
    )


def sample_session() -> SampleSession:
    """The right end of the wall stays unseen."""
    crack_map = CrackMap(SCAN.surface, SETTINGS)
    stamps = []
    for view, scores in SCAN.looks(CRACKS):
        if view.camera_pose.position[0] < 1.0:
            crack_map.update(view, scores)
            stamps.append(scores.stamp_ns)
    crack_map.extract()
    progress = ScanProgress(
        frames=len(stamps) + 3,
        frames_scored=len(stamps),
        frames_dropped={"queue full": 3},
        tiles=77 * len(stamps),
        tiles_useless=4,
        tiles_per_s=321.5,
        first_stamp_ns=stamps[0],
        last_stamp_ns=stamps[-1],
        complete=True,
    )
    return SampleSession(
        crack_map, SessionRecord(sample_info(), progress, crack_map.cracks, crack_map.coverage())
    )
