"""`crack_scanner embed`: a classifier for microcontrollers, as int8 model and C source."""

import argparse
from pathlib import Path
from typing import Any

HELP = "quantize a classifier to int8 and write it as C source for microcontrollers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Model and where to write."""
    parser.add_argument(
        "--model", type=Path, required=True, help="a .tflite file with its card (.json) beside it"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="where to write the .tflite, .c, .h and .json"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Quantize, write, compare."""
    from crack_scanner.training.embed import embed

    output = args.output
    report = embed(args.model, args.out, output.progress)
    output.say(f"{report['bytes_int8']} bytes in int8, {report['bytes_float32']} in float32")
    output.say(f"same class for {report['same_class']:.1%} of {report['tiles_compared']} tiles")
    if "micro_arena_bytes" in report:
        output.say(
            f"TensorFlow Lite Micro needs an arena of {report['micro_arena_bytes']} bytes; it differs "
            f"from LiteRT's reference kernels by at most {report['micro_largest_difference']} of 256 steps"
        )
    output.say(f"written to {args.out}")
    return report
