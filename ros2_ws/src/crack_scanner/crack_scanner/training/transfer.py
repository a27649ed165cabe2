"""Classifiers side by side on unseen pictures of several sets: what carries over from one to another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.checks import check_counts, check_parts
from crack_scanner.training.dataset import LabelledFile, list_tiles, visible_only
from crack_scanner.training.evaluate import Scores, milliseconds_per_tile, model_facts, score_files, summary
from crack_scanner.training.splits import split
from crack_scanner.training.tile_sets import find_folders, part_title
from crack_scanner.vision.classifier import TileClassifier

Say = Callable[[str], None]
COLUMNS = ("accuracy", "balanced_accuracy", "recall", "specificity", "auroc", "ece")


@dataclass(frozen=True)
class UnseenPart:
    """Pictures of a set that `train` holds out."""

    title: str
    files: list[LabelledFile]


def unseen_parts(data: Path) -> list[UnseenPart]:
    """The held-out part of each set of a data folder; of Positive pictures those with a visible crack."""
    found = []
    for folder in find_folders(data):
        files = visible_only(list_tiles(folder), folder)
        check_counts(folder, files)
        parts = split(files)
        check_parts(folder, parts)
        unseen = parts["test"]
        found.append(UnseenPart(part_title(folder.name, ":" not in unseen[0].group), unseen))
    return found


def compare(
    models: Sequence[Path], data: Path, say: Say, plot: Callable[[str, dict[str, Scores]], None] | None = None
) -> dict[str, Any]:
    """Figures of every model on every set's unseen part, and the time of a tile, taken in turns.

    plot: is handed a set's title and each model's scores. The result has `sets`: title to model name to
    figures; `ms_per_tile` and `models`: by model name.
    """
    named = dict(zip(model_names(models), models, strict=True))
    sets: dict[str, dict[str, Any]] = {}
    for part in unseen_parts(data):
        scores = {name: _scores(model, part) for name, model in named.items()}
        sets[part.title] = {}
        for name, model in named.items():
            with TileClassifier.load(model, threads=1) as classifier:
                sets[part.title][name] = summary(scores[name], classifier.card.threshold)
            figures = sets[part.title][name]
            say(
                f"{part.title}, {name}: " + ", ".join(f"{column} {figures[column]:.4f}" for column in COLUMNS)
            )
        if plot:
            plot(part.title, scores)
    times = milliseconds_per_tile(models)
    return {
        "sets": sets,
        "ms_per_tile": {name: round(time, 4) for name, time in zip(named, times, strict=True)},
        "models": {name: model_facts(model) for name, model in named.items()},
    }


def model_names(models: Sequence[Path]) -> list[str]:
    """What the models are called beside each other: by file name, and as many folders as tell them apart."""
    if len({model.resolve().with_suffix("") for model in models}) < len(models):
        raise CrackScannerError(f"model {models[0]} is named twice; expected two different files to compare")
    parts = [model.absolute().with_suffix("").parts for model in models]
    deepest = max(map(len, parts))
    names = (["/".join(part[-depth:]) for part in parts] for depth in range(1, deepest + 1))
    return next(found for found in names if len(set(found)) == len(models))


def markdown(compared: dict[str, Any]) -> str:
    """The result of `compare` as tables, for people."""
    lines = ["| set | network | " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |"]
    lines.append("|" + "---|" * (len(COLUMNS) + 2))
    for title, models in compared["sets"].items():
        for model, figures in models.items():
            cells = (f"{figures[name]:.4f} ({_interval(figures, name)})" for name in COLUMNS)
            lines.append(f"| {title} | {model} | " + " | ".join(cells) + " |")
    slowest = max(compared["ms_per_tile"].values())
    lines += ["", "| network | parameters | bytes | ms a tile | times as fast |", "|---|---|---|---|---|"]
    for model, time in compared["ms_per_tile"].items():
        facts = compared["models"][model]
        lines.append(
            f"| {model} | {facts['parameters']} | {facts['bytes']} | {time:.3f} | {slowest / time:.1f} |"
        )
    return "\n".join([*lines, ""])


def _interval(figures: dict[str, Any], name: str) -> str:
    low, high = figures["interval"][name]
    return f"{low:.3f}–{high:.3f}"


def _scores(model: Path, part: UnseenPart) -> Scores:
    with TileClassifier.load(model) as classifier:
        return score_files(classifier, part.files)
