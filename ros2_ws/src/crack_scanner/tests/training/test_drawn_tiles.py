"""Drawn training tiles: the same seed gives the same tile, and the mask is where the crack is."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from crack_scanner.training.drawn import CellGrid, draw_tile
from crack_scanner.training.negatives import DISTRACTORS
from crack_scanner.training.surfaces import procedural_surface
from crack_scanner.training.synthetic import BORDER_SHARE, LARGEST_SHARE, CrackShape, draw_crack

CLEAN = np.full((3, 227, 227, 3), 150, np.uint8)


@pytest.mark.parametrize("crack", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_the_same_seed_draws_the_same_tile(crack, seed):
    one, mask = draw_tile(CLEAN, 227, crack, np.random.default_rng(seed))
    other, other_mask = draw_tile(CLEAN, 227, crack, np.random.default_rng(seed))
    assert one.dtype == np.uint8
    assert one.shape == (227, 227, 3)
    assert mask.shape == (227, 227)
    assert mask.any() == crack
    assert (one == other).all()
    assert (mask == other_mask).all()


@pytest.mark.parametrize("width", [1.0, 4.0, 25.0])
def test_a_dark_crack_is_darker_where_the_mask_says(width):
    shape = CrackShape(width=width, roughness=0.3, tone=0.3, branches=1, rim=0.0, blur=0.4)
    tile, mask = draw_crack(CLEAN[0], np.random.default_rng(1), shape)
    assert tile[mask].mean() < 0.75 * CLEAN.mean()
    assert mask.sum() > 10 * width


@pytest.mark.parametrize("width", [12.0, 40.0, 100.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_gaping_crack_leaves_some_of_the_surface_and_shows_its_course(width, seed):
    shape = CrackShape(width, roughness=0.1, tone=0.3, branches=0, rim=0.0, blur=0.5, gaping=True)
    tile, mask = draw_crack(CLEAN[0], np.random.default_rng(seed), shape)
    assert min(0.6 * 227 * width, 0.2 * mask.size) <= mask.sum() <= LARGEST_SHARE * mask.size
    assert (tile[~mask] > 140).mean() > 0.9
    # A flank lies in the shadow, whatever the floor shows.
    assert np.percentile(tile[mask], 5) < 0.4 * CLEAN.mean()


def test_some_cracks_come_in_at_the_border_only():
    shape = CrackShape(width=3.0, roughness=0.1, tone=0.3, branches=0, rim=0.0, blur=0.5)
    masks = [draw_crack(CLEAN[0], np.random.default_rng(seed), shape)[1] for seed in range(200)]
    at_border = [not mask[40:187, 40:187].any() for mask in masks]
    assert BORDER_SHARE < np.mean(at_border) < 2 * BORDER_SHARE
    sides = np.array([[mask[0].any(), mask[-1].any(), mask[:, 0].any(), mask[:, -1].any()] for mask in masks])
    assert (sides[at_border].sum(axis=0) > 0).all()


def test_where_the_edge_has_broken_off_the_surface_beside_the_crack_is_another():
    whole = CrackShape(width=8.0, roughness=0.1, tone=0.3, branches=0, rim=0.0, blur=0.4)
    shares = []
    for shape in (whole, replace(whole, spall=20.0)):
        tile, mask = draw_crack(CLEAN[0], np.random.default_rng(5), shape)
        far = cv2.dilate(mask.astype(np.uint8), np.ones((51, 51))) == 0
        beside = (cv2.dilate(mask.astype(np.uint8), np.ones((25, 25))) > 0) & ~mask
        changed = np.abs(tile.astype(int) - 150).max(axis=2) > 5
        assert changed[far].mean() < 0.05
        shares.append(changed[beside].mean())
    assert shares[1] > shares[0] + 0.2


@pytest.mark.parametrize("distractor", dict.fromkeys(DISTRACTORS), ids=lambda function: function.__name__)
def test_every_distractor_changes_the_tile_and_keeps_its_kind(distractor):
    surface = procedural_surface(227, np.random.default_rng(3))
    changed = [distractor(surface.copy(), np.random.default_rng(seed)) for seed in range(5)]
    assert all(tile.shape == surface.shape and tile.dtype == np.uint8 for tile in changed)
    assert any((tile != surface).any() for tile in changed)


def test_cells_see_to_the_border():
    grid = CellGrid(first=27, stride=8, count=22)
    mask = np.zeros((227, 227), np.bool_)
    mask[0, 226] = True
    cells = grid.reduce(mask)
    assert cells.shape == (22, 22)
    assert cells[0, 21] == 1
    assert cells.sum() == 1
