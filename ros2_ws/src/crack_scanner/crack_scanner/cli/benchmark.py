"""How fast the service is here: `crack_scanner benchmark`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_CONFIG, DEFAULT_MODEL
from crack_scanner.vision.model_card import AUTO, PRECISIONS

if TYPE_CHECKING:
    from crack_scanner.benchmark.runs import Run

HELP = "measure the speed of the scan against that of the bare network"

_SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4k": (3840, 2160)}
_LATENCY_RATES_HZ = (5.0, 10.0, 30.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument("--size", choices=_SIZES, default="1080p", help="pictures (1080p)")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="length of a run (5)")
    parser.add_argument(
        "--runs", type=int, default=5, metavar="N", help="runs of each kind; medians are given (5)"
    )
    parser.add_argument("--overlap", type=float, default=0.0, metavar="F", help="overlap of the tiles (0)")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, metavar="M", help="classifier (.tflite)")
    parser.add_argument("--precision", choices=PRECISIONS, default=AUTO, help="of the classifier (auto)")
    parser.add_argument(
        "--map",
        type=float,
        metavar="M2",
        help="instead: memory and time of map and store while M2 square metres are scanned; "
        "7200 have the cells of 1,000,000 frames",
    )
    parser.add_argument(
        "--cell-size", type=float, default=0.005, metavar="M", help="of the map, with --map (0.005)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Run the bare network and the scanner in turn, so that a drifting machine hits both alike."""
    if args.map is not None:
        return _map_growth(args)
    from crack_scanner.benchmark.memory_source import checksum, sample_pictures
    from crack_scanner.benchmark.runs import bare_network, peak_rss_mb, scanner
    from crack_scanner.precision import chosen_model
    from crack_scanner.settings import load_settings

    if not args.seconds > 0 or args.runs < 1:
        raise CrackScannerError(
            f"--seconds {args.seconds:g} and --runs {args.runs}: both must be more than 0"
        )
    settings = load_settings(DEFAULT_CONFIG).changed(overlap=args.overlap, precision=args.precision)
    model = chosen_model(args.model, settings.precision)
    pictures = sample_pictures(*_SIZES[args.size])
    scanner(model, pictures, settings, min(args.seconds, 1.0))
    bare, whole = [], []
    for number in range(args.runs):
        args.output.progress(f"run {number + 1} of {args.runs}")
        bare.append(bare_network(model, pictures, settings, args.seconds))
        whole.append(scanner(model, pictures, settings, args.seconds))
    latency = {}
    for rate in _LATENCY_RATES_HZ:
        args.output.progress(f"latency at {rate:g} Hz")
        latency[f"{rate:g}_hz"] = _latency(scanner(model, pictures, settings, args.seconds, rate))
    result = {
        "size": args.size,
        "overlap": args.overlap,
        "model": model.name,
        "input_sha256": checksum(pictures),
        "host": _host(),
        "bare": _speed(bare),
        "scanner": _speed(whole) | {"latency_ms": latency, "peak_rss_mb": round(peak_rss_mb())},
    }
    result["scanner_over_bare"] = round(result["scanner"]["tiles_per_s"] / result["bare"]["tiles_per_s"], 3)
    _say(args.output, result)
    return result


def _map_growth(args: argparse.Namespace) -> dict[str, Any]:
    from dataclasses import asdict
    from tempfile import TemporaryDirectory

    from crack_scanner.benchmark.map_growth import FRAMES_PER_M2, grow
    from crack_scanner.settings import load_settings

    if not args.map > 0:
        raise CrackScannerError(f"--map is {args.map:g} m2; expected more than 0")
    settings = load_settings(DEFAULT_CONFIG).changed(cell_size=args.cell_size)
    rows = []
    with TemporaryDirectory(prefix="crack_scanner_map_") as folder:
        for point in grow(Path(folder) / "session", args.map, settings):
            rows.append(asdict(point))
            args.output.say(
                f"{point.area_m2:8.0f} m2, the cells of {point.area_m2 * FRAMES_PER_M2:8.0f} frames: "
                f"{point.cpu_ms_per_frame:6.1f} ms of processor a frame, {point.rss_mb:5.0f} MB, "
                f"{point.blocks_in_memory} of {point.blocks} blocks in memory, "
                f"database {point.database_mb:.0f} MB"
            )
    return {"cell_size_m": args.cell_size, "frames_per_m2": FRAMES_PER_M2, "host": _host(), "map": rows}


def _speed(runs: list[Run]) -> dict[str, Any]:
    import statistics

    return {
        "tiles_per_s": round(statistics.median(run.tiles_per_s for run in runs), 1),
        "tiles_per_cpu_s": round(statistics.median(run.tiles_per_cpu_s for run in runs), 1),
    }


def _latency(run: Run) -> dict[str, Any]:
    import numpy as np

    loss = run.dropped / max(run.frames, 1)
    if not run.latencies_ms:
        return {"p50": None, "p95": None, "p99": None, "loss": round(loss, 4)}
    p50, p95, p99 = np.percentile(run.latencies_ms, [50, 95, 99])
    return {"p50": round(p50, 1), "p95": round(p95, 1), "p99": round(p99, 1), "loss": round(loss, 4)}


def _host() -> dict[str, Any]:
    import os
    import platform

    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _say(output: Any, result: dict[str, Any]) -> None:
    host = result["host"]
    output.say(f"{result['size']}, overlap {result['overlap']:g}, {host['cores']} cores of {host['cpu']}")
    for name in ("bare", "scanner"):
        row = result[name]
        output.say(
            f"{name:<8} {row['tiles_per_s']:9.0f} tiles/s {row['tiles_per_cpu_s']:9.0f} tiles per CPU second"
        )
    output.say(f"the scanner runs at {result['scanner_over_bare']:.2f} of the bare network's pace")
    for rate, row in result["scanner"]["latency_ms"].items():
        at = f"at {rate.removesuffix('_hz')} Hz"
        if row["p50"] is None:
            output.say(
                f"latency {at}: {100 * row['loss']:.1f} % of the frames lost, too fast for this machine"
            )
        else:
            output.say(
                f"latency {at}: p50 {row['p50']:.1f} ms, p95 {row['p95']:.1f} ms, p99 {row['p99']:.1f} ms"
            )
