"""A session in numbers."""

from __future__ import annotations

from typing import Any

from crack_scanner.storage.findings import ReviewCounts
from crack_scanner.storage.review import Review
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.stamps import iso_time


def session_summary(record: SessionRecord, out: str) -> dict[str, Any]:
    """The content of summary.json; `out` is the session's folder. Areas in square metres.

    cracks, crack_length_m: as the scan has found them. review: what people have said of that. scale_known:
    False where all lengths and areas are given as if a pixel were 1 mm.
    """
    info, progress, coverage = record.info, record.progress, record.coverage
    resolution = coverage.resolution
    return {
        "session": info.name,
        "out": out,
        "source": info.source,
        "seed": info.seed,
        "robot": info.robot,
        "structure": info.structure,
        "started": _time(progress.first_stamp_ns),
        "finished": _time(progress.last_stamp_ns),
        "complete": progress.complete,
        "frames": progress.frames,
        "frames_scored": progress.frames_scored,
        "frames_dropped": dict(sorted(progress.frames_dropped.items())),
        "tiles": progress.tiles,
        "tiles_useless": progress.tiles_useless,
        "tiles_per_s": None if progress.tiles_per_s is None else round(progress.tiles_per_s, 1),
        "planned_m2": round(coverage.planned, 4),
        "scanned_m2": round(coverage.scanned, 4),
        "coverage_percent": round(coverage.percent, 2),
        "not_good_enough_m2": round(coverage.not_good_enough, 4),
        "gaps": len(coverage.gaps),
        "cracks": len(record.cracks),
        "crack_length_m": round(sum(crack.length for crack in record.cracks), 4),
        "review": _review(record),
        "ground_sampling_distance_mm": None if resolution is None else round(resolution * 1e3, 3),
        "cell_size_mm": round(coverage.cell_size * 1e3, 3),
        "scale_known": info.scale_known,
        "model": {"name": info.model_name, "sha256": info.model_sha256},
        "software": info.software,
    }


def _review(record: SessionRecord) -> dict[str, Any]:
    counts = ReviewCounts.of(record.findings)
    return {
        "confirmed": counts.confirmed,
        "rejected": counts.rejected,
        "corrected": counts.corrected,
        "added": counts.added,
        "not_reviewed": counts.open,
        "standing": counts.standing,
        "standing_length_m": round(counts.standing_length, 4),
        "reviewers": list(Review.of_verdicts(record.verdicts, record.cracks).reviewers),
    }


def _time(stamp_ns: int | None) -> str | None:
    return None if stamp_ns is None else iso_time(stamp_ns)
