"""What verbs that scan have in common, whatever they scan."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_scanner.resources import DEFAULT_CONFIG, DEFAULT_MODEL, DEFAULT_SEGMENTER
from crack_scanner.vision.model_card import PRECISIONS

if TYPE_CHECKING:
    from crack_scanner.cli.output import Output
    from crack_scanner.settings import ScanSettings

# Seconds between two progress lines: one that changes in place on a terminal, and lines of a log.
PROGRESS_EVERY_S = {True: 0.5, False: 5.0}


def add_scanning_arguments(parser: argparse.ArgumentParser, auto: str = "what is faster") -> None:
    """Networks and settings. auto: what that precision stands for."""
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, metavar="M", help="classifier (.tflite)")
    pixels = parser.add_mutually_exclusive_group()
    pixels.add_argument(
        "--segmenter", type=Path, default=DEFAULT_SEGMENTER, metavar="M", help="segmenter (.tflite)"
    )
    pixels.add_argument("--tiles-only", action="store_true", help="no crack lines, no widths: tiles are all")
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="YAML", help="settings")
    parser.add_argument("--overlap", type=float, metavar="F", help="overlap of the tiles, 0 to 0.9")
    parser.add_argument("--threads", type=int, metavar="N", help="interpreters side by side (one a core)")
    parser.add_argument("--precision", choices=PRECISIONS, help=f"of the classifier (auto: {auto})")


def scanning_settings(args: argparse.Namespace, config: Path | None = None) -> ScanSettings:
    """The settings of the file, with what the command line says in their place.

    config: file to take instead of the one that the command line names.
    """
    from crack_scanner.settings import load_settings

    names = ("overlap", "threads", "precision")
    asked = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    return load_settings(config or args.config).changed(**asked)


def say_summary(output: Output, summary: dict[str, Any], folder: Path) -> None:
    """The result of a scan for people."""
    from crack_scanner.pipeline.stream_clock import clock_words
    from crack_scanner.report.crack_words import crack_count
    from crack_scanner.report.statements import NO_SCALE

    scale = "" if summary["scale_known"] else f"; {NO_SCALE}"

    output.say(
        f"{crack_count(summary['cracks'])}, {summary['crack_length_m']:.2f} m in all, on "
        f"{summary['scanned_m2']:.2f} m2 scanned ({summary['coverage_percent']:.1f} % of the plan)"
        f"{scale}"
    )
    dropped = ", ".join(f"{count} {reason}" for reason, count in summary["frames_dropped"].items())
    output.say(
        f"{summary['frames_scored']} of {summary['frames']} frames used"
        + (f"; dropped: {dropped}" if dropped else "")
    )
    odd = clock_words(summary["clock"])
    if odd:
        output.say(f"stamps: {odd}")
    truth = summary.get("truth")
    if truth and truth["recall"] is not None:
        output.say(
            f"truth: {100 * truth['recall']:.1f} % of {truth['true_length_m']:.2f} m wider than "
            f"{truth['min_width_mm']:.2f} mm found{_of_scanned(truth)}, "
            f"{crack_count(truth['false_cracks'], 'false')}"
        )
    output.say(f"report: {folder / 'report.html'}")


def _of_scanned(truth: dict[str, Any]) -> str:
    """What was found of the true length that lies where was scanned, if that is not all of it."""
    scanned, found = truth["scanned_length_m"], truth["found_of_scanned_m"]
    if scanned > 0.99 * truth["true_length_m"]:
        return ""
    return f" ({100 * found / scanned:.1f} % of the {scanned:.2f} m scanned)" if scanned else " (0 m scanned)"
