"""`crack_scanner train`: from a folder of labelled pictures to a model with its card."""

import argparse
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.plan import ArticlePlan, Plan

HELP = "train a model on a folder of Positive/ and Negative/ pictures"
PRESETS = ("scanner", "article")
LARGEST_SEED = 2**32 - 1
EPOCHS = {"scanner": Plan.epochs, "article": ArticlePlan.epochs}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Preset, data and how long."""
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        default="scanner",
        help="scanner: the shipped classifier; article: the article's network, split and figures",
    )
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with Positive/ and Negative/ pictures, or (scanner) a folder of such folders",
    )
    parser.add_argument("--out", type=Path, default=Path("trained"), help="where to write (default: trained)")
    parser.add_argument(
        "--epochs", type=int, help=f"default: {', '.join(f'{p} {n}' for p, n in EPOCHS.items())}"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of everything random (default: 1)")
    parser.add_argument("--threads", type=int, default=2, help="threads of one operation (default: 2)")
    parser.add_argument(
        "--start", type=Path, metavar="MODEL", help="scanner: go on from the weights of a model file"
    )
    parser.add_argument(
        "--teacher",
        type=Path,
        metavar="MODEL",
        help="scanner: weigh labels, some of which are wrong, against what a model file says; default: START",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in OUT")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Train; the result is the model's card."""
    if args.epochs is not None and args.epochs < 1:
        raise CrackScannerError(f"--epochs {args.epochs}; expected at least 1")
    if args.threads < 0:
        raise CrackScannerError(f"--threads is {args.threads}; expected 0 or more")
    if not 0 <= args.seed <= LARGEST_SEED:
        raise CrackScannerError(f"--seed is {args.seed}; expected 0 to {LARGEST_SEED}")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    epochs = args.epochs or EPOCHS[args.preset]
    if find_spec("tensorflow") is None:
        raise CrackScannerError(
            "training needs TensorFlow, which is not installed here: pip install 'crack_scanner[training]'"
        )
    if args.preset == "article":
        if args.start or args.teacher:
            raise CrackScannerError(
                "--start and --teacher go with --preset scanner; the article trains from scratch, on labels"
            )
        from crack_scanner.training.article import train_article

        return train_article(
            ArticlePlan(args.data, args.out, epochs, args.seed, args.resume, args.threads),
            args.output.say,
            args.output.progress,
        )
    from crack_scanner.training.train import train_scanner

    return train_scanner(
        Plan(
            args.data,
            args.out,
            epochs,
            args.seed,
            args.resume,
            args.threads,
            start=args.start,
            teacher=args.teacher or args.start,
        ),
        args.output.say,
        args.output.progress,
    )
