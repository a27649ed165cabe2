"""Pictures of an evaluation: ROC curve, reliability diagram, contact sheet of the worst mistakes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.training.dataset import read_picture
from crack_scanner.training.evaluate import Scores

BINS = 15
SHEET = (4, 8)
"""Rows and columns of the contact sheet."""
THUMBNAIL = 180


def write_plots(scores: Scores, out: Path) -> None:
    """Write roc.png, reliability.png and mistakes.png into `out`."""
    _prepare(out)
    _roc({"": scores}, out / "roc.png")
    _reliability({"": scores}, out / "reliability.png")
    _save_sheet(scores, out / "mistakes.png")


def write_comparison(title: str, scores: Mapping[str, Scores], out: Path) -> None:
    """The same of several models on one set, the mistakes those of each model; TITLE_roc.png and so on."""
    _prepare(out)
    stem = re.sub(r"\W+", "_", title)
    _roc(scores, out / f"{stem}_roc.png")
    _reliability(scores, out / f"{stem}_reliability.png")
    for model, of_model in scores.items():
        _save_sheet(of_model, out / f"{stem}_mistakes_{model.replace('/', '_')}.png")


def _prepare(out: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    out.mkdir(parents=True, exist_ok=True)


def roc_points(
    probability: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """False and true positive rates (M,) from the strictest threshold to the loosest, starting at 0, 0."""
    order = np.argsort(-probability, kind="stable")
    ends = np.flatnonzero(np.diff(probability[order], append=-np.inf))
    found = np.cumsum(labels[order] == 1)[ends] / max(int((labels == 1).sum()), 1)
    false = np.cumsum(labels[order] == 0)[ends] / max(int((labels == 0).sum()), 1)
    return np.concatenate([[0.0], false]), np.concatenate([[0.0], found])


def worst(scores: Scores, count: int) -> npt.NDArray[np.int64]:
    """Indices of the pictures called most wrongly, worst first."""
    error = np.abs(scores.probability - scores.labels)
    order = np.argsort(-error, kind="stable")[:count]
    return np.asarray(order[error[order] >= 0.5], np.int64)


def _roc(models: Mapping[str, Scores], path: Path) -> None:
    figure, axis = _square("false alarms", "cracks found")
    for model, scores in models.items():
        axis.plot(*roc_points(scores.probability, scores.labels), label=model)
    _save(figure, axis, path)


def _reliability(models: Mapping[str, Scores], path: Path) -> None:
    figure, axis = _square("probability given", "cracks among them")
    for model, scores in models.items():
        index = np.minimum((scores.probability * BINS).astype(int), BINS - 1)
        parts = [index == part for part in range(BINS) if (index == part).any()]
        given, found = (
            [values[part].mean() for part in parts] for values in (scores.probability, scores.labels)
        )
        axis.scatter(given, found, s=[8.0 + 200.0 * float(part.mean()) for part in parts], label=model)
    _save(figure, axis, path)


def _square(across: str, up: str) -> tuple[Any, Any]:
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(5, 5))
    axis.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axis.set(xlabel=across, ylabel=up, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return figure, axis


def _save(figure: Any, axis: Any, path: Path) -> None:
    from matplotlib import pyplot as plt

    if any(axis.get_legend_handles_labels()[1]):
        axis.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _save_sheet(scores: Scores, path: Path) -> None:
    rows, columns = SHEET
    sheet = np.full((rows * THUMBNAIL, columns * THUMBNAIL, 3), 255, np.uint8)
    for place, index in enumerate(worst(scores, rows * columns)):
        picture = cv2.resize(read_picture(scores.files[index].path), (THUMBNAIL, THUMBNAIL))
        is_crack = "crack" if scores.labels[index] else "clean"
        text = f"{is_crack} {scores.probability[index]:.2f}"
        cv2.putText(picture, text, (6, THUMBNAIL - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 0, 0), 2)
        y, x = place // columns * THUMBNAIL, place % columns * THUMBNAIL
        sheet[y : y + THUMBNAIL, x : x + THUMBNAIL] = picture
    cv2.imwrite(str(path), sheet[..., ::-1])
