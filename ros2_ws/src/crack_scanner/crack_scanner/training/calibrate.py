"""Calibration of logits to probabilities, and how good it is."""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Platt:
    """probability = sigmoid(scale * logit + offset) (Platt 1999); a temperature is 1 / scale."""

    scale: float
    offset: float

    def probability(self, logits: npt.ArrayLike) -> Vector:
        """Calibrated probability (N,) of logits (N,)."""
        return sigmoid(self.scale * np.asarray(logits, np.float64) + self.offset)

    def as_dict(self) -> dict[str, float]:
        """For the model card."""
        return {key: round(value, 6) for key, value in asdict(self).items()}


def fit_platt(
    logits: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike | None = None, iterations: int = 100
) -> Platt:
    """Weighted maximum likelihood by Newton's method. logits, labels (0 or 1), weights: (N,).

    Labels are softened towards 1/2 as Platt proposes, so that a separable set has a finite answer.
    """
    x, y = np.asarray(logits, np.float64), np.asarray(labels, np.float64)
    w = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)
    positive, negative = y.sum(), (1 - y).sum()
    y = np.where(y > 0.5, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design = np.stack([x, np.ones_like(x)], axis=1)
    theta = np.array([1.0 / max(float(np.abs(x).mean()), 1e-6), 0.0])
    for _ in range(iterations):
        p = sigmoid(design @ theta)
        gradient = design.T @ (w * (p - y))
        hessian = (design * (w * p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        theta = theta - step * min(1.0, 5.0 / float(np.abs(step).max() + 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    return Platt(float(theta[0]), float(theta[1]))


def sigmoid(x: npt.ArrayLike) -> Vector:
    """1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, np.float64)))


def expected_calibration_error(probability: npt.ArrayLike, labels: npt.ArrayLike, bins: int = 15) -> float:
    """Mean distance of confidence and frequency over equal-width bins (Guo et al. 2017, ECE)."""
    p, y = np.asarray(probability, np.float64), np.asarray(labels, np.float64)
    index = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(index, minlength=bins)
    gap = np.abs(np.bincount(index, p, bins) - np.bincount(index, y, bins))
    return float(gap[count > 0].sum() / max(len(p), 1))
