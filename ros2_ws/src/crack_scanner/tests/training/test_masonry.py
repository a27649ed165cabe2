"""Drawn masonry: its bonds, its joints, and cracks that keep to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.training.masonry import (
    LIGHT_MORTAR,
    WIDEST_WANDER,
    Bond,
    draw_wall,
    joint_course,
    joint_crack_shape,
    random_bond,
)
from crack_scanner.training.surfaces import procedural_surface
from crack_scanner.training.synthetic import draw_crack

SIZE = 227
SEEDS = st.integers(0, 2**32 - 1)


def _from_joint(bond: Bond, points: np.ndarray) -> np.ndarray:
    """Pixels from points (N, 2) to the middle of the nearest joint."""
    u, v = bond.to_wall(points[:, 0], points[:, 1])
    to_bed = np.abs(v / bond.height - np.round(v / bond.height)) * bond.height
    along = (u - bond.offset(np.floor(v / bond.height).astype(int))) / bond.length
    return np.minimum(to_bed, np.abs(along - np.round(along)) * bond.length)


@given(SEEDS)
def test_places_on_the_wall_and_pixels_are_one_thing_said_twice(seed):
    rng = np.random.default_rng(seed)
    bond, places = random_bond(SIZE, rng), rng.uniform(-300.0, 300.0, (20, 2))
    pixels = bond.to_picture(places)
    assert np.allclose(np.stack(bond.to_wall(*pixels.T), axis=1), places, atol=1e-2)


@pytest.mark.parametrize("seed", range(12))
def test_a_wall_has_joints_where_its_bond_says(seed):
    rng = np.random.default_rng(seed)
    surface = procedural_surface(SIZE, rng)
    wall, again = (draw_wall(surface, np.random.default_rng(seed)) for _ in range(2))
    assert wall.tile.shape == surface.shape
    assert wall.tile.dtype == np.uint8
    assert (wall.tile == again.tile).all()
    assert wall.bond == again.bond


def test_joints_that_show_a_crack_are_light():
    surface = np.full((SIZE, SIZE, 3), 150, np.uint8)
    shown = 0
    for seed in range(40):
        wall = draw_wall(surface, np.random.default_rng(seed))
        y, x = np.mgrid[:SIZE, :SIZE].reshape(2, -1)
        in_joint = _from_joint(wall.bond, np.stack([x, y], axis=1)) < 0.2 * wall.bond.joint
        if wall.shows_cracks_in_joints and in_joint.any():
            shown += 1
            assert np.median(wall.tile.reshape(-1, 3)[in_joint]) > 0.8 * LIGHT_MORTAR
    assert shown > 10


@given(SEEDS)
def test_a_course_keeps_to_joints_but_where_it_goes_through_a_stone(seed):
    rng = np.random.default_rng(seed)
    bond = random_bond(SIZE, rng)
    shares = []
    for _ in range(5):
        course = joint_course(bond, SIZE, rng)
        assert course.ndim == 2
        assert np.isfinite(course).all()
        reach = 0.5 * min(bond.joint, WIDEST_WANDER) + 3.0
        shares.append((_from_joint(bond, course) <= reach).mean())
    # One piece in seven goes through a stone.
    assert np.mean(shares) > 0.5


@pytest.mark.parametrize("seed", range(10))
def test_a_crack_in_a_joint_is_dark_and_its_mask_lies_there(seed):
    rng = np.random.default_rng(seed)
    surface = procedural_surface(SIZE, rng)
    wall = draw_wall(surface, rng)
    while not wall.shows_cracks_in_joints:
        wall = draw_wall(surface, rng)
    shape = joint_crack_shape(wall.bond, rng)
    tile, mask = draw_crack(wall.tile, rng, shape, lambda: joint_course(wall.bond, SIZE, rng))
    assert mask.sum() >= 20
    assert tile[mask].mean() < 0.8 * wall.tile[mask].mean()
