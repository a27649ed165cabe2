"""`train --preset scanner`: from a data folder to the shipped classifier with its card."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from crack_scanner.resources import DEFAULT_SEGMENTER
from crack_scanner.training.calibrate import Platt
from crack_scanner.training.checks import check_out
from crack_scanner.training.export import to_litert
from crack_scanner.training.finish import finish, glance, part_logits
from crack_scanner.training.loop import Schedule, Trainer, read_history, write_history
from crack_scanner.training.marked import write_cracks
from crack_scanner.training.metrics import rates
from crack_scanner.training.networks import CELLS, TILE_SIZE, deployed, training_network
from crack_scanner.training.plan import Plan
from crack_scanner.training.sampler import Recipe, Source, batches, first_tiles
from crack_scanner.training.soft_targets import write_targets
from crack_scanner.training.symmetry import Ties, tie, ties
from crack_scanner.training.threads import limit_threads
from crack_scanner.training.tile_sets import TileSet, find_folders, prepare
from crack_scanner.training.warm_start import check_fits, is_tied, mean_with, start_from
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.model_card import load_card
from crack_scanner.vision.segmenter import CrackSegmenter

Say = Callable[[str], None]
REAL_TILES = 28
"""Real tiles in a batch."""
SET_SHARE = {False: 14, True: 14}
"""How the sets share them: numbered sets, and those of many photos, which are smaller and harder."""
DRAWN_TILES = (7, 10)
"""Tiles with and without a crack, drawn onto others, in a batch."""
POLISH_FROM, POLISH_AS_IT_IS, POLISH_DRAWN = 0.6, 0.5, (5, 8)
"""Share of the steps after which more of the real tiles are shown as they are, and fewer cracks drawn."""
REAL_CRACKS = 1500
"""Tiles of a set, at most, whose cracks are put onto other surfaces."""
TARGET_TILES = 128
"""Tiles by which a network that goes on from a model file is set up."""
PEAK = {False: 1.6e-3, True: 1e-3}
"""Largest learning rate, from scratch and when going on from a model file."""


def train_scanner(plan: Plan, say: Say, progress: Say | None = None) -> dict[str, Any]:
    """Train, calibrate, export and measure; returns the card, which lies beside the model in `plan.out`.

    progress: told what is soon out of date, where that is to be shown otherwise than `say` shows the rest.
    """
    check_out(plan.out)
    if plan.teacher:
        load_card(plan.teacher)
    limit_threads(plan.threads)
    keras.utils.set_random_seed(plan.seed)
    network = training_network()
    tied = _ties(network, plan.start, say)
    sets = prepare_sets(plan, say)
    schedule = Schedule(
        plan.epochs * plan.steps_per_epoch, plan.steps_per_epoch, PEAK[plan.start is not None]
    )
    checkpoint = plan.out / "checkpoint.npz"
    resumed = plan.resume and checkpoint.is_file()
    made_of = recipe(sets, plan, say)
    if not resumed:
        if plan.start:
            start_from(network, plan.start, first_tiles(made_of, TARGET_TILES), tied)
        else:
            tie(network, tied)
    trainer = Trainer(network, schedule, checkpoint, ties=tied)
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


def _ties(network: keras.Model, start: Path | None, say: Say) -> Ties:
    """Weights turn with the picture, unless the file that is gone on from has others."""
    tied = ties(network)
    if start is None:
        return tied
    load_card(start)
    check_fits(network, start)
    if is_tied(network, start, tied):
        return tied
    say(f"{start.name} has weights that do not turn with the picture: they are trained as they are")
    return {}


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
        count = sum(tile_set.grey.values())
        grey = f"; {count} grey pictures get equal channels" if count else ""
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
    """The sources with what the teacher says of their tiles beside the labels."""
    if not plan.teacher:
        return tuple(sources)
    found = []
    with TileClassifier.load(plan.teacher, plan.threads) as classifier:
        for source in sources:
            file = source.path.with_name(f"{source.path.stem}_targets.npy")
            if not (plan.resume and file.is_file()):
                write_targets(np.load(source.path, mmap_mode="r"), source.label, classifier, file)
            found.append(replace(source, targets=file))
            say(f"{source.path.stem}: labels weighed against what {plan.teacher.name} says")
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
        say(f"epoch {epoch}: " + ", ".join(glance(name, entry[name]) for name in entry if name != "epoch"))

    polish_from = int(POLISH_FROM * plan.epochs) * plan.steps_per_epoch
    trainer.run(batches(made_of), progress, after_epoch, polish_from)
    cracks, distractors = POLISH_DRAWN
    made_of = replace(made_of, as_it_is=POLISH_AS_IT_IS, drawn_cracks=cracks, drawn_distractors=distractors)
    trainer.run(batches(made_of), progress, after_epoch)


def _validation_figures(network: keras.Model, tile_set: TileSet) -> dict[str, float]:
    logits, labels = part_logits(network, tile_set, "validation")
    figures = rates(Platt(1.0, 0.0).probability(logits), labels, 0.5)
    return {name: figures[name] for name in ("balanced_accuracy", "auroc")}
