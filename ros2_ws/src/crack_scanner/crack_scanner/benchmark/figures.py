"""What a run of the benchmark measures, and how several runs become one row."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Run:
    """One measured run.

    tiles: scored. seconds: of the wall clock. cpu_seconds: of all threads and processes. frames: sent.
    dropped: of them, never in the map. latencies_ms: from handing a picture over to its being in the map, of
    those that came there. peak_rss_mb: largest resident memory so far. start_s: from the start of the process
    to its first scored frame, None where nobody asked.
    """

    tiles: int
    seconds: float
    cpu_seconds: float
    frames: int = 0
    dropped: int = 0
    latencies_ms: tuple[float, ...] = ()
    peak_rss_mb: float = 0.0
    start_s: float | None = None

    @property
    def tiles_per_s(self) -> float:
        """Tiles a second."""
        return self.tiles / self.seconds

    @property
    def tiles_per_cpu_s(self) -> float:
        """Tiles a second of processor time."""
        return self.tiles / max(self.cpu_seconds, 1e-9)

    @property
    def loss(self) -> float:
        """Share of the frames that never came into the map."""
        return self.dropped / max(self.frames, 1)


def speed(runs: Sequence[Run]) -> dict[str, Any]:
    """The row of several runs of one kind: medians, the lowest and highest rate, the highest memory."""
    rates = [run.tiles_per_s for run in runs]
    per_cpu = statistics.median(run.tiles_per_cpu_s for run in runs)
    row = {
        "tiles_per_s": round(statistics.median(rates), 1),
        "tiles_per_s_range": [round(min(rates), 1), round(max(rates), 1)],
        "tiles_per_cpu_s": round(per_cpu, 1),
        "cpu_s_per_1000_tiles": round(1000 / per_cpu, 3) if per_cpu else None,
        "frames": sum(run.frames for run in runs),
        "dropped": sum(run.dropped for run in runs),
        "loss": round(statistics.median(run.loss for run in runs), 4),
        "peak_rss_mb": round(max(run.peak_rss_mb for run in runs)),
    }
    starts = [run.start_s for run in runs if run.start_s is not None]
    return row | ({"start_to_first_frame_s": round(statistics.median(starts), 2)} if starts else {})


def latency(run: Run) -> dict[str, Any]:
    """Percentiles of a run at a fixed rate, of the frames that were not lost."""
    if not run.latencies_ms:
        return {"p50": None, "p95": None, "p99": None, "loss": round(run.loss, 4)}
    p50, p95, p99 = (round(float(value), 1) for value in np.percentile(run.latencies_ms, [50, 95, 99]))
    return {"p50": p50, "p95": p95, "p99": p99, "loss": round(run.loss, 4)}
