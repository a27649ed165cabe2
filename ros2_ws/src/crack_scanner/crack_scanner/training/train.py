"""`train --preset scanner`: from a data folder to the shipped classifier with its card."""

import datetime
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_SEGMENTER
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.calibrate import Platt, fit_platt
from crack_scanner.training.card import DATA_SOURCES, LIMITS, model_facts, write_card
from crack_scanner.training.checks import check_out
from crack_scanner.training.evaluate import Scores, summary
from crack_scanner.training.export import to_litert
from crack_scanner.training.int8_model import HeldOut, write_int8
from crack_scanner.training.loop import Schedule, Trainer, read_history, write_history
from crack_scanner.training.marked import write_cracks
from crack_scanner.training.metrics import rates
from crack_scanner.training.networks import CELLS, TILE_SIZE, deployed, training_network
from crack_scanner.training.sampler import Recipe, Source, batches, first_tiles
from crack_scanner.training.soft_targets import write_targets
from crack_scanner.training.threads import limit_threads
from crack_scanner.training.tile_sets import TileSet, find_folders, part_title, prepare
from crack_scanner.training.warm_start import mean_with, start_from
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.model_card import load_card
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.tile_grid import tile_grid

Say = Callable[[str], None]
STEPS_PER_EPOCH = 500
REAL_TILES = 28
"""Real tiles in a batch."""
SET_SHARE = {False: 14, True: 14}
"""How the sets share them: numbered sets, and those of many photos, which are smaller and harder."""
DRAWN_TILES = (6, 5)
"""Tiles with and without a crack, drawn onto others, in a batch."""
POLISH_FROM, POLISH_AS_IT_IS, POLISH_DRAWN = 0.6, 0.5, (4, 5)
"""Share of the steps after which more of the real tiles are shown as they are, and fewer cracks drawn."""
REAL_CRACKS = 1500
"""Tiles of a set, at most, whose cracks are put onto other surfaces."""
TARGET_TILES = 128
"""Tiles by which a network that goes on from a model file is set up."""
PEAK = {False: 1.6e-3, True: 6e-4}
"""Largest learning rate, from scratch and when going on from a model file."""
MODEL_NAME = "crack_classifier"


@dataclass(frozen=True)
class Plan:
    """What to train. start: a model file to go on from.

    steps_per_epoch and pool (drawn tiles kept in stock) are made small only by tests.
    """

    data: Path
    out: Path
    epochs: int = 24
    seed: int = 1
    resume: bool = False
    threads: int = 2
    start: Path | None = None
    steps_per_epoch: int = STEPS_PER_EPOCH
    pool: int = 3000


def train_scanner(plan: Plan, say: Say, progress: Say | None = None) -> dict[str, Any]:
    """Train, calibrate, export and measure; returns the card, which lies beside the model in `plan.out`.

    progress: told what is soon out of date, where that is to be shown otherwise than `say` shows the rest.
    """
    check_out(plan.out)
    sets = prepare_sets(plan, say)
    limit_threads(plan.threads)
    keras.utils.set_random_seed(plan.seed)
    network = training_network()
    schedule = Schedule(
        plan.epochs * plan.steps_per_epoch, plan.steps_per_epoch, PEAK[plan.start is not None]
    )
    checkpoint = plan.out / "checkpoint.npz"
    resumed = plan.resume and checkpoint.is_file()
    made_of = recipe(sets, plan, say)
    if plan.start and not resumed:
        start_from(network, plan.start, first_tiles(made_of, TARGET_TILES))
    trainer = Trainer(network, schedule, checkpoint)
    if resumed:
        trainer.resume()
        # After a resumption the random numbers differ from those already used.
        made_of = replace(made_of, seed=made_of.seed + trainer.step)
        say(f"going on from step {trainer.step} of {schedule.steps}")
    _train(trainer, made_of, sets, plan, say, progress or say)
    with trainer.averaged() as averaged:
        trained = deployed(averaged)
        if plan.start:
            trained = mean_network(to_litert(trained, 1.0, 0.0, TILE_SIZE), plan.start)
        return finish(trained, sets, plan, say)


def mean_network(trained: bytes, start: Path) -> keras.Model:
    """What is shipped of a training that went on from a model file: the mean of both weights."""
    network = training_network()
    mean_with(network, trained, start, np.zeros((1, TILE_SIZE, TILE_SIZE, 3), np.uint8))
    return deployed(network)


def prepare_sets(plan: Plan, say: Say) -> list[TileSet]:
    """Check, split and lay out every set of the data folder."""
    sets = []
    for folder in find_folders(plan.data):
        tile_set = prepare(folder, plan.out / "tiles", TILE_SIZE)
        counts = ", ".join(f"{len(files)} {part}" for part, files in tile_set.parts.items())
        grey = f"; {tile_set.grey} grey pictures get equal channels" if tile_set.grey else ""
        say(f"{folder.name}: {counts}{grey}")
        sets.append(tile_set)
    return sets


def recipe(sets: Sequence[TileSet], plan: Plan, say: Say) -> Recipe:
    """What batches are made of."""
    parts = [SET_SHARE[tile_set.by_photo] for tile_set in sets]
    sources = []
    for tile_set, part in zip(sets, parts, strict=True):
        count = max(round(REAL_TILES * part / sum(parts)), 2)
        for label in (0, 1):
            share = count // 2 if label == 0 else count - count // 2
            sources.append(Source(tile_set.stocks["train", label], label, share))
    cracks, distractors = DRAWN_TILES
    return Recipe(
        _with_targets(sources, plan, say), cracks, distractors, plan.pool, redraw=2, tile_size=TILE_SIZE,
        grid=CELLS, seed=plan.seed * 1_000_003, real_cracks=_real_cracks(sources, plan.out, say),
    )  # fmt: skip


def _with_targets(sources: Sequence[Source], plan: Plan, say: Say) -> tuple[Source, ...]:
    """The sources with what the network that is gone on from says of their tiles beside the labels."""
    if not plan.start:
        return tuple(sources)
    found = []
    with TileClassifier.load(plan.start, plan.threads) as classifier:
        for source in sources:
            file = source.path.with_name(f"{source.path.stem}_targets.npy")
            if not (plan.resume and file.is_file()):
                write_targets(np.load(source.path, mmap_mode="r"), source.label, classifier, file)
            found.append(replace(source, targets=file))
            say(f"{source.path.stem}: labels weighed against what {plan.start.name} says")
    return tuple(found)


def _real_cracks(sources: Sequence[Source], out: Path, say: Say) -> tuple[Path, ...]:
    """Files of the cracks that the shipped segmenter is sure of in training tiles; no empty ones."""
    found = []
    with CrackSegmenter.load(DEFAULT_SEGMENTER) as segmenter:
        for source in sources:
            if not source.label:
                continue
            file = out / "tiles" / f"{source.path.stem}_cracks.npy"
            count = write_cracks(np.load(source.path, mmap_mode="r"), segmenter, file, REAL_CRACKS)
            say(f"{source.path.stem}: {count} cracks to be put onto other surfaces")
            found += [file] if count else []
    return tuple(found)


def _train(
    trainer: Trainer, made_of: Recipe, sets: Sequence[TileSet], plan: Plan, say: Say, progress: Say
) -> None:
    epochs_done = trainer.step // plan.steps_per_epoch
    history = read_history(plan.out / "history.json", epochs_done) if epochs_done else []

    def after_epoch(epoch: int) -> None:
        entry: dict[str, Any] = {"epoch": epoch}
        with trainer.averaged() as averaged:
            for tile_set in sets:
                entry[tile_set.name] = _validation_figures(deployed(averaged), tile_set)
        history.append(entry)
        write_history(plan.out / "history.json", history)
        say(f"epoch {epoch}: " + ", ".join(_glance(name, entry[name]) for name in entry if name != "epoch"))

    polish_from = int(POLISH_FROM * plan.epochs) * plan.steps_per_epoch
    trainer.run(batches(made_of), progress, after_epoch, polish_from)
    cracks, distractors = POLISH_DRAWN
    made_of = replace(made_of, as_it_is=POLISH_AS_IT_IS, drawn_cracks=cracks, drawn_distractors=distractors)
    trainer.run(batches(made_of), progress, after_epoch)


def _validation_figures(network: keras.Model, tile_set: TileSet) -> dict[str, float]:
    logits, labels = part_logits(network, tile_set, "validation")
    figures = rates(Platt(1.0, 0.0).probability(logits), labels, 0.5)
    return {name: figures[name] for name in ("balanced_accuracy", "auroc")}


def _glance(name: str, figures: dict[str, float]) -> str:
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
    """Platt's scaling on the validation parts, each class of each set counting the same.

    So a probability is one at even chances, whatever the share of cracks in a set, and its odds are the
    weight of evidence that the map adds up; and neither a large easy set nor a small hard one decides alone.
    """
    found = [part_logits(network, tile_set, "validation") for tile_set in sets]
    logits, labels = (np.concatenate(column) for column in zip(*found, strict=True))
    weights = [1.0 / np.bincount(of_set, minlength=2)[of_set] for _, of_set in found]
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
            f"{name}: accuracy {figures['accuracy']:.4f}, {_glance('', figures).strip()}, "
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
    return Scores(files, platt.probability(logits), labels, tile_set.grey)


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
            "the validation parts, each class of each set counting the same, and folded into the last layer. "
            "A picture of several tiles counts with its highest logit.",
            **platt.as_dict(),
        },
        "data": DATA_SOURCES,
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
        f"--epochs {plan.epochs} --seed {plan.seed}{_start(plan)}",
        "seed": plan.seed,
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def _start(plan: Plan) -> str:
    """How the command goes on from a model file, by name and contents."""
    return f" --start {plan.start.name} (sha256 {load_card(plan.start).sha256})" if plan.start else ""
