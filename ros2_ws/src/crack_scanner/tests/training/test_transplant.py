"""Real cracks cut out of one tile and put onto another: what is taken along, and what is not."""

import numpy as np
import pytest

from crack_scanner.training.marked import RATIO_SCALE, lone_crack, write_cracks
from crack_scanner.training.transplant import transplant
from crack_scanner.vision.segmenter import CrackSegmenter

SIZE = 227


def cracked(level: float) -> tuple[np.ndarray, np.ndarray]:
    """A picture with a dark bar of 6 pixels on an even surface, and the marks of a segmenter that sees it."""
    picture = np.full((SIZE, SIZE, 3), level, np.uint8)
    picture[:, 110:116] = level * 0.4
    marks = np.zeros((SIZE, SIZE), np.uint8)
    marks[:, 110:116] = 255
    return picture, marks


@pytest.mark.parametrize("level", [90.0, 180.0])
def test_a_crack_is_kept_relative_to_its_ground(level):
    crack = lone_crack(*cracked(level))
    assert crack.shape == (SIZE, SIZE, 4)
    assert crack[50, 112, :3] / RATIO_SCALE == pytest.approx(0.4, abs=0.02)
    assert crack[50, 50, :3] / RATIO_SCALE == pytest.approx(1.0, abs=0.02)
    assert crack[50, 112, 3] == 255
    assert crack[50, 50, 3] == 0


def test_the_mask_is_where_the_surface_became_darker():
    surface = np.random.default_rng(0).normal(150, 5, (SIZE, SIZE, 3)).clip(0, 255).astype(np.uint8)
    cracks = lone_crack(*cracked(120.0))[None]
    for seed in range(10):
        picture, mask = transplant(surface, cracks, np.random.default_rng(seed))
        assert mask.any()
        assert picture[mask].mean() < 0.85 * surface[mask].mean()
        far = picture == surface
        assert far.all(axis=2).mean() > 0.5


def test_a_faint_crack_is_deepened_on_a_rough_surface():
    rough = np.random.default_rng(0).normal(150, 25, (SIZE, SIZE, 3)).clip(0, 255).astype(np.uint8)
    picture, marks = cracked(150.0)
    picture[:, 110:116] = 120
    faint = lone_crack(picture, marks)[None]
    darkest = []
    for seed in range(5):
        seen, mask = transplant(rough, faint, np.random.default_rng(seed))
        darkest.append(float((seen[mask] / np.maximum(rough[mask], 1)).min(axis=1).min()))
    assert max(darkest) < 0.8  # which is what it was


def test_pictures_in_which_the_segmenter_sees_nothing_give_nothing(tmp_path):
    from crack_scanner.resources import DEFAULT_SEGMENTER

    plain = np.full((2, SIZE, SIZE, 3), 150, np.uint8)
    with CrackSegmenter.load(DEFAULT_SEGMENTER, threads=1) as segmenter:
        assert write_cracks(plain, segmenter, tmp_path / "cracks.npy", most=2) == 0
    assert np.load(tmp_path / "cracks.npy").shape == (0, SIZE, SIZE, 4)
