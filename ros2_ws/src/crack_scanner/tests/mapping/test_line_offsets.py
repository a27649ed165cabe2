"""Where a picture shows the cracks that the map knows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.mapping.evidence import Evidence, line_evidence, tile_evidence
from crack_scanner.mapping.line_offsets import LineOffsets, line_offsets, thinned
from crack_scanner.mapping.polyline import points_and_normals
from crack_scanner.surface.footprint import FrameView
from tests.mapping.tile_model import ModelScan, sightings, wandering

SCAN = ModelScan(width=2.0, height=1.0)
CRACK = np.array([[0.8, 0.42], [1.2, 0.58]])
REACH_PX = 46.0


def evidence_of(view: FrameView, crack: np.ndarray) -> Evidence:
    _, scores = next(iter(SCAN.looks([])))
    object.__setattr__(scores, "cracks", sightings(view, [crack]))
    return line_evidence(scores, [REACH_PX] * len(scores.cracks.sightings))


def offsets_of(view: FrameView, evidence: Evidence, crack: np.ndarray, reach: float = 0.06) -> LineOffsets:
    points, normals = points_and_normals([crack], 0.01)
    return line_offsets(view, evidence, points, normals, np.full(len(points), 0.003), reach, 0.01)


@given(st.floats(-0.035, 0.035), st.floats(-0.035, 0.035))
def test_a_picture_placed_wrong_shows_the_crack_off_by_as_much_across(u: float, v: float) -> None:
    true, placed = SCAN.view(1.0, 0.5), SCAN.view(1.0 + u, 0.5 + v)
    found = offsets_of(placed, evidence_of(true, CRACK), CRACK)
    assert len(found.offset) > 20
    expected = found.normals @ np.array([u, v])
    assert np.median(np.abs(found.offset - expected)) < 0.002


def test_a_wandering_crack_is_followed_along_its_bends() -> None:
    crack = wandering((0.8, 0.4), 0.4, 0.4, 3)
    found = offsets_of(SCAN.view(1.02, 0.49), evidence_of(SCAN.view(1.0, 0.5), crack), crack)
    expected = found.normals @ np.array([0.02, -0.01])
    assert np.median(np.abs(found.offset - expected)) < 0.004


def test_tiles_tell_offsets_too_with_an_honest_sigma() -> None:
    level = CRACK - np.array([0.0, 0.06])
    middle = SCAN.view(1.0, 0.43).outline
    view, scores = min(SCAN.looks([level]), key=lambda look: float(np.abs(look[0].outline - middle).max()))
    found = offsets_of(view, tile_evidence(scores), level, reach=0.1)
    assert len(found.offset) > 5
    assert np.mean(np.abs(found.offset) < 2 * found.sigma) > 0.9


def test_what_the_picture_does_not_show_is_left_out() -> None:
    view = SCAN.view(1.0, 0.5)
    assert len(offsets_of(view, evidence_of(view, CRACK), CRACK + np.array([0.0, 0.2])).offset) == 0
    assert len(offsets_of(view, evidence_of(view, CRACK + 3.0), CRACK).offset) == 0


def test_a_band_that_the_border_of_the_picture_cuts_has_no_middle() -> None:
    view = SCAN.view(1.0, 0.5)
    top = float(np.nanmax(view.outline[:, 1]))
    along_border = np.array([[0.9, top - 0.003], [1.1, top - 0.003]])
    assert len(offsets_of(view, evidence_of(view, along_border), along_border).offset) == 0


def test_long_cracks_are_compared_at_so_many_points_evenly() -> None:
    points, normals, step = thinned(*points_and_normals([np.array([[0.0, 0.0], [5.0, 0.0]])], 0.01), 0.01)
    assert len(points) <= 100
    assert len(normals) == len(points)
    assert step * len(points) == pytest.approx(5.0, abs=0.1)
