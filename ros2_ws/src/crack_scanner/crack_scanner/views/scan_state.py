"""The state of a running session, as a view takes it."""

from __future__ import annotations

import numpy as np

from crack_scanner.pipeline.scan_session import ScanSession
from crack_scanner.views.seen import MapState

_NO_POINTS = np.zeros((0, 3))


def map_state(session: ScanSession, tiles_per_s: float, now_ns: int | None) -> MapState:
    """Taken in the thread that logs. now_ns: the clock that stamps are of; None where they are not of now."""
    crack_map, logger = session.map, session.logger
    progress, coverage, seen = logger.progress(), crack_map.coverage(), logger.newest
    stamp_ns = progress.last_stamp_ns or 0
    figures = {
        "coverage_percent": coverage.percent,
        "tiles_per_s": tiles_per_s,
        "cracks": float(len(crack_map.cracks)),
        "frames_dropped": float(sum(progress.frames_dropped.values())),
        "frames_waiting": float(logger.waiting),
    }
    if now_ns is not None:
        figures["lag_s"] = (now_ns - stamp_ns) / 1e9
    outline = _NO_POINTS
    if seen is not None and np.isfinite(seen.outline).all():
        outline = crack_map.surface.points(seen.outline)
    return MapState(
        stamp_ns=stamp_ns,
        surface=crack_map.surface,
        cracks=crack_map.cracks,
        states=coverage.states,
        square_size=coverage.cell_size,
        camera=None if seen is None else seen.camera_pose.position,
        outline=outline,
        figures=figures,
        scale_known=session.info.scale_known,
    )
