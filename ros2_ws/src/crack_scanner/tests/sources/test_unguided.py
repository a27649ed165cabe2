"""Pictures without odometry are placed by their own motion."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.image_motion import MotionTracker
from crack_scanner.sources.unguided import UnguidedSource
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView


def wall(seed: int = 0) -> np.ndarray:
    """A picture (600, 1600, 3) with structure at many scales."""
    random = np.random.default_rng(seed)
    grey = np.full((600, 1600), 128.0, np.float32)
    for size in (2, 4, 8, 16, 32, 64):
        noise = random.normal(0, 6, (600 // size + 1, 1600 // size + 1)).astype(np.float32)
        grey += cv2.resize(noise, (1600, 600), interpolation=cv2.INTER_CUBIC)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


class Pan:
    """A capture of windows of the wall."""

    name, live, stills = "pan", False, False

    def __init__(self, corners: list[tuple[int, int]], seeds: list[int] | None = None) -> None:
        self.count: int | None = len(corners)
        self._corners = corners
        self._seeds = seeds or [0] * len(corners)

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        for index, ((x, y), seed) in enumerate(zip(self._corners, self._seeds, strict=True)):
            yield (index + 1) * 1_000_000_000, wall(seed)[y : y + 300, x : x + 500]


def views(source: UnguidedSource) -> list[FrameView]:
    events = list(source)
    poses = {event.stamp_ns: event.pose for event in events if isinstance(event, Odometry)}
    return [
        FrameView(event.camera, poses[event.stamp_ns].compose(source.mount), source.surface)
        for event in events
        if isinstance(event, Frame)
    ]


@pytest.mark.parametrize(("x", "y"), [(40, 0), (-25, 10), (3, -7)])
def test_a_known_shift_is_found(x: int, y: int) -> None:
    tracker, picture = MotionTracker(), wall()
    assert tracker.shift(picture[100:400, 300:800]) is None
    shift = tracker.shift(picture[100 + y : 400 + y, 300 + x : 800 + x])
    assert (shift.x, shift.y) == pytest.approx((x, y), abs=0.7)


def test_different_pictures_do_not_match() -> None:
    tracker = MotionTracker()
    tracker.shift(wall(1)[:300, :500])
    assert tracker.shift(wall(2)[:300, :500]) is None


def test_a_pan_lies_where_it_was_taken() -> None:
    source = UnguidedSource(Pan([(0, 100), (60, 100), (120, 90), (180, 100)]), ScanSettings(), 0.001)
    assert source.surface.width == pytest.approx(0.680, abs=0.004)
    assert source.surface.height == pytest.approx(0.310, abs=0.004)
    first, *_, last = views(source)
    # The same spot of the wall, seen at the right of the first and the left of the last picture.
    here = first.pixels_to_surface(np.array([[400.0, 150.0]]))
    there = last.pixels_to_surface(np.array([[220.0, 150.0]]))
    assert np.linalg.norm(here - there) < 0.004


def test_every_pixel_has_the_size_it_was_given() -> None:
    (view,) = views(UnguidedSource(Pan([(0, 0)]), ScanSettings(), 0.0007))
    assert view.ground_sampling_distance(np.array([[10.0, 10], [400, 200]])) == pytest.approx(
        [0.0007] * 2, rel=1e-6
    )


def test_pictures_of_one_size_are_of_one_camera() -> None:
    first, *others = views(UnguidedSource(Pan([(0, 0), (60, 10), (120, 0)]), ScanSettings(), 0.001))
    # What is worked out of its rays is worked out once.
    assert all(view.camera is first.camera for view in others)


def test_unrelated_pictures_lie_side_by_side() -> None:
    source = UnguidedSource(Pan([(0, 0), (0, 0)], seeds=[1, 2]), ScanSettings(), 0.001)
    first, second = views(source)
    assert np.nanmax(first.outline[:, 0]) < np.nanmin(second.outline[:, 0])
    assert source.surface.width == pytest.approx(1.05, abs=0.001)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_panel_that_goes_back_does_not_run_into_the_one_before(direction: int) -> None:
    ways = [(450, 0)] * 2 + [(450 + direction * 60 * step, 0) for step in range(8)] + [(0, 0)]
    source = UnguidedSource(Pan(ways, seeds=[1] * 2 + [2] * 8 + [3]), ScanSettings(), 0.001)
    seen = [view.outline[:, 0] for view in views(source)]
    first, second, third = seen[:2], seen[2:10], seen[10:]
    assert np.nanmax(first) == pytest.approx(np.nanmin(second) - 0.05, abs=1e-6)
    assert np.nanmax(second) == pytest.approx(np.nanmin(third) - 0.05, abs=1e-6)
    assert np.ptp(np.array(second)) == pytest.approx(0.92, abs=0.01)
    assert np.nanmin(first) == pytest.approx(0.0, abs=1e-6)
    assert np.nanmax(third) == pytest.approx(source.surface.width, abs=1e-6)


def test_uncertainty_grows_along_the_chain() -> None:
    source = UnguidedSource(Pan([(0, 0), (60, 0), (120, 0)]), ScanSettings(), 0.001)
    variances = [event.pose.covariance[0, 0] for event in source if isinstance(event, Odometry)]
    assert variances == sorted(variances)
    assert variances[0] < variances[-1]


@pytest.mark.parametrize("scale", [0.0, -0.001, float("nan"), 1e-10, 0.0021, 1.0])
@pytest.mark.parametrize("live", [False, True])
def test_a_scale_at_which_nothing_could_be_mapped_is_refused(scale: float, live: bool) -> None:
    pan = Pan([(0, 0)])
    pan.live = live
    with pytest.raises(CrackScannerError, match=r"mm/px; expected 0\.001 to 2, .* max_gsd .*--mm-per-px"):
        UnguidedSource(pan, ScanSettings(), scale)


def test_the_coarsest_pixels_that_count_are_those_of_the_settings() -> None:
    UnguidedSource(Pan([(0, 0)]), ScanSettings(), 0.002)
    assert UnguidedSource(Pan([(0, 0)]), ScanSettings(max_gsd=0.02), 0.02).surface.width == pytest.approx(10)


@pytest.mark.parametrize(("pictures", "scale"), [(1, 0.00001), (3, 0.00001), (30, 0.9)])
def test_more_or_less_surface_than_a_map_can_be_of_is_refused(pictures: int, scale: float) -> None:
    pan = Pan([(0, 0)] * pictures, seeds=list(range(pictures)))
    with pytest.raises(CrackScannerError, match=r"pan covers .*; expected 0\.01 to 10000 m .*--mm-per-px"):
        UnguidedSource(pan, ScanSettings(max_gsd=1.0), scale)


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan")])
def test_an_impossible_duration_is_refused(duration: float) -> None:
    with pytest.raises(CrackScannerError, match="duration is .* s; expected more than 0"):
        UnguidedSource(Pan([(0, 0)]), ScanSettings(), 0.001, duration=duration)


def test_a_calibration_of_another_size_is_refused_before_anything_is_scanned() -> None:
    with pytest.raises(CrackScannerError, match="calibration is for 500 x 200 px but .* 500 x 300"):
        UnguidedSource(Pan([(0, 0)]), ScanSettings(), 0.001, Camera.from_field_of_view(500, 200, 1.0))


def test_known_pictures_are_left_out_and_the_others_keep_their_place() -> None:
    corners = [(0, 0), (100, 0), (200, 0), (300, 0)]
    whole = views(UnguidedSource(Pan(corners), ScanSettings(), 0.001))
    source = UnguidedSource(Pan(corners), ScanSettings(), 0.001)
    source.start_at(3_000_000_000)
    rest = views(source)
    assert len(rest) == 2
    for resumed, before in zip(rest, whole[2:], strict=True):
        assert np.array_equal(resumed.camera_pose.position, before.camera_pose.position)


def test_a_live_camera_cannot_know_where_it_goes_on() -> None:
    pan = Pan([(0, 0)])
    pan.live = True
    with pytest.raises(CrackScannerError, match="live and has no odometry"):
        UnguidedSource(pan, ScanSettings(), 0.001).start_at(1)
