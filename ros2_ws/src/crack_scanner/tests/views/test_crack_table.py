"""The table of cracks."""

from dataclasses import replace

import pytest

from crack_scanner.mapping.crack import Crack
from crack_scanner.views.crack_table import crack_table
from tests.storage.sample_session import sample_session


@pytest.fixture(scope="module")
def crack() -> Crack:
    return sample_session().crack_map.cracks[0]


def test_the_widest_come_first_and_the_table_stays_readable(crack: Crack) -> None:
    many = [replace(crack, id=number, width_max_mm=number / 100) for number in range(1, 1001)]
    text = crack_table(many)
    rows = [line for line in text.splitlines() if line.startswith("| ") and "id" not in line]
    assert rows[0].startswith("| 1000 |")
    assert len(rows) == 200
    assert "800 more" in text


def test_no_cracks_are_a_table_too() -> None:
    assert "0 cracks" in crack_table(())


def test_a_table_without_a_scale_says_so(crack: Crack) -> None:
    assert crack_table([crack], scale_known=False).startswith("**1 crack**; scale not known, as if a pixel")
    assert "scale" not in crack_table([crack])
