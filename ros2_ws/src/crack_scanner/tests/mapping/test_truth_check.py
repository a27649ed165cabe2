"""A map against the cracks that are really there."""

import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.coverage import Coverage
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.evidence_grid import NOT_SCANNED, SCANNED
from crack_scanner.mapping.truth_check import check_against_truth

CELL = 0.01


def surface(scanned_to: float) -> Coverage:
    """A surface of 2 x 1 m, scanned from its left edge to u = `scanned_to`."""
    states = np.full((100, 200), NOT_SCANNED, np.uint8)
    states[:, : round(scanned_to / CELL)] = SCANNED
    return Coverage(states, CELL, 2.0, scanned_to, 0.0, 0.001, ())


def truth(*lines: tuple[float, list[list[float]]]) -> dict:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": line},
                "properties": {"width_max_mm": width},
            }
            for width, line in lines
        ],
    }


def crack(*points: tuple[float, float]) -> Crack:
    return Crack(
        id=1, path=np.array(points), position_sigma=0.002, probability=0.9, observations=3,
        first_seen_ns=1, last_seen_ns=2,
    )  # fmt: skip


ACROSS = [[0.0, 0.5], [2.0, 0.5]]


def test_what_was_not_scanned_is_told_from_what_was_missed():
    check = check_against_truth(
        [crack((0.0, 0.51), (0.4, 0.51))], surface(0.8), truth((1.0, ACROSS)), min_width_mm=0.5
    )
    assert check.true_length == pytest.approx(2.0)
    assert check.scanned_length == pytest.approx(0.8, abs=0.01)
    assert check.found_of_scanned == pytest.approx(0.4 + 0.06, abs=0.01)
    assert check.recall == pytest.approx(0.23, abs=0.01)
    assert check.false_cracks == 0


@pytest.mark.parametrize("known", [truth(), truth((0.2, ACROSS)), truth((1.0, [[1.5, 0.5], [1.9, 0.5]]))])
def test_where_nothing_wide_was_scanned_there_is_nothing_of_it_to_find(known):
    check = check_against_truth([], surface(1.0), known, min_width_mm=0.5)
    assert (check.scanned_length, check.found_of_scanned, check.false_cracks) == (0.0, 0.0, 0)


def test_a_found_crack_beside_every_true_one_is_false_and_beside_a_thin_one_is_not():
    known = truth((0.1, ACROSS))
    near, far = crack((0.2, 0.52), (0.8, 0.52)), crack((0.2, 0.8), (0.8, 0.8))
    assert check_against_truth([near, far], surface(2.0), known, min_width_mm=0.5).false_cracks == 1


@pytest.mark.parametrize("known", [{}, {"features": [{}]}, truth((1.0, [[0.0, 0.5]]))])
def test_what_is_no_truth_is_refused(known):
    with pytest.raises(CrackScannerError, match="GeoJSON"):
        check_against_truth([], surface(1.0), known, 0.5)
