"""How fast the service is here: `crack_scanner benchmark`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_CONFIG, DEFAULT_MODEL
from crack_scanner.vision.model_card import AUTO, PRECISIONS

HELP = "measure the speed of the scan against that of the bare network"

_SIZES = ("720p", "1080p", "4k")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument("--size", choices=_SIZES, default="1080p", help="pictures (1080p)")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="length of a run (5)")
    parser.add_argument(
        "--runs", type=int, default=5, metavar="N", help="runs of each kind; medians are given (5)"
    )
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, metavar="M", help="classifier (.tflite)")
    parser.add_argument("--precision", choices=PRECISIONS, default=AUTO, help="of the classifier (auto)")
    parser.add_argument(
        "--no-peers",
        action="store_true",
        help="do not compare with SAHI, supervision, a tutorial's pipeline and, where TensorFlow is "
        "installed, the article's network",
    )
    parser.add_argument("--no-graph", action="store_true", help="leave out the four processes over DDS")
    parser.add_argument(
        "--report", type=Path, metavar="FOLDER", help="write benchmark.md and benchmark.png there as well"
    )
    parser.add_argument(
        "--minutes", type=float, metavar="MIN", help="instead: memory of a scan that goes on for so long"
    )
    parser.add_argument("--rate", type=float, default=5.0, metavar="HZ", help="pictures, with --minutes (5)")
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
    """Measure what was asked for."""
    if args.map is not None:
        return _map_growth(args)
    if args.minutes is not None:
        return _endurance(args)
    return _speed(args)


def _speed(args: argparse.Namespace) -> dict[str, Any]:
    from tempfile import TemporaryDirectory

    from crack_scanner.benchmark.report import markdown, plot
    from crack_scanner.benchmark.suite import Plan, measure
    from crack_scanner.precision import chosen_model
    from crack_scanner.training.checks import check_out

    if not args.seconds > 0 or args.runs < 1:
        raise CrackScannerError(
            f"--seconds {args.seconds:g} and --runs {args.runs}: both must be more than 0"
        )
    _check_installed("matplotlib" if args.report else "", *(() if args.no_peers else ("sahi", "supervision")))
    if args.report is not None:
        check_out(args.report)
    model = chosen_model(args.model, args.precision, args.output.log)
    with TemporaryDirectory(prefix="crack_scanner_article_") as folder:
        article = None if args.no_peers else _article_network(Path(folder), args.output.progress)
        plan = Plan(
            model,
            args.precision,
            args.size,
            args.seconds,
            args.runs,
            not args.no_peers,
            not args.no_graph,
            article,
        )
        result = measure(plan, args.output.progress)
    text = markdown(result)
    args.output.say(text)
    for name, value in result["ratios"].items():
        args.output.say(f"{name.replace('_', ' ')}: {value:.2f}")
    if args.report is not None:
        (args.report / "benchmark.md").write_text(text, encoding="utf-8")
        plot(result, args.report / "benchmark.png")
    return result


def _check_installed(*packages: str) -> None:
    from importlib.util import find_spec

    missing = [name for name in packages if name and find_spec(name) is None]
    if missing:
        raise CrackScannerError(
            f"{' and '.join(missing)} not installed: bin/crack_scanner benchmark installs them, "
            "--no-peers without --report does without"
        )


def _article_network(folder: Path, progress: Any) -> Path | None:
    """The article's network, untrained, which is as fast as a trained one; None without TensorFlow."""
    import subprocess
    import sys
    from importlib.util import find_spec

    if find_spec("tensorflow") is None:
        progress("the article's network is left out: CRACK_SCANNER_GROUPS=training installs TensorFlow")
        return None
    progress("building the article's network")
    # A process of its own: TensorFlow takes hundreds of megabytes and all cores.
    command = [sys.executable, "-m", "crack_scanner.training.article_export", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise CrackScannerError(f"the article's network cannot be built: {said[-1]}")
    return folder / "article_float32.tflite"


def _endurance(args: argparse.Namespace) -> dict[str, Any]:
    from crack_scanner.benchmark.child import SIZES
    from crack_scanner.benchmark.endurance import endure, growth
    from crack_scanner.benchmark.memory_source import sample_pictures
    from crack_scanner.benchmark.suite import host
    from crack_scanner.precision import chosen_model
    from crack_scanner.settings import load_settings

    if not args.minutes > 0 or not args.rate > 0:
        raise CrackScannerError(
            f"--minutes {args.minutes:g} and --rate {args.rate:g}: both must be more than 0"
        )
    settings = load_settings(DEFAULT_CONFIG).changed(precision=args.precision)
    model = chosen_model(args.model, settings.precision, args.output.log)
    args.output.progress(f"scanning for {args.minutes:g} minutes at {args.rate:g} Hz")
    samples = endure(model, sample_pictures(*SIZES[args.size]), settings, args.minutes, args.rate)
    grown = growth(samples)
    args.output.say(
        f"{args.size}: {samples[-1][1]:.0f} MB after {samples[-1][0]:.1f} minutes, "
        f"{grown:.3f} of what it was early on"
    )
    rows = [{"minutes": round(at, 2), "rss_mb": round(memory, 1)} for at, memory in samples]
    return {"size": args.size, "rate_hz": args.rate, "host": host(), "growth": round(grown, 4), "rss": rows}


def _map_growth(args: argparse.Namespace) -> dict[str, Any]:
    from dataclasses import asdict
    from tempfile import TemporaryDirectory

    from crack_scanner.benchmark.map_growth import FRAMES_PER_M2, grow
    from crack_scanner.benchmark.suite import host
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
    return {"cell_size_m": args.cell_size, "frames_per_m2": FRAMES_PER_M2, "host": host(), "map": rows}
