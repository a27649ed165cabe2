"""A map under drifting odometry, against cracks whose place is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import shapely
from scipy.spatial.transform import Rotation

from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.mapping.drift_tracker import DriftReport, DriftTracker
from crack_scanner.mapping.evidence import tile_evidence
from crack_scanner.mapping.evidence_grid import EvidenceGrid
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores
from tests.mapping.tile_model import ModelScan, dense, sightings, wandering

SETTINGS = ScanSettings()
SCAN = ModelScan(width=1.6, height=0.6)
CRACKS = [wandering((0.2, 0.1), 0.5, 0.9, 5), wandering((1.1, 0.08), 1.5, 0.5, 8)]
# Way after which the model's odometry has slipped, as a share of all pictures, and by how much, metres.
SLIP_AFTER, SLIP = 0.45, np.array([0.035, 0.0, 0.03])
EVERY = 4


def reported(view: FrameView, error: np.ndarray, sigma: float) -> FrameView:
    """The view as odometry with an error (3,) metres and this deviation on each axis tells it."""
    covariance = np.diag([sigma**2] * 3 + [1e-8] * 3)
    pose = view.camera_pose
    return FrameView(view.camera, Pose(pose.position + error, pose.quaternion, covariance), view.surface)


def drive(
    sigma: float, slip: np.ndarray = SLIP, pixels: bool = True
) -> Iterator[tuple[FrameView, TileScores]]:
    """A scan in whose course odometry slips; it claims a deviation of `sigma` metres."""
    looks = list(SCAN.looks(CRACKS))
    for number, (view, scores) in enumerate(looks):
        if pixels and number % EVERY == 0:
            scores = replace(scores, cracks=sightings(view, CRACKS))
        slipped = slip * np.clip((number / len(looks) - SLIP_AFTER) / 0.1, 0.0, 1.0)
        yield reported(view, slipped, sigma), scores


def mapped(looks: Iterator[tuple[FrameView, TileScores]]) -> CrackMap:
    crack_map = CrackMap(SCAN.surface, SETTINGS)
    for view, scores in looks:
        crack_map.update(view, scores)
    crack_map.extract()
    return crack_map


def off(crack_map: CrackMap) -> np.ndarray:
    """Metres from points of all lines of the map to the nearest true crack."""
    points = shapely.points(np.concatenate([dense(crack.path) for crack in crack_map.cracks]))
    return np.asarray(shapely.distance(points, shapely.MultiLineString(list(CRACKS))))


@pytest.fixture(scope="module")
def corrected() -> CrackMap:
    return mapped(drive(sigma=0.03))


def test_each_crack_is_in_the_map_once_and_in_its_place(corrected: CrackMap) -> None:
    assert len(corrected.cracks) == len(CRACKS)
    assert np.percentile(off(corrected), 90) < 0.016


def test_without_the_correction_the_same_drive_draws_them_wrong(corrected: CrackMap) -> None:
    sure_of_itself = mapped(drive(sigma=1e-5))
    assert sure_of_itself.drift.largest < 1e-4
    wrong = len(sure_of_itself.cracks) > len(CRACKS) or np.percentile(off(sure_of_itself), 90) > 0.02
    assert wrong


def test_the_correction_that_is_reported_undoes_the_slip(corrected: CrackMap) -> None:
    report = corrected.drift
    assert report.frames > 5
    assert report.u == pytest.approx(-SLIP[0], abs=0.012)
    assert report.v == pytest.approx(-SLIP[2], abs=0.012)
    assert report.largest < 0.08
    assert abs(report.angle) < 0.001


def test_exact_odometry_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    still = mapped(drive(sigma=0.0, slip=np.zeros(3)))
    assert still.drift.frames == 0
    plain = CrackMap(SCAN.surface, SETTINGS)
    monkeypatch.setattr(plain, "_placed", lambda view, stamp_ns, evidence: view)
    for view, scores in drive(sigma=0.0, slip=np.zeros(3)):
        plain.update(view, scores)
    plain.extract()
    assert [crack.path.tolist() for crack in still.cracks] == [crack.path.tolist() for crack in plain.cracks]


def test_odometry_less_sure_than_it_need_be_does_no_harm() -> None:
    modest = mapped(drive(sigma=0.03, slip=np.zeros(3)))
    assert len(modest.cracks) == len(CRACKS)
    assert np.percentile(off(modest), 90) < 0.012
    assert modest.drift.largest < 0.015


def test_tiles_alone_correct_within_what_tiles_can_tell() -> None:
    coarse = mapped(drive(sigma=0.03, pixels=False))
    assert len(coarse.cracks) == len(CRACKS)
    assert np.percentile(off(coarse), 90) < 0.05


def test_a_featureless_wall_corrects_nothing() -> None:
    blank = CrackMap(SCAN.surface, SETTINGS)
    for view, scores in SCAN.looks([]):
        blank.update(reported(view, np.zeros(3), 0.03), replace(scores, cracks=sightings(view, [])))
    assert blank.drift.frames == 0


def test_a_restored_map_is_known_at_once() -> None:
    looks = list(drive(sigma=0.03))
    half = len(looks) // 2
    first = mapped(iter(looks[:half]))
    second = CrackMap(SCAN.surface, SETTINGS)
    blocks = [(key, first.grid.block_bytes(key)) for key in first.grid.blocks()]
    second.restore(blocks, first.cracks, first.faded, looks[half - 1][1].stamp_ns)
    for view, scores in looks[half:]:
        second.update(view, scores)
    second.extract()
    assert len(second.cracks) == len(CRACKS)
    assert second.drift.frames > 5


@pytest.mark.parametrize("share", [0.45, 0.7])
def test_a_session_taken_up_again_corrects_as_if_it_had_never_stopped(share: float) -> None:
    looks = list(drive(sigma=0.03))
    cut = int(share * len(looks))
    whole, first = mapped(iter(looks)), mapped(iter(looks[:cut]))
    second = CrackMap(SCAN.surface, SETTINGS)
    blocks = [(key, first.grid.block_bytes(key)) for key in first.grid.blocks()]
    stored = json.loads(json.dumps(first.drift_state(), allow_nan=False))
    second.restore(blocks, first.cracks, first.faded, looks[cut - 1][1].stamp_ns, stored)
    assert second.drift_state() == stored
    for view, scores in looks[cut:]:
        second.update(view, scores)
    second.extract()
    assert second.drift.frames == pytest.approx(whole.drift.frames, abs=1)
    np.testing.assert_allclose((second.drift.u, second.drift.v), (whole.drift.u, whole.drift.v), atol=0.001)


def test_a_state_without_a_way_is_taken_up_with_all_of_its_map_known() -> None:
    first = mapped(drive(sigma=0.03))
    state = first.drift_state()
    for name in ("travelled", "measured_at", "picture", "known_until_ns", "way"):
        del state[name]
    tracker = DriftTracker(0.02, known_until_ns=17)
    tracker.restore(state)
    assert tracker.state()["known_until_ns"] == 17
    assert tracker.report == DriftReport.of_state(state) == first.drift


def test_a_known_crack_behind_a_slanting_camera_is_not_looked_for() -> None:
    floor = SurfacePlane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), 6.0, 6.0)
    # Above the floor, heading 60 degrees to the left of u and looking down 33: the far left corner of the
    # picture lies so far back in u that the crack, behind the camera, is in the box around its outline.
    yaw, down = np.radians(60.0), np.radians(33.0)
    ahead = np.array([np.cos(yaw) * np.cos(down), np.sin(yaw) * np.cos(down), -np.sin(down)])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    turn = Rotation.from_matrix(np.stack([right, np.cross(ahead, right), ahead], axis=1)).as_quat()
    covariance = np.diag([0.002**2] * 6)
    camera = Camera.from_field_of_view(1280, 720, np.radians(90))
    view = FrameView(camera, Pose(np.array([2.5, 2.6, 0.4]), turn, covariance), floor)
    crack = np.array([[0.905, 2.905], [1.205, 2.915]])
    low, high = np.nanmin(view.outline, axis=0), np.nanmax(view.outline, axis=0)
    assert ((crack > low) & (crack < high)).all()
    assert np.isnan(view.surface_to_pixels(crack)).all()

    grid = EvidenceGrid(6.0, 6.0, 0.01)
    cells = grid.read(grid.extent)
    cells["first_ns"] = 1
    grid.write(grid.extent, cells)
    _, scores = next(SCAN.looks([]))
    evidence = tile_evidence(scores)
    tracker = DriftTracker(0.02, known_until_ns=1)
    placed = tracker.follow(view, 2)
    assert tracker.correct(view, evidence, [crack], grid) is placed
    assert tracker.report.frames == 0
