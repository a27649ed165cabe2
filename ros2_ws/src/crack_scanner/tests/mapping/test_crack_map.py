"""The crack map against a forward model of what a network says about the tiles of a scan."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from scipy.spatial.transform import Rotation

from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.mapping.severity import NOT_MEASURED, GuideValue
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.sightings import FrameCracks
from tests.mapping.tile_model import ModelScan, dense, sightings, wandering

SETTINGS = ScanSettings()
TOLERANCE = 0.06
UPRIGHT = np.array([[1.1, 0.12], [1.1, 0.62]])
LEVEL = np.array([[0.2, 0.6], [0.8, 0.6]])
OBLIQUE = np.array([[0.15, 0.15], [0.85, 0.4]])


def scanned(scan: ModelScan, cracks: list[np.ndarray]) -> CrackMap:
    crack_map = CrackMap(scan.surface, SETTINGS)
    for view, scores in scan.looks(cracks):
        crack_map.update(view, scores)
    crack_map.extract()
    return crack_map


def distances(paths: list[np.ndarray], others: list[np.ndarray]) -> np.ndarray:
    """From points every 2 mm along `paths` to the nearest of `others`, metres."""
    points = shapely.points(np.concatenate([dense(path) for path in paths]))
    return np.asarray(shapely.distance(points, shapely.MultiLineString(list(others))))


@pytest.mark.parametrize("crack", [UPRIGHT, LEVEL, OBLIQUE, wandering((0.2, 0.3), 0.4, 0.8, 3)])
def test_a_crack_is_found_where_it_is_and_to_its_ends(crack: np.ndarray) -> None:
    crack_map = scanned(ModelScan(width=1.3, height=0.75), [crack])
    (found,) = crack_map.cracks
    assert distances([found.path], [crack]).max() < TOLERANCE
    assert distances([crack], [found.path]).max() < TOLERANCE
    assert found.length == pytest.approx(shapely.LineString(crack).length, abs=TOLERANCE)


def test_several_cracks_under_a_noisy_network_are_found_once_each() -> None:
    cracks = [UPRIGHT, LEVEL, OBLIQUE]
    scan = ModelScan(width=1.3, height=0.75, noise=1.5, false_rate=0.02, seed=4)
    crack_map = scanned(scan, cracks)
    found = [crack.path for crack in crack_map.cracks]
    assert len(found) == 3
    assert distances(found, cracks).max() < TOLERANCE
    assert np.mean(distances(cracks, found) < TOLERANCE) > 0.97


def test_false_tiles_now_and_then_make_no_crack() -> None:
    crack_map = scanned(ModelScan(width=1.3, height=0.75, noise=1.5, false_rate=0.05, seed=2), [])
    assert crack_map.cracks == ()


def test_position_errors_lie_within_two_reported_sigma() -> None:
    cracks = [UPRIGHT, LEVEL, OBLIQUE]
    crack_map = scanned(ModelScan(width=1.3, height=0.75, noise=1.5, seed=6), cracks)
    within = [
        np.mean(distances([crack.path], cracks) < 2 * crack.position_sigma) for crack in crack_map.cracks
    ]
    assert np.mean(within) > 0.9


def test_pose_uncertainty_is_in_the_reported_sigma() -> None:
    sure = scanned(ModelScan(width=1.3, height=0.75), [LEVEL]).cracks[0].position_sigma
    unsure = scanned(ModelScan(width=1.3, height=0.75, pose_sigma=0.05), [LEVEL]).cracks[0].position_sigma
    assert unsure == pytest.approx(np.hypot(sure, 0.05), rel=0.1)


@pytest.mark.parametrize("gap", [0.03, 0.18])
def test_however_unsure_the_poses_are_each_crack_keeps_its_own_width(gap: float) -> None:
    fine, wide = (np.array([[0.3, v], [0.95, v]]) for v in (0.3, 0.3 + gap))
    scan = ModelScan(width=1.3, height=0.8)
    crack_map = CrackMap(scan.surface, ScanSettings())
    # Along and across the wall, as after some twenty metres of wheel odometry.
    covariance = np.diag([0.1**2, 0.0, 0.1**2, 0.0, 0.0, 0.0])
    for view, scores in scan.looks([fine, wide]):
        view = replace(view, camera_pose=replace(view.camera_pose, covariance=covariance))
        found = sightings(view, [fine], 3.0).sightings + sightings(view, [wide], 9.0).sightings
        crack_map.update(view, replace(scores, cracks=FrameCracks(found, "1" * 12)))
    crack_map.extract()
    millimetres = 600.0 / scan.camera.matrix[0, 0]
    widths = [crack.width_max_mm for crack in sorted(crack_map.cracks, key=lambda crack: crack.path[0, 1])]
    assert widths == [pytest.approx(px * millimetres, rel=0.02) for px in (3.0, 9.0)]


def test_ids_last_from_first_confirmation_while_the_scan_goes_on() -> None:
    scan = ModelScan(width=1.3, height=0.75)
    crack_map = CrackMap(scan.surface, SETTINGS)
    seen: dict[int, np.ndarray] = {}
    for view, scores in scan.looks([UPRIGHT, LEVEL]):
        if crack_map.update(view, scores):
            for crack in crack_map.cracks:
                if crack.id in seen:
                    assert distances([seen[crack.id]], [crack.path]).min() < TOLERANCE
                seen[crack.id] = crack.path
    crack_map.extract()
    kept = {crack.id for crack in crack_map.cracks}
    named = {i for crack in crack_map.cracks for i in crack.joined}
    faded = {crack.id for crack in crack_map.faded}
    assert kept | named | faded == set(seen)


def test_drawing_only_what_changed_gives_what_drawing_everything_gives() -> None:
    scan = ModelScan(width=1.3, height=0.75, noise=1.5)
    little_by_little = scanned(scan, [UPRIGHT, LEVEL, OBLIQUE])
    at_once = CrackMap(scan.surface, SETTINGS, extract_every=1e6)
    for view, scores in scan.looks([UPRIGHT, LEVEL, OBLIQUE]):
        at_once.update(view, scores)
    at_once.extract()
    a = sorted(crack.path.round(6).tolist() for crack in little_by_little.cracks)
    b = sorted(crack.path.round(6).tolist() for crack in at_once.cracks)
    assert a == b


def test_first_and_last_seen_are_stamps_of_the_scan() -> None:
    scan = ModelScan(width=1.3, height=0.75)
    stamps = [scores.stamp_ns for _, scores in scan.looks([])]
    (crack,) = scanned(scan, [LEVEL]).cracks
    assert stamps[0] <= crack.first_seen_ns < crack.last_seen_ns <= stamps[-1]


def test_without_a_width_the_severity_is_not_measured() -> None:
    scan = ModelScan(width=1.3, height=0.75)
    crack_map = CrackMap(scan.surface, SETTINGS, GuideValue("t", "s", "e", 0.3))
    for view, scores in scan.looks([LEVEL]):
        crack_map.update(view, scores)
    crack_map.extract()
    assert [crack.severity for crack in crack_map.cracks] == [NOT_MEASURED]


def test_the_whole_wall_of_a_full_scan_is_covered() -> None:
    crack_map = scanned(ModelScan(width=1.3, height=0.75), [])
    result = crack_map.coverage()
    assert crack_map.scanned_area == pytest.approx(result.scanned)
    assert result.percent == pytest.approx(100.0)
    assert result.gaps == ()


def test_useless_tiles_cover_nothing() -> None:
    scan = ModelScan(width=1.3, height=0.75)
    crack_map = CrackMap(scan.surface, SETTINGS)
    for view, scores in scan.looks([]):
        scores.probability[:] = np.nan
        crack_map.update(view, scores)
    result = crack_map.coverage()
    assert result.scanned == 0
    assert result.not_good_enough == pytest.approx(result.planned)


def test_evidence_of_pixels_puts_cracks_in_their_place_to_a_fraction_of_a_tile() -> None:
    scan = ModelScan(width=1.3, height=0.75, noise=1.5, false_rate=0.02, seed=4)
    cracks = [UPRIGHT, LEVEL, OBLIQUE]
    crack_map = CrackMap(scan.surface, SETTINGS)
    for number, (view, scores) in enumerate(scan.looks(cracks)):
        # Pixels are looked at in one of several pictures.
        seen = sightings(view, cracks) if number % 4 == 0 else None
        crack_map.update(view, replace(scores, cracks=seen))
    crack_map.extract()
    found = [crack.path for crack in crack_map.cracks]
    assert len(found) == 3
    assert distances(found, cracks).max() < 0.02
    assert distances(cracks, found).max() < 0.02
    assert max(crack.position_sigma for crack in crack_map.cracks) < 0.008


def test_what_the_segmenter_never_sees_stays_a_crack_of_the_tiles() -> None:
    scan = ModelScan(width=1.3, height=0.75, seed=4)
    crack_map = CrackMap(scan.surface, SETTINGS)
    for view, scores in scan.looks([UPRIGHT, LEVEL]):
        crack_map.update(view, replace(scores, cracks=sightings(view, [LEVEL])))
    crack_map.extract()
    found = [crack.path for crack in crack_map.cracks]
    assert distances([UPRIGHT, LEVEL], found).max() < TOLERANCE


def test_a_single_sighting_is_not_a_crack() -> None:
    scan = ModelScan(width=1.3, height=0.75)
    crack_map = CrackMap(scan.surface, SETTINGS)
    for number, (view, scores) in enumerate(scan.looks([])):
        seen = sightings(view, [LEVEL]) if number == 20 else FrameCracks((), "1" * 12)
        crack_map.update(view, replace(scores, cracks=seen))
    crack_map.extract()
    assert crack_map.cracks == ()


def test_a_camera_behind_the_wall_covers_nothing_of_its_front() -> None:
    scan = ModelScan(width=1.3, height=0.75)
    crack_map = CrackMap(scan.surface, SETTINGS)
    for view, scores in scan.looks([LEVEL]):
        pose = view.camera_pose
        # As far behind it as it was in front, turned round to look at its back.
        position = pose.position + 2 * view.distance * -scan.surface.normal
        turn = (Rotation.from_euler("z", np.pi) * Rotation.from_quat(pose.quaternion)).as_quat()
        crack_map.update(replace(view, camera_pose=Pose(position, turn, pose.covariance)), scores)
    crack_map.extract()
    assert crack_map.coverage().percent == 0.0
    assert (crack_map.cracks, crack_map.frames) == ((), 0)
