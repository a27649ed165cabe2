"""Thinning to the ridge."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import label

from crack_scanner.mapping.skeleton import ridge_skeleton

EIGHT = np.ones((3, 3))


def parts_and_holes(mask: np.ndarray) -> tuple[int, int]:
    return label(mask, EIGHT)[1], label(~np.pad(mask, 1))[1]


@given(arrays(bool, (9, 11)), st.integers(0, 100))
def test_parts_and_holes_are_kept(mask: np.ndarray, seed: int) -> None:
    height = np.random.default_rng(seed).random(mask.shape)
    skeleton = ridge_skeleton(mask, height, np.full(mask.shape, 0.5))
    assert (skeleton <= mask).all()
    assert parts_and_holes(skeleton) == parts_and_holes(mask)


def test_the_line_follows_the_crest_even_at_the_edge_of_the_mask() -> None:
    mask = np.zeros((20, 40), bool)
    mask[5:15, 5:35] = True
    height = -np.abs(np.arange(20) - 6.0)[:, None] * np.ones(40)
    skeleton = ridge_skeleton(mask, height, np.full(mask.shape, -0.5))
    rows, columns = np.nonzero(skeleton)
    assert set(rows) == {6}
    assert (columns.min(), columns.max()) == (5, 34)


def test_a_thin_end_is_eaten_back_to_where_the_crest_is_high_enough() -> None:
    mask = np.zeros((7, 40), bool)
    mask[3, 2:38] = True
    height = np.minimum(10.0, np.arange(40) - 2.0) * np.ones((7, 1))
    columns = np.nonzero(ridge_skeleton(mask, height, np.full(mask.shape, 5.0)))[1]
    assert (columns.min(), columns.max()) == (7, 37)


def test_a_blunt_end_is_eaten_back_to_where_the_crest_has_its_full_height() -> None:
    mask = np.zeros((7, 40), bool)
    mask[1:6, 2:38] = True
    height = np.minimum(10.0, np.arange(40) - 2.0) - np.abs(np.arange(7) - 3.0)[:, None]
    columns = np.nonzero(ridge_skeleton(mask, height, np.full(mask.shape, 5.0)))[1]
    assert columns.min() == 12
