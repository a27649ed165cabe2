"""A model's figures on a folder of labelled pictures; needs LiteRT and numpy, not the training framework."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.checks import is_grey
from crack_scanner.training.dataset import VISIBLE, LabelledFile, list_tiles, read_picture, visible_only
from crack_scanner.training.metrics import bootstrap_intervals, confusion, rates
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.model_card import load_card
from crack_scanner.vision.tile_grid import tile_grid

Progress = Callable[[int, int], None]
LARGEST_GAP = 0.05
"""Share of a tile's side by which a picture may be smaller: sets of 224 pixels are common."""
TIMING_ROUNDS = 300
TIMING_TILES = 4


@dataclass(frozen=True)
class Scores:
    """The probability of every picture of a folder. probability, labels: (N,); files in the same order."""

    files: list[LabelledFile]
    probability: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    grey: int
    """How many of the pictures have no colour."""
    completed: int = 0
    """How many were a little smaller than a tile and are mirrored at their borders."""


def evaluate(
    model: Path,
    folder: Path,
    visible: bool = False,
    progress: Progress | None = None,
    threads: int = 0,
    plot: Callable[[Scores], None] | None = None,
) -> dict[str, Any]:
    """All figures of a model on FOLDER/Positive and FOLDER/Negative.

    visible: only the Positive tiles that FOLDER/visible_crack.txt names. plot: is handed the scores.
    """
    files = list_tiles(folder)
    if visible:
        if not (folder / VISIBLE).is_file():
            raise CrackScannerError(
                f"{folder / VISIBLE} is not there, so nobody knows which cracks are visible"
            )
        files = visible_only(files, folder)
    with TileClassifier.load(model, threads) as classifier:
        scores = score_files(classifier, files, progress)
    if plot:
        plot(scores)
    return summary(scores, classifier.card.threshold) | {
        "ms_per_tile": round(milliseconds_per_tile([model])[0], 4),
        "model": model_facts(model),
    }


def score_files(
    classifier: TileClassifier, files: Sequence[LabelledFile], progress: Progress | None = None
) -> Scores:
    """Score pictures: one larger than a tile counts with the highest probability over its clamped tiles."""
    probability = np.empty(len(files))
    grey = completed = 0
    for index, file in enumerate(files):
        image = read_picture(file.path)
        probability[index] = score_picture(classifier, image, file.path)
        completed += min(image.shape[:2]) < classifier.card.tile_size
        grey += is_grey(image)
        if progress and (index % 50 == 49 or index == len(files) - 1):
            progress(index + 1, len(files))
    labels = np.array([file.label for file in files])
    return Scores(list(files), probability, labels, grey, completed)


def score_picture(classifier: TileClassifier, image: npt.NDArray[np.uint8], path: Path) -> float:
    """Highest crack probability over the tiles of an (H, W, 3) RGB picture.

    One that is a few pixels too small is mirrored at its borders, which leaves cracks as wide as they are.
    """
    height, width = image.shape[:2]
    tile = classifier.card.tile_size
    if min(height, width) < (1.0 - LARGEST_GAP) * tile:
        raise CrackScannerError(
            f"{path} is {width}x{height} pixels, smaller than the model's tile of {tile}x{tile}: "
            "use larger pictures, do not enlarge them"
        )
    image = _completed(image, tile)
    height, width = image.shape[:2]
    return float(classifier.score(list(tile_grid(width, height, tile).views(image))).max())


def _completed(image: npt.NDArray[np.uint8], tile: int) -> npt.NDArray[np.uint8]:
    """A picture (H, W, 3) mirrored at its borders until it is as large as a tile."""
    down, across = (max(tile - side, 0) for side in image.shape[:2])
    border = down // 2, down - down // 2, across // 2, across - across // 2
    return np.asarray(cv2.copyMakeBorder(image, *border, cv2.BORDER_REFLECT_101), np.uint8)


def summary(scores: Scores, threshold: float) -> dict[str, Any]:
    """Rates with their 95 % intervals over blocks or photos, counts, and how many groups there are."""
    groups = [file.group for file in scores.files]
    figures = rates(scores.probability, scores.labels, threshold)
    return {
        "images": len(scores.files),
        **{name: round(value, 6) for name, value in figures.items()},
        "interval": bootstrap_intervals(scores.probability, scores.labels, groups, threshold),
        "groups": len(set(groups)),
        "threshold": threshold,
        "confusion": confusion(scores.probability, scores.labels, threshold),
        "grey": scores.grey,
        "completed": scores.completed,
    }


def model_facts(model: Path) -> dict[str, Any]:
    """Name, sha256, size and parameters, as the card has them and the file bears out."""
    card = load_card(model)
    return {
        "name": card.name,
        "sha256": card.sha256,
        "bytes": model.stat().st_size,
        "parameters": card.parameters,
    }


def milliseconds_per_tile(models: Sequence[Path]) -> list[float]:
    """Time of one tile of each model on one thread, taken in turns.

    The fastest of several rounds, as other work on the machine only ever adds time.
    """
    with ExitStack() as opened:
        classifiers = [opened.enter_context(TileClassifier.load(model, threads=1)) for model in models]
        times = [[_round(classifier) for classifier in classifiers] for _ in range(TIMING_ROUNDS)]
    return [min(column) / TIMING_TILES * 1e3 for column in zip(*times, strict=True)]


def _round(classifier: TileClassifier) -> float:
    size = classifier.card.tile_size
    tiles = list(np.random.default_rng(0).integers(0, 256, (TIMING_TILES, size, size, 3), np.uint8))
    start = time.perf_counter()
    classifier.score(tiles)
    return time.perf_counter() - start
