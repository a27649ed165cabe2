"""The colour scheme."""

from itertools import combinations

import numpy as np
import pytest

from crack_scanner.mapping.severity import SEVERITIES
from crack_scanner.report.colours import COVERAGE_COLOURS, CRACK_CLASSES, UNSURE, rgb

# What dichromats see, in linear RGB: Machado, Oliveira & Fernandes (2009), severity 1.0.
DICHROMATS = {
    "protanope": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranope": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanope": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def as_seen(colour: str, matrix: list[list[float]]) -> np.ndarray:
    linear = (np.array(rgb(colour)) / 255) ** 2.2
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    return 100 * seen ** (1 / 2.2)


@pytest.mark.parametrize("kind", DICHROMATS)
def test_crack_classes_differ_for_any_kind_of_colour_vision(kind: str) -> None:
    colours = [kind.colour for kind in (*CRACK_CLASSES.values(), UNSURE)]
    for first, second in combinations(colours, 2):
        distance = np.linalg.norm(as_seen(first, DICHROMATS[kind]) - as_seen(second, DICHROMATS[kind]))
        assert distance > 10, (first, second)


def test_coverage_classes_differ_in_lightness_alone() -> None:
    light = [float(np.dot(rgb(colour), [0.2126, 0.7152, 0.0722])) for colour in COVERAGE_COLOURS.values()]
    assert min(abs(a - b) for a, b in combinations(light, 2)) > 15


def test_every_severity_has_a_class() -> None:
    assert set(CRACK_CLASSES) == set(SEVERITIES)
