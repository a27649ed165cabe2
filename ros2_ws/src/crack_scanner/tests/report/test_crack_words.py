"""Cracks in words."""

from dataclasses import replace

import pytest

from crack_scanner.mapping.crack import Crack
from crack_scanner.report.crack_words import crack_label, unbroken, width_text
from tests.storage.sample_session import sample_session


@pytest.fixture(scope="module")
def crack() -> Crack:
    return sample_session().crack_map.cracks[0]


@pytest.mark.parametrize(
    ("widths", "expected"),
    [
        ({}, "not measured"),
        ({"smallest_width_mm": 0.2}, "< 0.20 mm"),
        ({"width_max_mm": 0.4, "smallest_width_mm": 0.2}, "0.40 mm"),
        ({"width_max_mm": 0.4, "width_sigma_mm": 0.051}, "0.40 ± 0.05 mm"),
    ],
)
def test_a_width_that_cannot_be_claimed_is_no_number(
    crack: Crack, widths: dict[str, float], expected: str
) -> None:
    bare = {"width_max_mm": None, "width_sigma_mm": None, "smallest_width_mm": None}
    assert width_text(replace(crack, **(bare | widths))) == expected


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("0.40 ± 0.05 mm, 1.5 m long", "0.40~±~0.05~mm, 1.5~m long"),
        ("< 0.20 mm", "<~0.20~mm"),
        ("2.4 m² (47.0 %), 0.9 m/m² scanned", "2.4~m² (47.0~%), 0.9~m/m² scanned"),
        ("3.2 x 1.6 m at 319 tiles/s", "3.2 x 1.6~m at 319~tiles/s"),
        ("3 more, 2 sessions, 5 missing", "3 more, 2 sessions, 5 missing"),
    ],
)
def test_no_line_ends_between_a_number_and_its_unit(text: str, together: str) -> None:
    assert unbroken(text).replace("\N{NO-BREAK SPACE}", "~") == together


def test_a_label_names_id_length_and_width(crack: Crack) -> None:
    known = replace(crack, id=7, measured_length=0.32, width_max_mm=0.4, width_sigma_mm=0.05)
    assert crack_label(known) == "7: 320 mm, 0.40 mm wide"
