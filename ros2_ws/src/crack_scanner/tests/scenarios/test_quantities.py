"""Figures are written with their units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.errors import CrackScannerError
from crack_scanner.scenarios.quantities import AREA, COUNT, LENGTH, SHARE, TIME, WIDTH, Kind, quantity


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("310 mm", LENGTH, 0.31),
        ("31 cm", LENGTH, 0.31),
        ("0.31 m", LENGTH, 0.31),
        ("1.2 mm", WIDTH, 0.0012),
        ("95 %", SHARE, 0.95),
        ("0.5 m2", AREA, 0.5),
        ("8 s", TIME, 8.0),
        (3, COUNT, 3.0),
    ],
)
def test_a_figure_becomes_one_in_the_programs_unit(text: object, kind: Kind, value: float) -> None:
    assert quantity(text, kind) == pytest.approx(value)


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("310 s", LENGTH, "no length; expected a number and m or cm or mm"),
        (310, LENGTH, "for example 310 mm"),
        ("310mm", LENGTH, "no length"),
        ("2 cm", WIDTH, "no width"),
        ("0.95", SHARE, "expected a number and %"),
        (1.5, COUNT, "no count"),
        (True, COUNT, "no count"),
        (float("inf"), COUNT, "no count"),
        (float("nan"), COUNT, "no count"),
        ("-1 mm", LENGTH, "no length"),
        ("nan mm", LENGTH, "no length"),
        ("inf m", LENGTH, "no length"),
        (None, TIME, "no time"),
    ],
)
def test_a_wrong_unit_is_refused_with_an_example(value: object, kind: Kind, words: str) -> None:
    with pytest.raises(CrackScannerError, match=words):
        quantity(value, kind)


@given(value=st.floats(0.0, 1e4), kind=st.sampled_from([LENGTH, WIDTH, AREA, SHARE, TIME]))
def test_what_is_shown_can_be_read_again(value: float, kind: Kind) -> None:
    half_a_digit = 0.5 * 10.0**-kind.decimals * kind.units[kind.shown]
    assert quantity(kind.show(value), kind) == pytest.approx(value, abs=half_a_digit * 1.001)
