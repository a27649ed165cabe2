"""The int8 file of a classifier, with its card: made, measured beside the float32 one, and written."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.card import file_facts, write_card
from crack_scanner.training.checks import check_counts, check_parts, common_size
from crack_scanner.training.dataset import LabelledFile, list_tiles, read_picture, visible_only
from crack_scanner.training.evaluate import score_files, summary
from crack_scanner.training.layer_outputs import Tile
from crack_scanner.training.quantize import drawn_tiles, quantize
from crack_scanner.training.splits import split
from crack_scanner.training.tile_sets import find_folders, part_title
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.model_card import INT8

DRAWN_TILES = 200
"""Representative tiles that are drawn."""
REAL_TILES = 100
"""Representative tiles of each set's training part."""
TOLERANCE = 0.003
"""Accuracy that int8 may cost."""
FIGURES = ("accuracy", "balanced_accuracy", "auroc", "ece")
Say = Callable[[str], None]


@dataclass(frozen=True)
class HeldOut:
    """A set's part that a model was not trained on, and the part that it was trained on."""

    title: str
    unseen: Sequence[LabelledFile]
    trained: Sequence[LabelledFile]


def held_out(data: Path, tile_size: int) -> list[HeldOut]:
    """The sets of a data folder, split as for training; the pictures must be as large as a tile."""
    found = []
    for folder in find_folders(data):
        files = visible_only(list_tiles(folder), folder)
        check_counts(folder, files)
        common_size(files[0].path, tile_size)
        parts = split(files)
        check_parts(folder, parts)
        by_photo = ":" not in parts["train"][0].group
        found.append(HeldOut(part_title(folder.name, by_photo), parts["test"], parts["train"]))
    return found


def write_int8(model: Path, sets: Sequence[HeldOut], out: Path, say: Say) -> dict[str, Any]:
    """Write MODEL_int8.tflite with its card into `out`; returns the card.

    The representative tiles are drawn, and of the sets' training parts where there are sets.
    """
    with TileClassifier.load(model, threads=1) as classifier:
        card = classifier.card
    if card.precision == INT8:
        raise CrackScannerError(f"model {model} is int8 already: give the float32 file it was made from")
    tiles = representative_tiles(card.tile_size, sets)
    say(f"int8 from {len(tiles)} representative tiles")
    file = out / f"{model.stem}_int8.tflite"
    write_atomically(file, quantize(model.read_bytes(), tiles))
    made = _card(model, file, len(tiles))
    write_card(file, made)
    made["metrics"], made["quantization"]["compared"] = _compare(model, file, sets, say)
    write_card(file, made)
    return made


def representative_tiles(size: int, sets: Sequence[HeldOut], seed: int = 1) -> list[Tile]:
    """Drawn tiles, then tiles (size, size, 3) uint8 RGB from anywhere in pictures of the training parts."""
    rng = np.random.default_rng(seed)
    tiles = list(drawn_tiles(DRAWN_TILES, size, seed))
    for one in sets:
        chosen = rng.choice(len(one.trained), min(REAL_TILES, len(one.trained)), replace=False)
        tiles += [any_tile(one.trained[index].path, size, rng) for index in chosen]
    return tiles


def any_tile(path: Path, size: int, rng: np.random.Generator) -> Tile:
    """A tile (size, size, 3) uint8 RGB from anywhere in a picture, which must be at least as large."""
    image = read_picture(path)
    height, width = image.shape[:2]
    if min(height, width) < size:
        raise CrackScannerError(
            f"{path} is {width}x{height} pixels, smaller than the model's tile of {size}x{size}: "
            "remove it or replace it by a larger one"
        )
    top, left = (int(rng.integers(side - size + 1)) for side in image.shape[:2])
    return np.ascontiguousarray(image[top : top + size, left : left + size])


def _card(model: Path, file: Path, tiles: int) -> dict[str, Any]:
    """The float32 model's card, turned into that of its int8 file; not measured yet."""
    card: dict[str, Any] = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
    return {
        **card,
        **file_facts(file),
        "input": {**card["input"], "dtype": INT8},
        "output": {**card["output"], "dtype": INT8},
        "quantized_from": card["sha256"],
        "quantization": {
            "method": "full-integer int8 after training: weights with a scale for each channel, activations "
            "with one, cross-layer equalization before, the outputs of depthwise convolutions clipped, bias "
            "correction after; a pixel is the input plus 128, a probability is the output plus 128, over 256",
            "representative_tiles": tiles,
            "command": f"crack_scanner embed --model {model.name} --data DATA --out DIR",
            "ai_edge_quantizer": metadata.version("ai-edge-quantizer"),
        },
        "metrics": {},
    }


def _compare(
    model: Path, int8: Path, sets: Sequence[HeldOut], say: Say
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The int8 model's figures by set, and those of both models side by side."""
    metrics, compared = {}, {}
    for one in sets:
        before, after = (_measure(path, one) for path in (model, int8))
        metrics[one.title] = after
        points = round(100 * (after["accuracy"] - before["accuracy"]), 3)
        compared[one.title] = {
            "float32": {name: before[name] for name in FIGURES},
            "int8": {name: after[name] for name in FIGURES},
            "points": points,
        }
        say(
            f"{one.title}: accuracy {before['accuracy']:.4f} in float32, {after['accuracy']:.4f} in int8 "
            f"({points:+.2f} points on {after['images']} pictures)"
        )
        if after["accuracy"] < before["accuracy"] - TOLERANCE:
            say(f"{one.title}: int8 costs more than {100 * TOLERANCE:g} points")
    return metrics, compared


def _measure(model: Path, one: HeldOut) -> dict[str, Any]:
    with TileClassifier.load(model, threads=1) as classifier:
        return summary(score_files(classifier, one.unseen), classifier.card.threshold)
