"""`train --preset article`: the article's workflow to the letter, with the honest number beside its own.

Blocks of file numbers are set aside first; on the rest the article's random 80/20 split is made. The random
split's figure is the article's, the figure on the blocks is what new photos would give.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.article_network import article_network
from crack_scanner.training.article_plots import write_plots
from crack_scanner.training.dataset import CLASSES, LabelledFile, list_tiles, read_picture
from crack_scanner.training.metrics import confusion, rates
from crack_scanner.training.splits import split
from crack_scanner.training.threads import limit_threads
from crack_scanner.training.tile_sets import check_counts

BATCH = 32
VALIDATION_SHARE = 0.2
PATIENCE = 5
REPRESENTATIVE_TILES = 200
Say = Callable[[str], None]


@dataclass(frozen=True)
class ArticlePlan:
    """What to train; the article stops early, `epochs` is the most."""

    data: Path
    out: Path
    epochs: int = 20
    seed: int = 1
    resume: bool = False
    threads: int = 2


def train_article(plan: ArticlePlan, say: Say) -> dict[str, Any]:
    """Train, write plots, metrics and models into `plan.out`; returns the metrics."""
    size, blocks = _lay_out(plan, say)
    keras.utils.set_random_seed(plan.seed)
    limit_threads(plan.threads)
    training, validation = _datasets(plan, size)
    network = article_network(size)
    history = _fit(network, training, validation, plan, say)
    probability, labels = _predict(network, validation)
    unseen = _score(network, blocks)
    metrics = {
        "random_split": rates(probability, labels, 0.5) | confusion(probability, labels, 0.5),
        "unseen_blocks": rates(*unseen, 0.5) | confusion(*unseen, 0.5),
        "parameters": network.count_params(),
        "history": history,
        "models": _export(network, training, plan.out),
    }
    write_atomically(plan.out / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())
    write_plots(plan.out, history, validation, probability, labels, plan.seed)
    for name, words in (("random_split", "random 80/20 split"), ("unseen_blocks", "unseen blocks")):
        say(f"{words}: accuracy {metrics[name]['accuracy']:.4f}")
    return metrics


def _lay_out(plan: ArticlePlan, say: Say) -> tuple[int, list[LabelledFile]]:
    """Check the pictures, link those to be split at random below OUT; gives tile size and held-out files."""
    files = list_tiles(plan.data)
    check_counts(plan.data, files)
    sizes = {read_picture(file.path).shape[:2] for file in files}
    if len(sizes) > 1 or len(set(min(sizes))) > 1:
        found = ", ".join(f"{width}x{height}" for height, width in sorted(sizes))
        raise CrackScannerError(f"{plan.data} has pictures of {found}; expected square ones of one size")
    parts = split(files)
    for class_name in CLASSES:
        folder = plan.out / "pictures" / class_name
        folder.mkdir(parents=True, exist_ok=True)
        for link in folder.iterdir():
            link.unlink()
    for file in parts["train"] + parts["validation"]:
        os.symlink(file.path.resolve(), plan.out / "pictures" / CLASSES[file.label] / file.path.name)
    say(f"{len(files)} pictures, {len(parts['test'])} of them in blocks set aside")
    return min(sizes)[0], parts["test"]


def _datasets(plan: ArticlePlan, size: int) -> tuple[Any, Any]:
    training, validation = keras.utils.image_dataset_from_directory(
        plan.out / "pictures",
        label_mode="binary",
        class_names=list(CLASSES),
        image_size=(size, size),
        batch_size=BATCH,
        validation_split=VALIDATION_SHARE,
        subset="both",
        seed=plan.seed,
        verbose=False,
    )
    return training.prefetch(2), validation.prefetch(2)


def _fit(
    network: keras.Model, training: Any, validation: Any, plan: ArticlePlan, say: Say
) -> dict[str, list[float]]:
    backup = plan.out / "backup"
    if not plan.resume:
        for path in backup.glob("**/*"):
            if path.is_file():
                path.unlink()
    fitted = network.fit(
        training,
        validation_data=validation,
        epochs=plan.epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.BackupAndRestore(str(backup), delete_checkpoint=False),
            keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True),
            _Progress(plan.epochs, len(training), say),
        ],
    )
    return {name: [float(value) for value in values] for name, values in fitted.history.items()}


class _Progress(keras.callbacks.Callback):
    """Says how far the training is and how long it can take at most."""

    def __init__(self, epochs: int, steps: int, say: Say) -> None:
        super().__init__()
        self._epochs, self._steps, self._say = epochs, steps, say
        self._epoch, self._done, self._start = 0, 0, time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._done += 1
        if batch % 25 == 24:
            left = (self._epochs - self._epoch) * self._steps - batch
            seconds = int(left * (time.monotonic() - self._start) / self._done)
            self._say(
                f"epoch {self._epoch + 1} of at most {self._epochs}, step {batch + 1} of {self._steps}: "
                f"accuracy {logs['accuracy']:.4f}, at most {seconds // 60} min {seconds % 60:02d} s left"
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._say(
            f"epoch {epoch + 1}: accuracy {logs['accuracy']:.4f}, validation {logs['val_accuracy']:.4f}"
        )


def _predict(network: keras.Model, pictures: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Probability and label (N,) of every picture of a dataset."""
    found = [
        (network(tiles, training=False).numpy()[:, 0], labels.numpy()[:, 0]) for tiles, labels in pictures
    ]
    probability, labels = (np.concatenate(column) for column in zip(*found, strict=True))
    return probability.astype(np.float64), labels.astype(np.int64)


def _score(
    network: keras.Model, files: Sequence[LabelledFile]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    probability = [
        float(network(read_picture(file.path)[None].astype(np.float32), training=False)[0, 0])
        for file in files
    ]
    return np.array(probability), np.array([file.label for file in files])


def _export(network: keras.Model, training: Any, out: Path) -> dict[str, int]:
    """Write the float32 and the full-integer int8 model; returns their sizes in bytes."""
    representative = [tiles.numpy()[:1] for tiles, _ in training.take(REPRESENTATIVE_TILES)]
    plain = tf.lite.TFLiteConverter.from_keras_model(network).convert()
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([tile] for tile in representative)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    sizes = {}
    for name, content in (("article_float32.tflite", plain), ("article_int8.tflite", converter.convert())):
        write_atomically(out / name, content)
        sizes[name] = len(content)
    return sizes
