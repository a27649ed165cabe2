"""Cracks in words."""

from dataclasses import replace

import pytest

from crack_scanner.mapping.crack import Crack
from crack_scanner.views.crack_table import crack_label, crack_table, crack_width
from tests.storage.sample_session import sample_session


@pytest.fixture(scope="module")
def crack() -> Crack:
    return sample_session().crack_map.cracks[0]


@pytest.mark.parametrize(
    ("widths", "expected"),
    [
        ({}, "-"),
        ({"smallest_width_mm": 0.2}, "< 0.20"),
        ({"width_max_mm": 0.4, "smallest_width_mm": 0.2}, "0.40"),
        ({"width_max_mm": 0.4, "width_sigma_mm": 0.051}, "0.40 ± 0.05"),
    ],
)
def test_a_width_that_cannot_be_claimed_is_no_number(
    crack: Crack, widths: dict[str, float], expected: str
) -> None:
    bare = {"width_max_mm": None, "width_sigma_mm": None, "smallest_width_mm": None}
    assert crack_width(replace(crack, **(bare | widths))) == expected


def test_a_label_names_id_length_and_width(crack: Crack) -> None:
    known = replace(crack, id=7, measured_length=0.32, width_max_mm=0.4, width_sigma_mm=0.05)
    assert crack_label(known) == "7: 320 mm, 0.40 mm wide"


def test_the_widest_come_first_and_the_table_stays_readable(crack: Crack) -> None:
    many = [replace(crack, id=number, width_max_mm=number / 100) for number in range(1, 1001)]
    text = crack_table(many)
    rows = [line for line in text.splitlines() if line.startswith("| ") and "id" not in line]
    assert rows[0].startswith("| 1000 |")
    assert len(rows) == 200
    assert "800 more" in text


def test_no_cracks_are_a_table_too() -> None:
    assert "0 cracks" in crack_table(())
