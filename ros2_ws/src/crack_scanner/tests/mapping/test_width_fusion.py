"""Widths from pictures to the surface."""

from dataclasses import replace

import numpy as np
import pytest

from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.mapping.evidence_grid import EvidenceGrid
from crack_scanner.mapping.severity import ABOVE, NOT_MEASURED, GuideValue
from crack_scanner.mapping.width_fusion import (
    LARGEST_ERROR,
    NO_WIDTHS,
    STEEPEST,
    WidthSamples,
    add_widths,
    located_widths,
    widths_along,
)
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.width import LineWidths
from tests.mapping.tile_model import ModelScan, dense

SCAN = ModelScan(width=2.0, height=1.0)
CRACK = np.array([[0.6, 0.4], [1.4, 0.6]])


def seen(view: FrameView, width: float, sigma: float = 1e-4, smallest: float = 2e-4) -> LineWidths:
    """CRACK, `width` metres wide, as a perfect measurement in a picture gives it: both edges projected."""
    middle = dense(CRACK, 0.0005)
    across = np.array([-0.2, 0.8]) / np.hypot(0.2, 0.8) * width / 2
    edges = [view.surface_to_pixels(middle + side * across) for side in (1, -1)]
    inside = view.inside(edges[0]) & view.inside(edges[1])
    points = (edges[0][inside] + edges[1][inside]) / 2
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    offset = edges[0][inside] - edges[1][inside]
    pixels = np.abs(along[:, 0] * offset[:, 1] - along[:, 1] * offset[:, 0])
    scale = view.camera.matrix[0, 0] / 0.6
    return LineWidths(
        points, pixels, np.full(len(points), sigma * scale), np.ones(len(points)), 1.0, smallest * scale
    )


def tilted(u: float, v: float, tilt: float, turn: float) -> FrameView:
    pose = Pose.from_xyz_rpy([u, 0.0, v], [-np.pi / 2 + tilt, turn, 0.0])
    return FrameView(SCAN.camera, pose, SCAN.surface)


def fused(views: list[FrameView], widths: list[float], sigma: float = 1e-4) -> EvidenceGrid:
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    for view, width in zip(views, widths, strict=True):
        add_widths(grid, located_widths(view, seen(view, width, sigma)))
    return grid


@pytest.mark.parametrize(("tilt", "turn"), [(0, 0), (0.3, 0), (0, 0.4), (-0.3, 0.3)])
def test_a_width_is_the_same_under_any_angle_of_view(tilt: float, turn: float) -> None:
    samples = located_widths(tilted(1.0, 0.5, tilt, turn), seen(tilted(1.0, 0.5, tilt, turn), 0.004))
    assert len(samples.width) > 50
    np.testing.assert_allclose(samples.width, 0.004, rtol=0.01)


def test_an_uncertain_distance_makes_the_width_uncertain() -> None:
    sure, unsure = SCAN.view(1.0, 0.5), ModelScan(width=2.0, height=1.0, pose_sigma=0.06).view(1.0, 0.5)
    assert located_widths(sure, seen(sure, 0.004)).sigma[10] == pytest.approx(1e-4, rel=0.05)
    assert located_widths(unsure, seen(unsure, 0.004)).sigma[10] == pytest.approx(
        np.hypot(1e-4, 0.0004), rel=0.05
    )


def test_many_looks_give_one_width_with_a_smaller_sigma_that_does_not_vanish() -> None:
    random = np.random.default_rng(1)
    views = [SCAN.view(u, 0.5) for u in np.linspace(0.7, 1.3, 24)]
    grid = fused(views, list(0.002 + random.normal(0, 2e-4, len(views))), sigma=2e-4)
    result = widths_along(grid.read(grid.extent), grid.extent, CRACK, 0.02, 0.01)
    once = fused(views[12:13], [0.002], sigma=2e-4)
    one_look = widths_along(once.read(once.extent), once.extent, CRACK, 0.02, 0.01)
    assert result.mean == pytest.approx(0.002, abs=1e-4)
    assert result.maximum is not None
    assert result.maximum == pytest.approx(0.002, abs=2e-4)
    assert result.sigma is not None
    assert one_look.sigma is not None
    assert max(0.9e-4, LARGEST_ERROR * 0.002) < result.sigma < 0.8 * one_look.sigma
    assert result.smallest == pytest.approx(2e-4, rel=0.02)


def test_a_single_outlier_along_the_crack_does_not_become_its_maximum() -> None:
    view = SCAN.view(1.0, 0.5)
    line = seen(view, 0.002)
    line.width[300:306] *= 4
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    add_widths(grid, located_widths(view, line))
    result = widths_along(grid.read(grid.extent), grid.extent, CRACK, 0.02, 0.01)
    assert result.maximum == pytest.approx(0.002, rel=0.1)


def along_straight(widths: np.ndarray, sigmas: np.ndarray, looks: int = 5) -> EvidenceGrid:
    """A grid after looks at STRAIGHT that measure widths (50,) with sigmas (50,), mm, one in each cell."""
    grid = EvidenceGrid(0.7, 0.2, 0.01)
    uv = np.stack([0.105 + 0.01 * np.arange(50), np.full(50, 0.105)], axis=1)
    for _ in range(looks):
        add_widths(grid, WidthSamples(uv, widths / 1e3, sigmas / 1e3, np.full(50, 4e-4)))
    return grid


@pytest.mark.parametrize("place", [1, 20, 48])
def test_the_widest_place_is_not_the_one_that_is_known_least(place: int) -> None:
    unsure = np.abs(np.arange(50) - place) <= 1
    grid = along_straight(np.where(unsure, 1.5, 0.9), np.where(unsure, 0.5, 0.05))
    assert of_straight(grid)[0] == pytest.approx(0.9)


@pytest.mark.parametrize("at", [0, 49])
def test_what_an_end_alone_is_wide_its_neighbour_does_not_bear_out(at: int) -> None:
    widths = np.full(50, 0.9)
    widths[at] = 3.3
    grid = along_straight(widths, np.full(50, 0.05))
    maximum = of_straight(grid)[0]
    assert maximum is not None
    assert maximum <= 0.9 * STEEPEST + 1e-6


def test_a_narrow_peak_is_less_sure_where_looks_are_off_against_each_other() -> None:
    opens = 2.0 + 2.0 * np.exp(-(((np.arange(50) - 25) / 1.5) ** 2))
    cells = along_straight(opens, np.full(50, 0.05))
    even = along_straight(np.full(50, 4.0), np.full(50, 0.05))

    def sigma(grid: EvidenceGrid, off: float) -> float:
        found = widths_along(grid.read(grid.extent), grid.extent, STRAIGHT, 2 * off, 0.01).sigma
        assert found is not None
        return found

    assert sigma(even, 0.015) == pytest.approx(sigma(even, 0.003))
    # Mixed over 15 mm the peak of 4 mm would be one of 3.1 mm.
    assert sigma(cells, 0.015) == pytest.approx(np.hypot(sigma(cells, 0.003), 0.9e-3), rel=0.1)


@pytest.mark.parametrize("places", [1, 2, 3])
def test_a_crack_may_be_as_short_as_a_few_places(places: int) -> None:
    uv = np.stack([0.105 + 0.01 * np.arange(places), np.full(places, 0.105)], axis=1)
    grid = EvidenceGrid(0.7, 0.2, 0.01)
    for _ in range(5):
        add_widths(grid, WidthSamples(uv, *(np.full(places, x) for x in (2e-3, 5e-5, 4e-4))))
    assert of_straight(grid)[0] == pytest.approx(2.0)


def test_the_largest_width_is_no_surer_than_such_widths_turn_out_to_be() -> None:
    grid = looked([(4.0, 0.02, 0.4)] * 40)
    sigma = widths_along(grid.read(grid.extent), grid.extent, STRAIGHT, 0.02, 0.01).sigma
    assert sigma is not None
    assert sigma == pytest.approx(LARGEST_ERROR * 4e-3, rel=0.1)


def test_the_widest_place_of_a_crack_is_its_maximum() -> None:
    views = [SCAN.view(u, 0.5) for u in (0.9, 0.95, 1.0, 1.05, 1.1)]
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    for view in views:
        line = seen(view, 0.002)
        u = view.pixels_to_surface(line.points)[:, 0]
        # It opens to twice its width, over two centimetres.
        line.width[:] *= 1 + np.clip(1 - np.abs(u - 1.0) / 0.01, 0, 1)
        add_widths(grid, located_widths(view, line))
    result = widths_along(grid.read(grid.extent), grid.extent, CRACK, 0.02, 0.01)
    assert result.maximum == pytest.approx(0.004, rel=0.15)
    assert result.mean == pytest.approx(0.002, rel=0.05)


def test_less_than_can_be_told_apart_is_never_claimed() -> None:
    line = seen(SCAN.view(1.0, 0.5), 2e-4, smallest=5e-4)
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    add_widths(grid, located_widths(SCAN.view(1.0, 0.5), line))
    result = widths_along(grid.read(grid.extent), grid.extent, CRACK, 0.02, 0.01)
    assert (result.maximum, result.mean, result.sigma) == (None, None, None)
    assert result.smallest == pytest.approx(5e-4, rel=0.02)


def test_where_nothing_could_be_measured_nothing_is_claimed_either() -> None:
    view = SCAN.view(1.0, 0.5)
    line = seen(view, 0.0001, smallest=3e-4)
    line.width[:] = np.nan
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    add_widths(grid, located_widths(view, line))
    result = widths_along(grid.read(grid.extent), grid.extent, CRACK, 0.02, 0.01)
    assert result == NO_WIDTHS
    assert GuideValue("t", "s", "e", 0.3).severity(None, None, result.smallest) == NOT_MEASURED


# Looks at a straight crack as width, sigma and smallest claimable width, mm.
NEAR, FAR, NEAR_BLIND = (0.25, 0.02, 0.2), (1.2, 0.25, 1.5), (np.nan, np.nan, 0.2)
STRAIGHT = np.array([[0.1, 0.105], [0.6, 0.105]])


def looked(looks: list[tuple[float, float, float]]) -> EvidenceGrid:
    """A grid after looks at STRAIGHT, each the same all along it."""
    grid, count = EvidenceGrid(0.7, 0.2, 0.01), 501
    uv = np.stack([np.linspace(0.1, 0.6, count), np.full(count, 0.105)], axis=1)
    for width, sigma, smallest in looks:
        add_widths(grid, WidthSamples(uv, *(np.full(count, x / 1e3) for x in (width, sigma, smallest))))
    return grid


def of_straight(grid: EvidenceGrid) -> tuple[float | None, ...]:
    """Largest width and smallest claimable one of STRAIGHT, mm."""
    result = widths_along(grid.read(grid.extent), grid.extent, STRAIGHT, 0.02, 0.01)
    return tuple(None if x is None else x * 1e3 for x in (result.maximum, result.smallest))


@pytest.mark.parametrize(
    ("looks", "maximum", "smallest"),
    [
        ([NEAR] * 4, 0.25, 0.2),
        ([FAR] * 6, None, 1.5),
        ([*[NEAR] * 4, *[FAR] * 6], 0.25, 0.2),
        ([*[FAR] * 6, *[NEAR] * 4], 0.25, 0.2),
        ([NEAR_BLIND, *[FAR] * 6], None, 1.5),
        ([*[FAR] * 6, NEAR_BLIND], None, 1.5),
    ],
)
def test_what_one_look_cannot_claim_is_not_claimed_with_the_limit_of_another(
    looks: list[tuple[float, float, float]], maximum: float | None, smallest: float
) -> None:
    found = of_straight(looked(looks))
    assert found == (None if maximum is None else pytest.approx(maximum), pytest.approx(smallest))


def test_a_camera_that_comes_nearer_step_by_step_leaves_no_width_that_it_could_not_claim() -> None:
    steps = np.geomspace(1.5, 0.2, 40)
    assert of_straight(looked([(max(0.8 * s, 0.25), 0.05, s) for s in steps]))[0] in (
        None,
        pytest.approx(0.25, abs=0.03),
    )


def test_many_looks_at_a_crack_below_their_limit_do_not_add_up_to_one_above() -> None:
    widths = 0.4 + 0.2 * np.random.default_rng(3).standard_normal(40)
    maximum, smallest = of_straight(looked([(w, 0.2, 0.5) for w in widths]))
    assert maximum is None
    assert smallest == pytest.approx(0.5)


def test_a_crack_whose_widest_part_was_only_seen_from_afar_is_below_what_is_told_from_there() -> None:
    grid = looked([NEAR] * 4)
    uv = np.stack([np.linspace(0.4, 0.6, 201), np.full(201, 0.105)], axis=1)
    cells = grid.read(grid.extent)
    for name in ("looks", "weight", "sum", "peak", "smallest"):
        cells[f"width_{name}"][:, 40:] = 0
    grid.write(grid.extent, cells)
    add_widths(grid, WidthSamples(uv, *(np.full(201, x / 1e3) for x in FAR)))
    assert of_straight(grid) == (None, pytest.approx(1.5))


def test_a_place_that_was_looked_at_as_often_as_can_be_counted_keeps_its_width() -> None:
    grid = looked([(2.0, 0.1, 0.3)])
    cells = grid.read(grid.extent)
    for name in ("looks", "weight", "sum", "peak"):
        cells[f"width_{name}"] = cells[f"width_{name}"] * 65535
    grid.write(grid.extent, cells)
    uv = np.stack([np.linspace(0.1, 0.6, 501), np.full(501, 0.105)], axis=1)
    add_widths(grid, WidthSamples(uv, *(np.full(501, x) for x in (2e-3, 1e-4, 3e-4))))
    assert of_straight(grid) == (pytest.approx(2.0), pytest.approx(0.3))


def test_widths_of_another_crack_are_not_taken() -> None:
    grid = fused([SCAN.view(1.0, 0.5)], [0.003])
    far = CRACK + np.array([0.0, 0.2])
    result = widths_along(grid.read(grid.extent), grid.extent, far, 0.02, 0.01)
    assert (result.maximum, result.smallest) == (None, None)


def test_the_map_reports_width_and_severity() -> None:
    crack_map = CrackMap(SCAN.surface, ScanSettings(), GuideValue("t", "s", "e", 0.3))
    for view, scores in SCAN.looks([CRACK]):
        lines = ()
        if view.inside(view.surface_to_pixels(dense(CRACK))).sum() > 20:
            lines = (CrackSighting(seen(view, 0.0025), 0.9),)
        crack_map.update(view, replace(scores, cracks=FrameCracks(lines, "1" * 12)))
    crack_map.extract()
    (crack,) = crack_map.cracks
    assert crack.width_max_mm == pytest.approx(2.5, rel=0.05)
    assert crack.width_mean_mm == pytest.approx(2.5, rel=0.05)
    assert crack.severity == ABOVE


@pytest.mark.parametrize("seed", range(5))
def test_chance_alone_does_not_make_a_hairline_wide(seed):
    grid, path = EvidenceGrid(2.0, 0.2, 0.01), np.array([[0.1, 0.105], [1.9, 0.105]])
    rng = np.random.default_rng(seed)
    uv = np.stack([np.arange(0.1, 1.9, 0.005), np.full(360, 0.105)], axis=1)
    # Half a millimetre is what can be told apart; the crack is as wide as that, give or take the noise.
    width = 0.0005 + 0.0002 * np.repeat(rng.standard_normal(180), 2)
    add_widths(grid, WidthSamples(uv, width, np.full(360, 0.0002), np.full(360, 0.0005)))
    window = grid.window(uv)
    found = widths_along(grid.read(window), window, path, 0.0, 0.01)
    assert (found.maximum, found.mean) == (None, None)
    assert 0.0005 <= found.smallest < 0.0015
