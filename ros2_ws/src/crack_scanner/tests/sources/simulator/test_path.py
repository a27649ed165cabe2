import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.path import LanePath, Wobble, lane_path, seen_rectangle
from crack_scanner.sources.simulator.robot import LOOKING_LEFT
from crack_scanner.sources.simulator.visibility import visible
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

STEADY = Wobble(np.zeros((3, 3)), np.zeros((3, 3)))


def view_of(width: float, height: float, mount: Pose = LOOKING_LEFT) -> FrameView:
    ideal = Camera.from_field_of_view(1280, 720, math.radians(60))
    camera = Camera(1280, 720, ideal.matrix, np.array([-0.06, 0.02, 0.0003, -0.0002, 0.0]))
    origin, u, v = np.array([0.0, 0.6, 0.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    return FrameView(camera, Pose.identity().compose(mount), SurfacePlane(origin, u, v, width, height))


def path_along(view: FrameView, overlap: float = 0.3) -> LanePath:
    return lane_path(view, overlap=overlap, overshoot=0.002, speed=0.4, acceleration=0.5, wobble=STEADY)


@settings(max_examples=10, deadline=None)
@given(width=st.floats(0.2, 4.0), height=st.floats(0.2, 2.5), overlap=st.floats(0.0, 0.8))
def test_every_point_of_the_wall_is_seen(width: float, height: float, overlap: float) -> None:
    view = view_of(width, height)
    path = path_along(view, overlap)
    u, v = np.meshgrid(np.linspace(0, width, 24), np.linspace(0, height, 17))
    grid = np.stack([u.ravel(), v.ravel()], axis=1)
    seen = np.zeros(len(grid), bool)
    between = [path.position(t) for t in np.arange(0.0, path.duration, 0.6)]
    for position in [*path.corners, *between]:
        seen |= visible(FrameView(view.camera, Pose(position).compose(LOOKING_LEFT), view.surface), grid)
    assert seen.all()


@settings(max_examples=20, deadline=None)
@given(overlap=st.floats(0.0, 0.9))
def test_lanes_overlap_at_least_as_asked(overlap: float) -> None:
    view = view_of(3.2, 1.6)
    rows = np.unique(path_along(view, overlap).corners[:, 2].round(6))
    _, bottom, _, top = seen_rectangle(view)
    assert np.diff(rows).max() <= (top - bottom) * (1 - overlap) + 1e-6


def test_lanes_go_back_and_forth_from_below() -> None:
    corners = path_along(view_of(3.2, 1.6)).corners
    assert (np.diff(corners[:, 2]) >= 0).all()
    runs = np.diff(corners[:, 0])[::2]
    assert (np.sign(runs) == [1, -1] * (len(runs) // 2) + [1] * (len(runs) % 2)).all()


def test_speed_and_acceleration_stay_within_their_limits() -> None:
    path = path_along(view_of(1.6, 0.8))
    step = 0.005
    positions = np.array([path.position(t) for t in np.arange(0.0, path.duration, step)])
    velocities = np.diff(positions, axis=0) / step
    assert np.linalg.norm(velocities, axis=1).max() <= 0.4 + 1e-6
    assert np.linalg.norm(np.diff(velocities, axis=0), axis=1).max() / step <= 0.5 * math.sqrt(2) + 1e-3


def test_starts_and_ends_at_rest_in_its_corners() -> None:
    path = path_along(view_of(1.6, 0.8))
    np.testing.assert_allclose(path.position(0.0), path.corners[0])
    np.testing.assert_allclose(path.position(path.duration), path.corners[-1])
    np.testing.assert_allclose(path.position(path.duration + 10), path.corners[-1])


def test_a_wall_smaller_than_the_view_needs_no_driving() -> None:
    path = path_along(view_of(0.3, 0.2))
    assert len(path.corners) == 1
    assert path.duration > 0
    np.testing.assert_allclose(path.position(0.5), path.corners[0])


def test_wobble_has_the_deviation_asked_for_on_every_axis() -> None:
    wobble = Wobble.drawn(3, 0.01)
    angles = np.array([wobble.angles(t) for t in np.arange(0.0, 200.0, 0.05)])
    np.testing.assert_allclose(angles.std(axis=0), 0.01, rtol=0.05)


def test_a_camera_that_looks_past_the_wall_is_refused() -> None:
    forward = Pose.from_xyz_rpy((0, 0, 0), (-math.pi / 2, 0, -math.pi / 2))
    with pytest.raises(CrackScannerError, match="does not see the surface"):
        path_along(view_of(3.2, 1.6, forward))
