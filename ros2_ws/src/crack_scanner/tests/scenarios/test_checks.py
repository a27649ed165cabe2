"""Figures and cracks against what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from crack_scanner.scenarios.checks import bound_checks, crack_checks, figures_of
from crack_scanner.scenarios.scenario import FIGURES, Bound, ExpectedCrack
from tests.scenarios.made_cracks import crack

SUMMARY: dict[str, Any] = {
    "truth": {"recall": 0.9, "false_cracks": 1},
    "coverage_percent": 97.5,
    "scanned_m2": 0.4,
    "frames": 20,
    "frames_dropped": {"no pose": 2, "too slow": 1},
    "bag": {"unreadable_messages": 4},
    "cracks": 3,
    "crack_length_m": 1.25,
    "drift": {"largest_mm": 3.5},
}


def test_every_figure_is_measured() -> None:
    figures = figures_of(SUMMARY)
    assert figures.keys() == FIGURES.keys()
    assert figures["coverage"] == pytest.approx(0.975)
    assert figures["dropped_frames"] == 3
    assert figures["drift"] == pytest.approx(0.0035)


@pytest.mark.parametrize(
    ("name", "bound", "ok"),
    [
        ("recall", Bound(low=0.9), True),
        ("recall", Bound(low=0.91), False),
        ("false_cracks", Bound(high=0), False),
        ("frames", Bound(20, 20), True),
    ],
)
def test_a_bound_holds_or_not(name: str, bound: Bound, ok: bool) -> None:
    (check,) = bound_checks({name: bound}, SUMMARY)
    assert check.ok == ok


def test_what_was_not_measured_never_holds() -> None:
    (check,) = bound_checks({"recall": Bound(low=0.0)}, {**SUMMARY, "truth": {"recall": None}})
    assert not check.ok
    assert check.row()["measured"] is None


WANTED = ExpectedCrack(((0.1, 0.1), (0.3, 0.1)), 0.02, Bound(0.19, 0.21), Bound(0.001, 0.002))


def test_a_crack_along_the_points_is_found_among_others() -> None:
    found = [crack(1, (0.1, 0.5), (0.3, 0.5)), crack(2, (0.1, 0.11), (0.3, 0.11))]
    checks = crack_checks([WANTED], found)
    assert [check.ok for check in checks] == [True, True, True]
    assert checks[0].measured == pytest.approx(0.01)
    assert checks[2].row() == {
        "name": "crack 1: largest width",
        "unit": "mm",
        "min": 1.0,
        "max": 2.0,
        "measured": 1.5,
        "ok": True,
    }


@pytest.mark.parametrize(
    "found",
    [
        [],
        [crack(1, (0.1, 0.5), (0.3, 0.5))],
        [crack(1, (0.1, 0.1), (0.2, 0.1)), crack(2, (0.2, 0.1), (0.3, 0.1))],
    ],
    ids=["none", "elsewhere", "in two parts"],
)
def test_a_crack_that_is_not_found_has_no_figures(found: list[Any]) -> None:
    checks = crack_checks([WANTED], found)
    assert [check.ok for check in checks] == [False, False, False]
    assert checks[1].measured is None
