"""`crack_scanner evaluate`: a model's figures on a folder of labelled pictures."""

import argparse
import functools
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crack_scanner.errors import CrackScannerError

HELP = "measure a model on a folder of Positive/ and Negative/ pictures"
FIGURES = ("accuracy", "balanced_accuracy", "recall", "specificity", "auroc", "ece")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Model and data."""
    parser.add_argument(
        "--model", type=Path, required=True, help="a .tflite file with its card (.json) beside it"
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with Positive/ and Negative/ pictures"
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="MODEL",
        help="another model: both are measured on the part of DATA, or of each set directly below it, that "
        "`train` holds out, and timed in turns; --plots also gets the table as transfer.md",
    )
    parser.add_argument(
        "--visible-only",
        action="store_true",
        help="of the Positive pictures take only those listed in DATA/visible_crack.txt",
    )
    parser.add_argument(
        "--threads", type=int, default=0, help="tiles scored side by side (default: one a core)"
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="write ROC, reliability and the worst mistakes as pictures"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Score every picture and say how good the model is on them."""
    if args.threads < 0:
        raise CrackScannerError(f"--threads is {args.threads}; expected 0 or more")
    if args.against is not None:
        return _compare(args)
    from crack_scanner.training.evaluate import evaluate

    output = args.output
    plot = None
    if args.plots is not None:
        plot = functools.partial(_plots(args.plots).write_plots, out=args.plots)
    figures = evaluate(
        args.model,
        args.data,
        visible=args.visible_only,
        progress=lambda done, total: output.progress(f"scored {done} of {total} pictures"),
        threads=args.threads,
        plot=plot,
    )
    for line in describe(figures):
        output.say(line)
    return figures


def _compare(args: argparse.Namespace) -> dict[str, Any]:
    from crack_scanner.training.transfer import compare, markdown

    plot = None
    if args.plots is not None:
        plot = functools.partial(_plots(args.plots).write_comparison, out=args.plots)
    compared = compare([args.model, args.against], args.data, args.output.say, plot)
    table = markdown(compared)
    if args.plots is not None:
        (args.plots / "transfer.md").write_text(table, encoding="utf-8")
    args.output.say(table)
    return compared


def _plots(out: Path) -> Any:
    """What draws into `out`; refused before anything is measured where that will not do."""
    from crack_scanner.training import evaluation_plots
    from crack_scanner.training.checks import check_out

    if find_spec("matplotlib") is None:
        raise CrackScannerError(
            "--plots needs matplotlib, which is not installed here: bin/crack_scanner installs it, or "
            "pip install matplotlib"
        )
    check_out(out)
    return evaluation_plots


def describe(figures: dict[str, Any]) -> list[str]:
    """The figures as lines for people."""
    lines = [
        f"{figures['images']} pictures in {figures['groups']} blocks or photos, "
        f"called crack from probability {figures['threshold']:g}"
    ]
    if figures["grey"]:
        lines.append(f"{figures['grey']} of them grey, scored with equal channels")
    if figures["completed"]:
        lines.append(f"{figures['completed']} a few pixels smaller than a tile, mirrored at their borders")
    for name in FIGURES:
        low, high = figures["interval"][name]
        lines.append(f"  {name.replace('_', ' '):<18} {figures[name]:.4f}   (95 %: {low:.4f} to {high:.4f})")
    counts = figures["confusion"]
    lines.append(f"  cracks missed {counts['false_negative']}, false alarms {counts['false_positive']}")
    lines.append(f"  {figures['ms_per_tile']:.3f} ms a tile on one thread")
    return lines
