"""`crack_scanner embed`: a classifier for microcontrollers and for machines without Python."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HELP = "make int8, C source and a native executable of a classifier"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Model, where to write, and what to measure on."""
    parser.add_argument(
        "--model", type=Path, required=True, help="a float32 .tflite file with its card (.json) beside it"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write everything")
    parser.add_argument(
        "--data",
        type=Path,
        help="Positive/ and Negative/ pictures, or a folder of such folders: accuracy before and "
        "after on the part held out of training, and real tiles to quantize with",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Quantize, write, compare."""
    from crack_scanner.training.embed import EmbedPlan, embed

    report = embed(EmbedPlan(args.model, args.out, args.data), args.output.log)
    for line in describe(report):
        args.output.say(line)
    args.output.say(f"written to {args.out}")
    return report


def describe(report: dict[str, Any]) -> Iterator[str]:
    """The figures as lines for people."""
    kind = "held-out" if report["tiles"]["real"] else "drawn"
    yield f"{report['bytes_int8']} bytes in int8, {report['bytes_float32']} in float32"
    yield f"same class for {report['same_class']:.1%} of {report['tiles']['compared']} {kind} tiles"
    micro, native = report["micro"], report["native"]
    if micro:
        yield (
            f"TensorFlow Lite Micro: {report['flash_bytes']} bytes of flash for the model, an arena of "
            f"{micro['arena_bytes']} bytes; differs from LiteRT's reference kernels by at most "
            f"{micro['largest_difference']} of 256 steps"
        )
    if native:
        yield (
            f"native executable: {native['bytes']} bytes, {native['ms_per_tile']:.1f} ms a tile with reading "
            f"it; probabilities differ from LiteRT's by at most {native['largest_difference']:.1g}"
        )
