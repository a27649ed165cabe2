"""The article's pictures: curves, examples, one prediction, confusion matrix."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt

mpl.use("Agg")
from matplotlib import pyplot as plt

NAMES = ("no crack", "crack")


def write_plots(
    out: Path,
    history: dict[str, list[float]],
    pictures: Any,
    network: Callable[..., Any],
    counts: dict[str, int],
    seed: int,
) -> None:
    """Write curves.png, examples.png, prediction.png and confusion.png into `out`.

    pictures: batches of tiles and labels that were held back. counts: the confusion matrix.
    """
    _curves(out / "curves.png", history)
    tiles, truth = next(iter(pictures))
    _examples(out / "examples.png", tiles.numpy(), truth.numpy()[:, 0])
    index = int(np.random.default_rng(seed).integers(len(tiles)))
    probability = float(network(tiles[index : index + 1], training=False)[0, 0])
    _prediction(out / "prediction.png", tiles[index].numpy(), int(truth[index, 0]), probability)
    _confusion(out / "confusion.png", counts)


def _curves(path: Path, history: dict[str, list[float]]) -> None:
    figure, axes = plt.subplots(1, 2, figsize=(10, 4))
    for axis, name in zip(axes, ("accuracy", "loss"), strict=True):
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            axis.plot(range(1, len(history.get(key, [])) + 1), history.get(key, []), label=label)
        axis.set(xlabel="epoch", ylabel=name)
        axis.legend()
    _save(figure, path)


def _examples(path: Path, tiles: npt.NDArray[np.float32], labels: npt.NDArray[np.float32]) -> None:
    figure, axes = plt.subplots(3, 6, figsize=(12, 6))
    for axis, tile, label in zip(axes.flat, tiles, labels, strict=False):
        axis.imshow(tile.astype(np.uint8))
        axis.set_title(NAMES[int(label)])
    for axis in axes.flat:
        axis.axis("off")
    _save(figure, path)


def _prediction(path: Path, tile: npt.NDArray[np.float32], label: int, probability: float) -> None:
    figure, axis = plt.subplots(figsize=(4, 4))
    axis.imshow(tile.astype(np.uint8))
    axis.set_title(f"{NAMES[label]}; crack probability {probability:.3f}")
    axis.axis("off")
    _save(figure, path)


def _confusion(path: Path, counts: dict[str, int]) -> None:
    table = np.array(
        [
            [counts["true_negative"], counts["false_positive"]],
            [counts["false_negative"], counts["true_positive"]],
        ]
    )
    figure, axis = plt.subplots(figsize=(4, 4))
    axis.imshow(table, cmap="Blues")
    for (row, column), count in np.ndenumerate(table):
        axis.text(column, row, str(count), ha="center", va="center")
    axis.set(xticks=[0, 1], yticks=[0, 1], xticklabels=NAMES, yticklabels=NAMES, xlabel="called", ylabel="is")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
