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

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.article_export import FLOAT32_FILE, INT8_FILE, export, write_cards
from crack_scanner.training.article_memory import EarlyStopping
from crack_scanner.training.article_network import article_network
from crack_scanner.training.article_plots import write_plots
from crack_scanner.training.card import data_source
from crack_scanner.training.checks import check_counts, check_out, check_parts, survey
from crack_scanner.training.dataset import CLASSES, LabelledFile, list_tiles, visible_only
from crack_scanner.training.evaluate import score_files, summary
from crack_scanner.training.metrics import confusion, rates
from crack_scanner.training.plan import ArticlePlan
from crack_scanner.training.splits import split
from crack_scanner.training.threads import limit_threads
from crack_scanner.training.tile_sets import find_folders, part_title
from crack_scanner.vision.classifier import TileClassifier

BATCH = 32
VALIDATION_SHARE = 0.2
REPRESENTATIVE_TILES = 200
SIZES = (32, 512)
"""Least and largest side of the pictures, which the network takes whole."""
REPORT_EVERY = 25
PICTURES = "pictures"
"""Folder of OUT with links to the pictures that are split at random."""
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"BM")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Layout:
    """The pictures, checked. size: their side, pixels. unseen: those in blocks set aside."""

    size: int
    set_name: str
    unseen: list[LabelledFile]

    @property
    def title(self) -> str:
        """What the blocks or photos set aside are called."""
        return part_title(self.set_name, ":" not in self.unseen[0].group)


def train_article(plan: ArticlePlan, say: Say, progress: Say | None = None) -> dict[str, Any]:
    """Train, write plots, metrics and models into `plan.out`; returns the metrics.

    progress: told what is soon out of date, where that is to be shown otherwise than `say` shows the rest.
    """
    progress = progress or say
    check_out(plan.out)
    layout = lay_out(plan, say, progress)
    keras.utils.set_random_seed(plan.seed)
    limit_threads(plan.threads)
    training, validation = _datasets(plan, layout.size)
    network = article_network(layout.size)
    history = _fit(network, training, validation, plan, say, progress)
    progress("measuring")
    probability, labels = _predict(network, validation)
    metrics = {
        "random_split": rates(probability, labels, 0.5) | confusion(probability, labels, 0.5),
        **_models(network, training, layout, plan.out, progress),
        "parameters": network.count_params(),
        "history": history,
    }
    write_atomically(plan.out / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())
    write_plots(plan.out, history, validation, network, confusion(probability, labels, 0.5), plan.seed)
    say(
        f"accuracy: {metrics['random_split']['accuracy']:.4f} on the random 80/20 split, "
        f"{metrics['unseen_blocks']['accuracy']:.4f} on {layout.title} ({len(layout.unseen)} pictures)"
    )
    say(f"plots, metrics.json and both models: {plan.out}")
    return metrics


def lay_out(plan: ArticlePlan, say: Say, progress: Say) -> Layout:
    """Check every picture, and link those to be split at random below OUT."""
    folder = _one_folder(plan.data)
    _check_apart(folder, plan.out / PICTURES)
    files = visible_only(list_tiles(folder), folder)
    check_counts(folder, files)
    parts = split(files)
    check_parts(folder, parts)
    found = survey(files, *SIZES, progress)
    for file in files:
        _check_format(file.path)
    _link(parts["train"] + parts["validation"], plan.out / PICTURES)
    grey = f"; {found.grey} grey ones get equal channels" if found.grey else ""
    say(
        f"{folder.name}: {len(files)} pictures of {found.size}x{found.size}, {len(parts['test'])} of them in "
        f"blocks or photos set aside{grey}"
    )
    return Layout(found.size, folder.name, parts["test"])


def _one_folder(data: Path) -> Path:
    folders = find_folders(data)
    if len(folders) > 1:
        names = ", ".join(folder.name for folder in folders)
        raise CrackScannerError(f"{data} holds several sets ({names}); the article trains on one: name it")
    return folders[0]


def _check_apart(data: Path, links: Path) -> None:
    """Refuse to lay links where the pictures themselves are."""
    if links.resolve() in (data.resolve(), *data.resolve().parents):
        raise CrackScannerError(
            f"{links} is for links to the pictures and must not hold the set {data}: give another --out"
        )


def _check_format(path: Path) -> None:
    with path.open("rb") as stream:
        start = stream.read(4)
    if not start.startswith(_SIGNATURES):
        raise CrackScannerError(f"{path} is no JPEG, PNG or BMP, which is what this preset reads: convert it")


def _link(files: Sequence[LabelledFile], folder: Path) -> None:
    """Make FOLDER/Negative and FOLDER/Positive with a link to each file."""
    for class_name in CLASSES:
        (folder / class_name).mkdir(parents=True, exist_ok=True)
        for link in (folder / class_name).iterdir():
            if not link.is_symlink():
                raise CrackScannerError(
                    f"{link} is no link made by an earlier training: move it away, or give another --out"
                )
            link.unlink()
    for file in files:
        os.symlink(file.path.resolve(), folder / CLASSES[file.label] / file.path.name)


def _datasets(plan: ArticlePlan, size: int) -> tuple[Any, Any]:
    training, validation = keras.utils.image_dataset_from_directory(
        plan.out / PICTURES,
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
    network: keras.Model, training: Any, validation: Any, plan: ArticlePlan, say: Say, progress: Say
) -> dict[str, list[float]]:
    """Train until it no longer gets better; the network has its best weights then."""
    memory = EarlyStopping(network, plan.out / "checkpoint.npz")
    network.optimizer.build(network.trainable_variables)
    if plan.resume and memory.resume():
        say(f"going on after epoch {memory.epochs_done}")
    if memory.is_over or memory.epochs_done >= plan.epochs:
        memory.restore_best()
        return memory.history
    network.fit(
        training,
        validation_data=validation,
        initial_epoch=memory.epochs_done,
        epochs=plan.epochs,
        shuffle=False,  # The dataset shuffles itself.
        verbose=0,
        callbacks=[memory, _Progress(plan.epochs, len(training), say, progress)],
    )
    return memory.history


class _Progress(keras.callbacks.Callback):
    """Says how far the training is and how long it can take at most."""

    def __init__(self, epochs: int, steps: int, say: Say, progress: Say) -> None:
        super().__init__()
        self._epochs, self._steps, self._say, self._tell = epochs, steps, say, progress
        self._epoch, self._done, self._start = 0, 0, time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._done += 1
        if batch % REPORT_EVERY == REPORT_EVERY - 1 or batch == self._steps - 1:
            left = (self._epochs - self._epoch) * self._steps - batch - 1
            seconds = int(left * (time.monotonic() - self._start) / self._done)
            self._tell(
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


def _models(network: keras.Model, training: Any, layout: Layout, out: Path, progress: Say) -> dict[str, Any]:
    """Write the float32 and the int8 model with their cards, and measure both on what was set aside."""
    representative = [tiles.numpy()[:1] for tiles, _ in training.take(REPRESENTATIVE_TILES)]
    sizes = export(network, representative, out)
    data = [data_source(layout.set_name)]
    write_cards(network, layout.size, data, {}, out)
    figures = {}
    for name in (FLOAT32_FILE, INT8_FILE):
        with TileClassifier.load(out / name, threads=1) as classifier:
            scored = score_files(
                classifier,
                layout.unseen,
                lambda done, total: progress(f"measured {done} of {total} pictures"),
            )
        figures[name] = {layout.title: summary(scored, 0.5)}
    write_cards(network, layout.size, data, figures, out)
    return {
        "unseen_blocks": figures[FLOAT32_FILE][layout.title],
        "unseen_blocks_int8": figures[INT8_FILE][layout.title],
        "models": sizes,
    }
