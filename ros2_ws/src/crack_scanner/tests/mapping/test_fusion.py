"""How looks become a probability."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crack_scanner.mapping.evidence import PictureEvidence
from crack_scanner.mapping.evidence_grid import CELL, NOT_GOOD_ENOUGH, SCANNED, CellWindow, EvidenceGrid
from crack_scanner.mapping.fusion import (
    BLIND,
    LOOK_CORRELATION,
    PRIOR,
    Look,
    add_look,
    cell_resolution,
    fuse,
    probability,
)
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose
from tests.mapping.tile_model import ModelScan

SETTINGS = ScanSettings()
EVERYWHERE = PictureEvidence(np.full((720, 1280), 200, np.uint8), np.ones((720, 1280), bool), 1.0, 10.0)


def look(
    log_odds: float, camera_u: float, stamp_ns: int = 1, resolution: float = 5e-4, quality: float = 0.7
) -> Look:
    camera = np.array([[camera_u, 0.0, 0.6]])
    one = np.ones(1)
    return Look(log_odds * one, quality * one, resolution * one, 1e-6 * one, camera, 0.1 * one, stamp_ns)


def after(*looks: Look) -> np.ndarray:
    cells = np.zeros(1, CELL)
    for one in looks:
        cells = fuse(cells, one, SETTINGS)
    return cells


def test_looks_from_almost_the_same_place_count_once() -> None:
    assert after(look(2.0, 0.0), look(2.0, 0.01), look(2.0, 0.02))["looks"][0] == 1
    assert after(look(2.0, 0.0), look(2.0, 0.04), look(2.0, 0.08))["looks"][0] == 3


def test_slow_motion_adds_up_to_a_new_point_of_view() -> None:
    cells = after(*(look(2.0, 0.011 * step) for step in range(9)))
    assert cells["looks"][0] == 3  # at 0, 0.033 and 0.066 m


@pytest.mark.parametrize("distance", [0.61, 5.003, 70.031, 100.031, 130.062])
def test_a_camera_that_stands_still_counts_once_however_far_it_is(distance: float) -> None:
    jitter = np.random.default_rng(1).uniform(-0.001, 0.001, (20, 3))
    still = [replace(look(1.0, 0.0), camera=np.array([[0.1, 0.2, distance]]) + step) for step in jitter]
    assert after(*still)["looks"][0] == 1
    moved = replace(still[0], camera=still[0].camera + np.array([0.2, 0.0, 0.0]))
    assert after(still[0], moved)["looks"][0] == 2


def test_a_useless_look_only_marks_the_cell_as_seen() -> None:
    cells = after(look(np.nan, 0.0, stamp_ns=5))
    assert cells["state"][0] == NOT_GOOD_ENOUGH
    assert cells["last_ns"][0] == 0
    assert cells["looks"][0] == 0


def test_a_poor_look_may_show_a_crack_but_proves_no_absence() -> None:
    poor = SETTINGS.min_quality / 2
    against = after(look(-3.0, 0.0, quality=poor))
    assert against["evidence"][0] == 0
    assert against["state"][0] == NOT_GOOD_ENOUGH
    assert after(look(3.0, 0.0, quality=poor))["evidence"][0] == 3
    assert after(look(-3.0, 0.0, quality=0.9))["state"][0] == SCANNED


def test_a_look_from_too_far_away_counts_neither_way() -> None:
    cells = after(look(3.0, 0.0, resolution=SETTINGS.max_gsd * 1.1))
    assert cells["state"][0] == NOT_GOOD_ENOUGH
    assert cells["looks"][0] == 0
    assert cells["last_ns"][0] == 0


def test_stamps_and_bests_do_not_depend_on_the_order_of_looks() -> None:
    looks = [look(1.0, 0.0, 30, 6e-4), look(1.0, 0.1, 10, 4e-4), look(1.0, 0.2, 20, 5e-4)]
    cells = after(*looks)
    assert cells["last_ns"][0] == 30
    assert cells["resolution"][0] == pytest.approx(4e-4)
    assert cells["quality"][0] == pytest.approx(0.7, abs=1e-3)


def test_an_unseen_cell_has_the_prior() -> None:
    assert probability(np.zeros(1, CELL))[0] == pytest.approx(PRIOR)


def test_one_false_look_fades() -> None:
    alone = probability(after(look(4.0, 0.0)))[0]
    outvoted = probability(after(look(4.0, 0.0), *(look(-2.0, 0.1 * k) for k in range(1, 6))))[0]
    assert outvoted < 0.01 < alone


def test_many_looks_with_shared_errors_do_not_make_certainty() -> None:
    few = probability(after(*(look(1.0, 0.1 * k) for k in range(4))))[0]
    many = probability(after(*(look(1.0, 0.1 * k) for k in range(400))))[0]
    most = 1 / (1 + (1 - PRIOR) / PRIOR * np.exp(-1.0 / LOOK_CORRELATION))
    assert few < many <= most


def test_a_picture_reaches_exactly_the_cells_it_shows() -> None:
    scan = ModelScan(width=2.0, height=1.0)
    view = scan.view(1.0, 0.5)
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    evidence = EVERYWHERE
    shown = add_look(grid, view, evidence, 7, SETTINGS)
    cells = grid.read(grid.extent)
    assert np.count_nonzero(cells["looks"]) == shown
    width, height = 0.6 * np.array([1280, 720]) / view.camera.matrix[0, 0]
    assert shown * 1e-4 == pytest.approx(width * height, rel=0.03)
    rows, columns = np.nonzero(cells["looks"])
    assert (columns.min() + columns.max() + 1) / 2 * 0.01 == pytest.approx(1.0, abs=0.01)
    assert (rows.min() + rows.max() + 1) / 2 * 0.01 == pytest.approx(0.5, abs=0.01)


def test_position_variance_and_resolution_come_from_the_view() -> None:
    scan = ModelScan(pose_sigma=0.01)
    view = scan.view(1.0, 0.5)
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    add_look(grid, view, EVERYWHERE, 7, SETTINGS)
    cell = grid.read(grid.extent)[50, 100]
    assert np.sqrt(cell["variance"]) == pytest.approx(0.01, rel=0.05)
    assert cell["resolution"] == pytest.approx(0.6 / view.camera.matrix[0, 0], rel=0.01)
    assert cell["support"] == pytest.approx(10 * cell["resolution"])


@pytest.mark.parametrize("down", [60, 40, 28, 20, 10])
def test_a_camera_that_sees_the_horizon_is_as_sure_of_the_floor_before_it_as_it_should_be(down: int) -> None:
    floor = SurfacePlane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), 6.0, 6.0)
    tilt = np.radians(down)
    ahead = np.array([np.cos(tilt), 0.0, -np.sin(tilt)])
    right = np.array([0.0, -1.0, 0.0])
    turn = Rotation.from_matrix(np.stack([right, np.cross(ahead, right), ahead], axis=1)).as_quat()
    camera = Camera.from_field_of_view(1280, 720, np.radians(90))
    view = FrameView(camera, Pose(np.array([1.0, 3.0, 0.3]), turn, np.diag([0.002**2] * 6)), floor)
    grid = EvidenceGrid(6.0, 6.0, 0.01)
    add_look(grid, view, EVERYWHERE, 7, ScanSettings(max_gsd=0.003))
    cells = grid.read(grid.extent)
    counted = cells["looks"].ravel() > 0
    pixels = view.surface_to_pixels(grid.extent.centres(0.01)[counted])
    covariance = view.position_covariance(camera.bundle(pixels))
    exact = np.sqrt((covariance[:, 0, 0] + covariance[:, 1, 1]) / 2)
    assert counted.sum() > 500
    np.testing.assert_allclose(np.sqrt(cells["variance"].ravel()[counted]), exact, rtol=0.4)


def test_the_resolution_of_cells_is_that_of_the_pixels_under_them() -> None:
    scan = ModelScan()
    tilted = Pose.from_xyz_rpy([1.0, 0.0, 0.5], [-np.pi / 2 + 0.2, 0.3, 0.1])
    view = FrameView(scan.camera, tilted, scan.surface)
    window = CellWindow(20, 60, 50, 60)
    pixels = view.surface_to_pixels(window.centres(0.01))
    resolution = cell_resolution(pixels.reshape(50, 60, 2), 0.01).ravel()
    inner = np.zeros((50, 60), bool)
    inner[1:-1, 1:-1] = True
    shown = view.inside(pixels) & inner.ravel()
    assert shown.sum() > 500
    np.testing.assert_allclose(resolution[shown], view.ground_sampling_distance(pixels[shown]), rtol=0.02)


@pytest.mark.parametrize("turn", [1.0, 1.2, 1.4])
def test_a_camera_that_turns_along_a_wall_marks_only_what_it_can_see(turn: float) -> None:
    wall = SurfacePlane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 0, 1.0]), 300.0, 1.6)
    pose = Pose.from_xyz_rpy((1.0, -1.0, 0.8), (-np.pi / 2, 0.0, -turn))
    grid = EvidenceGrid(wall.width, wall.height, SETTINGS.cell_size)
    view = FrameView(Camera.from_field_of_view(1280, 720, np.pi / 3), pose, wall)
    add_look(grid, view, EVERYWHERE, 7, SETTINGS)
    cells, window = grid.read(grid.extent), grid.extent
    seen = np.flatnonzero(cells["state"].ravel())
    pixels = view.surface_to_pixels(window.centres(grid.cell_size)[seen])
    assert view.inside(pixels).all()
    # Cells have the resolution of their middle to a few per cent.
    assert (view.ground_sampling_distance(pixels) <= 1.1 * BLIND * SETTINGS.max_gsd).all()
    assert (cells["state"] == SCANNED).any()
    assert len(grid) <= 24
