"""The whole benchmark: which runs are made, in which order, and what becomes of them.

The method is that of ros2_benchmark: pictures are played from memory, a graph's highest rate with at most
5 % loss is found by search, several runs are made there, and latency is measured at fixed rates. What runs
in one process runs flat out and loses nothing. The kinds are run in turn, so that a machine whose speed
drifts treats all alike, and each run has a process of its own.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crack_scanner import __version__
from crack_scanner.benchmark import graph
from crack_scanner.benchmark.child import SIZES, Job, run_apart
from crack_scanner.benchmark.figures import Run, latency, speed
from crack_scanner.benchmark.memory_source import checksum, sample_pictures
from crack_scanner.settings import ScanSettings
from crack_scanner.vision.tile_grid import tile_grid

RATES_HZ = (5.0, 10.0, 30.0)
PACKAGES = ("numpy", "opencv-python-headless", "ai-edge-litert", "sahi", "supervision", "tensorflow")
_NO_OVERLAP: dict[str, Any] = {"overlap": 0.0}


@dataclass(frozen=True)
class Plan:
    """What is measured.

    model: file of the classifier. precision: as the setting. size: key of SIZES. seconds: of a run. runs: of
    each kind. peers, with_graph: whether to compare with others, and to measure processes over DDS. article:
    file of the article's network, None to leave it out.
    """

    model: Path
    precision: str
    size: str
    seconds: float
    runs: int
    peers: bool = True
    with_graph: bool = True
    article: Path | None = None
    rates: Sequence[float] = field(default=RATES_HZ)


def measure(plan: Plan, progress: Callable[[str], None]) -> dict[str, Any]:
    """All figures, as the benchmark's JSON has them."""
    pictures = sample_pictures(*SIZES[plan.size])
    result: dict[str, Any] = {
        "size": plan.size,
        "model": plan.model.name,
        "precision": plan.precision,
        "input_sha256": checksum(pictures),
        "host": host(),
        "versions": versions(),
        "tiles_per_frame": _tiles(plan.size, 0.0),
    }
    del pictures
    rows = _in_turn(_jobs(plan), plan.runs, progress)
    result |= {name: speed(runs) for name, runs in rows.items()}
    if plan.peers and plan.article is None:
        result["article_network"] = {"skipped": "TensorFlow is not installed: CRACK_SCANNER_GROUPS=training"}
    result["scanner"] |= _latencies(
        {rate: run_apart(_job(plan, "scanner", _NO_OVERLAP, rate=rate)) for rate in plan.rates}
    )
    result["scaling"] = _scaling(plan, progress)
    if plan.with_graph:
        most = result["bare"]["tiles_per_s"] / result["tiles_per_frame"]
        result |= _graphs(plan, most, progress)
    return result | {"ratios": _ratios(result)}


def _ratios(result: dict[str, Any]) -> dict[str, float]:
    """What the figures are compared by, as far as it was measured."""
    speeds = {
        "scanner_over_bare": ("scanner", "bare"),
        "dense_over_tiles": ("scanner_overlap_dense", "scanner_overlap_tiles"),
        "graph_over_bare": ("graph", "bare"),
        "graph_raw_over_bare": ("graph_raw", "bare"),
    }
    per_cpu = speeds | {
        "scanner_over_sahi": ("scanner", "sahi"),
        "scanner_over_supervision": ("scanner", "supervision"),
        "dense_over_sahi_overlap": ("scanner_overlap_dense", "sahi_overlap"),
        "dense_over_supervision_overlap": ("scanner_overlap_dense", "supervision_overlap"),
        "scanner_over_tutorial": ("scanner", "tutorial"),
        "dense_over_tutorial": ("scanner_overlap_dense", "tutorial"),
        "graph_over_tutorial": ("graph", "tutorial"),
    }
    measures = [("", "tiles_per_s", speeds), ("_per_cpu", "tiles_per_cpu_s", per_cpu)]
    return {
        name + suffix: round(result[one][figure] / max(result[other][figure], 1e-9), 3)
        for suffix, figure, pairs in measures
        for name, (one, other) in pairs.items()
        if one in result and other in result
    }


def _jobs(plan: Plan) -> dict[str, Job]:
    dense, tiles = {"dense": "auto"}, {"dense": "never"}
    jobs = {
        "bare": _job(plan, "bare", _NO_OVERLAP),
        "scanner": _job(plan, "scanner", _NO_OVERLAP),
        "scanner_overlap_tiles": _job(plan, "scanner", tiles),
        "scanner_overlap_dense": _job(plan, "scanner", dense),
    }
    for peer in ("sahi", "supervision") if plan.peers else ():
        jobs[peer] = _job(plan, peer, _NO_OVERLAP)
        jobs[f"{peer}_overlap"] = _job(plan, peer, {})
    if plan.article is not None:
        jobs["article_network"] = _job(plan, "scanner", _NO_OVERLAP, model=plan.article)
    return jobs


def _job(
    plan: Plan,
    kind: str,
    settings: dict[str, Any],
    rate: float | None = None,
    size: str = "",
    model: Path | None = None,
) -> Job:
    precise = {**settings, "precision": plan.precision}
    return Job(kind, str(model or plan.model), size or plan.size, plan.seconds, precise, rate)


def _in_turn(jobs: dict[str, Job], runs: int, progress: Callable[[str], None]) -> dict[str, list[Run]]:
    rows: dict[str, list[Run]] = {name: [] for name in jobs}
    for number in range(runs):
        for name, job in jobs.items():
            progress(f"run {number + 1} of {runs}: {name}")
            rows[name].append(run_apart(job))
    return rows


def _latencies(runs: dict[float, Run]) -> dict[str, Any]:
    """Percentiles at each rate, and those at 10 Hz again as what is usually meant."""
    by_rate = {f"{rate:g}_hz": latency(run) for rate, run in runs.items()}
    usual = by_rate.get("10_hz") or next(iter(by_rate.values()))
    return {"latency_ms": {name: usual[name] for name in ("p50", "p95", "p99")}, "latency_by_rate": by_rate}


def _scaling(plan: Plan, progress: Callable[[str], None]) -> dict[str, Any]:
    """Processor time of a frame in the scanner, by the size of the pictures; overlap as by default."""
    found = {}
    for size, (width, height) in SIZES.items():
        progress(f"scaling: {size}")
        run = run_apart(_job(plan, "scanner", {}, size=size))
        milliseconds, megapixels = run.cpu_seconds / max(run.frames, 1) * 1e3, width * height / 1e6
        found[size] = {
            "cpu_ms_per_frame": round(milliseconds, 2),
            "cpu_ms_per_megapixel": round(milliseconds / megapixels, 2),
            "peak_rss_mb": round(run.peak_rss_mb),
        }
    return found


def _graphs(plan: Plan, most: float, progress: Callable[[str], None]) -> dict[str, Any]:
    settings = {"overlap": 0.0, "precision": plan.precision}
    rows = {}
    with TemporaryDirectory(prefix="crack_scanner_benchmark_") as folder:
        stages = {
            name: graph.our_stages(plan.model, settings, transport, Path(folder) / name)
            for name, transport in (("graph", "shared"), ("graph_raw", "raw"))
        }
        if plan.peers:
            stages["tutorial"] = graph.tutorial_stages(plan.model)
        for name, some in stages.items():
            progress(f"four processes over DDS: {name}")
            rows[name] = _graph_row(plan, some, most)
    return rows


def _graph_row(plan: Plan, stages: Sequence[graph.Stage], most: float) -> dict[str, Any]:
    tiles = _tiles(plan.size, 0.0)
    found = graph.measure(stages, plan.size, tiles, most, plan.seconds, plan.runs, plan.rates)
    half = {"rate_hz": round(most / 4, 2), "loss": round(found.at_quarter.loss, 4)}
    return (
        speed(found.fast)
        | _latencies(found.fixed)
        | {"rate_hz": round(found.rate, 2), "at_a_quarter_of_bare": half}
    )


def _tiles(size: str, overlap: float) -> int:
    return len(tile_grid(*SIZES[size], ScanSettings().tile_size, overlap))


def host() -> dict[str, Any]:
    """The machine."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "load_1_min": round(os.getloadavg()[0], 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Of ourselves and of the packages that matter, where they are installed."""
    known = {str(found.metadata["Name"]).lower(): found.version for found in metadata.distributions()}
    # What a distribution of Linux has installed in its own way has no version here.
    return {"crack_scanner": __version__} | {name: known[name] for name in PACKAGES if name in known}
