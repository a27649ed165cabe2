"""Figures of a classifier against hand-made cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.training.calibrate import expected_calibration_error, fit_platt, sigmoid
from crack_scanner.training.metrics import auroc, bootstrap_intervals, confusion, rates

P = np.array([0.1, 0.4, 0.6, 0.9])
Y = np.array([0, 1, 0, 1])


def test_rates_of_four_pictures():
    figures = rates(P, Y, 0.5)
    assert figures["accuracy"] == figures["recall"] == figures["specificity"] == 0.5
    assert figures["auroc"] == 0.75
    assert confusion(P, Y, 0.5) == {
        "true_positive": 1, "false_negative": 1, "false_positive": 1, "true_negative": 1
    }  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), min_size=2, max_size=40))
def test_auroc_counts_pairs(pairs):
    p = np.array([score / 5 for score, _ in pairs])
    y = np.array([label for _, label in pairs])
    wins = [(a > b) + 0.5 * (a == b) for a in p[y == 1] for b in p[y == 0]]
    assert auroc(p, y) == pytest.approx(np.mean(wins)) if wins else np.isnan(auroc(p, y))


def test_platt_finds_the_scale_and_offset_the_labels_were_drawn_with():
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 3.0, 40_000)
    labels = rng.random(40_000) < sigmoid(0.5 * logits - 1.0)
    platt = fit_platt(logits, labels)
    assert platt.scale == pytest.approx(0.5, abs=0.02)
    assert platt.offset == pytest.approx(-1.0, abs=0.03)
    assert expected_calibration_error(platt.probability(logits), labels) < 0.01
    assert expected_calibration_error(sigmoid(logits), labels) > 0.1


def test_platt_stays_finite_on_a_separable_set():
    platt = fit_platt([-3.0, -2.0, 2.0, 3.0], [0, 0, 1, 1])
    assert 0.0 < platt.scale < 100.0


def test_intervals_hold_the_figure_and_widen_when_groups_are_few():
    rng = np.random.default_rng(1)
    labels = np.tile([0, 1], 200)
    probability = np.clip(0.25 + 0.5 * labels + rng.normal(0.0, 0.3, 400), 0.0, 1.0)
    fine = bootstrap_intervals(probability, labels, [str(i // 2) for i in range(400)], 0.5, resamples=200)
    low, high = fine["accuracy"]
    assert low <= rates(probability, labels, 0.5)["accuracy"] <= high
    assert high - low < 0.15
