"""A picture against the surface."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.surface.camera import LATTICE, Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

WALL = SurfacePlane(np.array([0, 0.6, 0.0]), np.array([1.0, 0, 0]), np.array([0, 0, 1.0]), 3.2, 1.6)
MATRIX = np.array([[1100.0, 0, 639.5], [0, 1100, 359.5], [0, 0, 1]])
CAMERA = Camera(1280, 720, MATRIX, np.array([-0.1, 0.02, 0, 0, 0]))
LOOK_LEFT = Pose.from_xyz_rpy((0, 0, 0), (-np.pi / 2, 0, 0))


def view(rpy: tuple[float, float, float] = (0, 0, 0), covariance: np.ndarray | None = None) -> FrameView:
    base = Pose.from_xyz_rpy((1.0, 0.0, 0.8), rpy)
    if covariance is not None:
        base = Pose(base.position, base.quaternion, covariance)
    return FrameView(CAMERA, base.compose(LOOK_LEFT), WALL)


def test_the_middle_of_the_picture_is_where_the_camera_points() -> None:
    assert np.allclose(view().pixels_to_surface(np.array([[639.5, 359.5]])), [[1.0, 0.8]])


def test_right_in_the_picture_is_right_on_the_surface_and_down_is_down() -> None:
    uv = view().pixels_to_surface(np.array([[700.0, 400.0]]))[0]
    assert uv[0] > 1.0
    assert uv[1] < 0.8


@given(
    st.floats(0, 1279),
    st.floats(0, 719),
    st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
)
def test_a_pixel_comes_back_from_the_surface(x: float, y: float, rpy: tuple[float, float, float]) -> None:
    pixel = np.array([[x, y]])
    there = view(rpy).pixels_to_surface(pixel)
    assert np.allclose(view(rpy).surface_to_pixels(there), pixel, atol=0.02)


@given(st.tuples(st.floats(-3.0, 3.0), st.floats(-1.5, 1.5), st.floats(-3.0, 3.0)))
def test_a_place_seen_from_the_camera_is_the_same_place(rpy: tuple[float, float, float]) -> None:
    uv = np.array([[0.0, 0.0], [1.3, -0.4], [3.2, 1.6]])
    seen = view(rpy)
    assert np.allclose(seen.camera_pose.transform(seen.surface_to_camera(uv)), WALL.points(uv))


@given(
    st.floats(0, 1279),
    st.floats(0, 719),
    st.tuples(st.floats(-1.6, 1.6), st.floats(-1.6, 1.6), st.floats(-1.6, 1.6)),
    st.floats(1e-4, 0.05),
)
def test_all_that_is_seen_finely_enough_lies_in_the_extent(
    x: float, y: float, rpy: tuple[float, float, float], coarsest: float
) -> None:
    seen, pixel = view(rpy), np.array([[x, y]])
    place = seen.pixels_to_surface(pixel)[0]
    if not np.isfinite(place).all() or seen.ground_sampling_distance(pixel)[0] > coarsest:
        return
    low, high = seen.extent(coarsest)
    # The outline goes from point to point, and a lens may bend what lies between them.
    assert (place >= low - 0.02).all()
    assert (place <= high + 0.02).all()


def test_what_is_seen_straight_on_is_the_outline_and_from_too_far_or_behind_nothing() -> None:
    outline = view().outline
    assert np.allclose(view().extent(0.01), [outline.min(axis=0), outline.max(axis=0)])
    assert view().extent(1e-4).shape == (0, 2)
    behind = FrameView(CAMERA, Pose.from_xyz_rpy((1.0, 2.0, 0.8), (-np.pi / 2, 0, 0)), WALL)
    assert behind.extent(0.01).shape == (0, 2)


def test_ground_sampling_distance_is_distance_over_focal_length() -> None:
    assert view().ground_sampling_distance(np.array([[639.5, 359.5]]))[0] == pytest.approx(
        0.6 / 1100, rel=1e-3
    )


def test_a_slanted_view_has_coarser_pixels_on_the_far_side() -> None:
    near_and_far = view((0, 0, 0.4)).ground_sampling_distance(np.array([[100.0, 360], [1200.0, 360]]))
    assert near_and_far.max() > 1.15 * near_and_far.min()


def test_the_variance_on_the_lattice_is_that_of_its_pixels() -> None:
    covariance = np.diag([1e-4, 2e-4, 3e-4, 1e-5, 2e-5, 3e-5])
    seen = view((0.1, -0.2, 0.3), covariance)
    corners = np.array([[0.0, 0.0], [1279.0, 0.0], [0.0, 719.0], [1279.0, 719.0]])
    lattice = seen.position_covariance(CAMERA.lattice).reshape(*LATTICE, 2, 2)
    expected = seen.position_covariance(CAMERA.bundle(corners)).reshape(2, 2, 2, 2)
    assert np.allclose(lattice[::2, ::3], expected, rtol=1e-12)


def test_past_the_plane_a_place_is_not_known_at_all() -> None:
    # The plane's horizon runs upright through the picture.
    known = np.isfinite(view((0.0, 0.0, 1.4)).position_covariance(CAMERA.lattice)).all(axis=(1, 2))
    assert known.any()
    assert not known.all()


@given(st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)))
def test_a_pixel_on_moves_the_place_by_the_jacobian(rpy: tuple[float, float, float]) -> None:
    pixels = np.array([[100.0, 100.0], [640.0, 360.0], [1200.0, 700.0]])
    seen = view(rpy)
    for axis, step in enumerate(np.eye(2) * 0.5):
        moved = seen.pixels_to_surface(pixels + step) - seen.pixels_to_surface(pixels - step)
        assert np.allclose(seen.pixel_jacobian(pixels)[:, :, axis], moved, rtol=1e-4, atol=1e-9)


def test_rays_that_miss_the_plane_give_no_coordinates() -> None:
    away = FrameView(CAMERA, Pose.from_xyz_rpy((1, 0, 0.8), (0, 0, np.pi)).compose(LOOK_LEFT), WALL)
    assert np.isnan(away.pixels_to_surface(np.array([[640.0, 360.0]]))).all()


@pytest.mark.parametrize(("axis", "sigma"), [(0, 0.01), (2, 0.02), (5, 0.01), (3, 0.01)])
def test_reported_covariance_is_the_spread_of_perturbed_poses(axis: int, sigma: float) -> None:
    covariance = np.zeros((6, 6))
    covariance[axis, axis] = sigma**2
    pixels = np.array([[200.0, 150.0], [900.0, 600.0]])
    reported = view(covariance=covariance).position_covariance(CAMERA.bundle(pixels), pixel_sigma=0.0)
    step = np.zeros(6)
    step[axis] = sigma
    xyz, rpy = np.array([1.0, 0, 0.8]) + step[:3], step[3:]
    moved = FrameView(CAMERA, Pose.from_xyz_rpy(xyz, rpy).compose(LOOK_LEFT), WALL)
    shift = moved.pixels_to_surface(pixels) - view().pixels_to_surface(pixels)
    assert np.allclose(reported, shift[:, :, None] * shift[:, None, :], rtol=0.1, atol=3e-7)


def test_a_pixel_cannot_be_better_known_than_its_own_size() -> None:
    covariance = view().position_covariance(CAMERA.bundle(np.array([[640.0, 360.0]])), pixel_sigma=0.5)[0]
    assert np.sqrt(covariance[0, 0]) == pytest.approx(0.5 * 0.6 / 1100, rel=0.01)


def test_the_outline_surrounds_every_pixel() -> None:
    outline, inner = view().outline, view().pixels_to_surface(np.array([[5.0, 5.0], [1270.0, 700.0]]))
    assert (inner > outline.min(axis=0)).all()
    assert (inner < outline.max(axis=0)).all()
