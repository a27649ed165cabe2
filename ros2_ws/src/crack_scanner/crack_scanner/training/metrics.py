"""Figures of a binary classifier, with bootstrap intervals over groups of pictures that belong together."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from crack_scanner.training.calibrate import expected_calibration_error

Vector = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
RESAMPLES = 1000


def confusion(probability: Vector, labels: Labels, threshold: float) -> dict[str, int]:
    """Counts of true and false positives and negatives; a tile is called crack from the threshold on."""
    called = probability >= threshold
    return {
        "true_positive": int((called & (labels == 1)).sum()),
        "false_negative": int((~called & (labels == 1)).sum()),
        "false_positive": int((called & (labels == 0)).sum()),
        "true_negative": int((~called & (labels == 0)).sum()),
    }


def auroc(probability: Vector, labels: Labels) -> float:
    """Area under the ROC curve: the chance that a crack scores above a clean picture, ties counting half."""
    positives, negatives = int((labels == 1).sum()), int((labels == 0).sum())
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(probability, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return float((ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def rates(probability: Vector, labels: Labels, threshold: float) -> dict[str, float]:
    """accuracy, balanced_accuracy, recall, specificity, auroc, ece: 0 to 1, NaN where a class is missing."""
    called = probability >= threshold
    recall = _mean(called[labels == 1])
    specificity = _mean(~called[labels == 0])
    return {
        "accuracy": _mean(called == (labels == 1)),
        "balanced_accuracy": (recall + specificity) / 2.0,
        "recall": recall,
        "specificity": specificity,
        "auroc": auroc(probability, labels),
        "ece": expected_calibration_error(probability, labels),
    }


def bootstrap_intervals(
    probability: Vector, labels: Labels, groups: Sequence[str], threshold: float, resamples: int = RESAMPLES
) -> dict[str, list[float]]:
    """95 % percentile intervals of `rates`, drawing whole groups (blocks, photos) with replacement."""
    members = _members(groups)
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(resamples):
        chosen = rng.integers(0, len(members), len(members))
        index = np.concatenate([members[group] for group in chosen])
        draws.append(list(rates(probability[index], labels[index], threshold).values()))
    low, high = _percentiles(np.array(draws))
    names = rates(probability, labels, threshold)
    return {
        name: [round(float(a), 4), round(float(b), 4)] for name, a, b in zip(names, low, high, strict=True)
    }


def _members(groups: Sequence[str]) -> list[npt.NDArray[np.int64]]:
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    return [np.flatnonzero(index == group) for group in range(len(names))]


def _percentiles(draws: Vector) -> tuple[Vector, Vector]:
    """2.5 and 97.5 % of each column; a draw in which a class was missing does not count."""
    low, high = np.array([_interval(column[~np.isnan(column)]) for column in draws.T]).T
    return low, high


def _interval(values: Vector) -> tuple[float, float]:
    if len(values) == 0:
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _mean(values: npt.NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")
