"""The end of a training: calibrated, exported, measured on what was held out, with its card."""

import datetime
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.calibrate import Platt, fit_platt
from crack_scanner.training.card import DRAWN, LIMITS, data_source, model_facts, write_card
from crack_scanner.training.evaluate import Scores, summary
from crack_scanner.training.export import to_litert
from crack_scanner.training.int8_model import HeldOut, write_int8
from crack_scanner.training.networks import TILE_SIZE
from crack_scanner.training.plan import Plan
from crack_scanner.training.tile_sets import TileSet, part_title
from crack_scanner.vision.model_card import load_card
from crack_scanner.vision.tile_grid import tile_grid

Say = Callable[[str], None]
MODEL_NAME = "crack_classifier"
PHOTOS_WEIGHT = 3.0
"""Of a set of many photos in the calibration, against 1 of another; chosen on the validation parts."""


def glance(name: str, figures: dict[str, float]) -> str:
    """A set's figures in a few words."""
    return f"{name} balanced accuracy {figures['balanced_accuracy']:.3f}, AUROC {figures['auroc']:.3f}"


def part_logits(
    network: keras.Model, tile_set: TileSet, part: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Logit (N,) of each picture of a part, the highest over its clamped tiles, and the labels (N,)."""
    pictures, labels = tile_set.load(part)
    grid = tile_grid(pictures.shape[2], pictures.shape[1], TILE_SIZE)
    logits = np.full(len(pictures), -np.inf)
    for x, y in zip(grid.x, grid.y, strict=True):
        for start in range(0, len(pictures), 64):
            piece = pictures[start : start + 64, y : y + TILE_SIZE, x : x + TILE_SIZE]
            found = np.asarray(network(piece, training=False))[:, 0]
            logits[start : start + 64] = np.maximum(logits[start : start + 64], found)
    return logits, labels


def calibration(network: keras.Model, sets: Sequence[TileSet]) -> Platt:
    """Platt's scaling on the validation parts, each class of a set counting the same.

    So a probability is one at even chances, whatever the share of cracks in a set, and its odds are the
    weight of evidence that the map adds up. Sets of many photos count PHOTOS_WEIGHT times as much: they are
    harder, and nearer to what a robot meets, than sets whose neighbouring tiles are of one wall.
    """
    found = [part_logits(network, tile_set, "validation") for tile_set in sets]
    logits, labels = (np.concatenate(column) for column in zip(*found, strict=True))
    weights = [
        (PHOTOS_WEIGHT if one.by_photo else 1.0) / np.bincount(of_set, minlength=2)[of_set]
        for one, (_, of_set) in zip(sets, found, strict=True)
    ]
    return fit_platt(logits, labels, np.concatenate(weights))


def finish(network: keras.Model, sets: Sequence[TileSet], plan: Plan, say: Say) -> dict[str, Any]:
    """Calibrate on the validation parts, export, measure on the test parts, write the card; then int8."""
    platt = calibration(network, sets)
    model = plan.out / f"{MODEL_NAME}.tflite"
    write_atomically(model, to_litert(network, platt.scale, platt.offset, TILE_SIZE))
    metrics = {}
    for tile_set in sets:
        logits, labels = part_logits(network, tile_set, "test")
        metrics[part_title(tile_set.name, tile_set.by_photo)] = summary(
            _scores(tile_set, "test", logits, labels, platt), 0.5
        )
    card = make_card(model, network, sets, platt, metrics, plan)
    write_card(model, card)
    for name, figures in metrics.items():
        say(
            f"{name}: accuracy {figures['accuracy']:.4f}, {glance('', figures).strip()}, "
            f"ECE {figures['ece']:.3f}"
        )
    say(f"model and card: {model}")
    _add_int8(model, sets, say)
    return card


def _add_int8(model: Path, sets: Sequence[TileSet], say: Say) -> None:
    """The int8 file of the model, with its card, beside it."""
    parts = [
        HeldOut(part_title(one.name, one.by_photo), one.parts["test"], one.parts["train"]) for one in sets
    ]
    try:
        made = write_int8(model, parts, model.parent, say)
        say(f"int8 model and card: {model.with_name(made['file'])}, {made['bytes']} bytes")
    except CrackScannerError as error:
        # The training of hours is saved; this step alone can be done again.
        say(f"no int8 model: {error}; `crack_scanner embed` makes it later")


def _scores(
    tile_set: TileSet, part: str, logits: npt.NDArray[np.float64], labels: npt.NDArray[np.int64], platt: Platt
) -> Scores:
    files = sorted(tile_set.parts[part], key=lambda file: file.label)
    return Scores(files, platt.probability(logits), labels, tile_set.grey[part])


def make_card(
    model: Path,
    network: keras.Model,
    sets: Sequence[TileSet],
    platt: Platt,
    metrics: dict[str, Any],
    plan: Plan,
) -> dict[str, Any]:
    """The card's content; see card.py for how it is written."""
    return {
        **model_facts(model, int(network.count_params()), TILE_SIZE),
        "calibration": {
            "method": "Platt scaling, probability = sigmoid(scale * logit + offset), fitted on "
            f"the validation parts, each class of a set counting the same, sets of photos {PHOTOS_WEIGHT:g} "
            "times as much as others, and folded into the last layer. "
            "A picture of several tiles counts with its highest logit.",
            **platt.as_dict(),
        },
        "data": [*(data_source(tile_set.name) for tile_set in sets), DRAWN],
        "split": {tile_set.name: describe_split(tile_set) for tile_set in sets},
        "metrics": metrics,
        "limits": LIMITS,
        "licence": "Apache-2.0",
        "trained_with": provenance(plan),
    }


def describe_split(tile_set: TileSet) -> str:
    """How a set was split, in words, with the groups held out for the test."""
    kind = "source photo" if tile_set.by_photo else "contiguous blocks of file numbers"
    counts = ", ".join(f"{len(files)} {part}" for part, files in tile_set.parts.items())
    groups = ", ".join(sorted({file.group for file in tile_set.parts["test"]}))
    return f"by {kind}: {counts}; test groups {groups}"


def provenance(plan: Plan) -> dict[str, Any]:
    """Versions, command, seed and date."""
    return {
        "command": "crack_scanner train --preset scanner --data DATA "
        f"--epochs {plan.epochs} --seed {plan.seed}{_models(plan)}",
        "seed": plan.seed,
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def _models(plan: Plan) -> str:
    """Which model files the command names, and with which contents; the teacher is START by default."""
    named = [("start", plan.start)] if plan.start else []
    if plan.teacher and plan.teacher != plan.start:
        named.append(("teacher", plan.teacher))
    return "".join(f" --{option} {file.name} (sha256 {load_card(file).sha256})" for option, file in named)
