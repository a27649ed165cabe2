"""Drawn cracks: what is labelled is what is drawn."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.training.dataset import LabelledFile
from crack_scanner.training.segmentation.backgrounds import Grounds
from crack_scanner.training.segmentation.crack_drawing import crack_layer
from crack_scanner.training.segmentation.crack_shapes import DrawnCrack, random_cracks
from crack_scanner.training.segmentation.distractors import DISTRACTORS
from crack_scanner.training.segmentation.drawn_tiles import draw_tile
from crack_scanner.training.segmentation.measures import cleaned, line_agreement


@pytest.fixture
def grounds(tmp_path: Path) -> Grounds:
    path = tmp_path / "ground.png"
    cv2.imwrite(
        str(path), np.random.default_rng(0).normal(160, 8, (227, 227, 3)).clip(0, 255).astype(np.uint8)
    )
    return Grounds([LabelledFile(path, 0, "block", 1), LabelledFile(tmp_path / "crack.png", 1, "block", 2)])


@pytest.mark.parametrize("width", [0.1, 0.8, 3.0, 12.5])
def test_coverage_across_a_crack_sums_to_its_width(width: float) -> None:
    points = np.stack([np.arange(-5, 110, 0.5), np.full(230, 50.3)], axis=1)
    half = np.full(230, width / 2)
    layer = crack_layer(DrawnCrack(points, half, half), (100, 100))
    assert layer.coverage[:, 20:80].sum(axis=0) == pytest.approx(width, abs=0.01)


def test_middle_lies_half_way_between_uneven_edges() -> None:
    points = np.stack([np.arange(0, 50, 0.5), np.full(100, 20.0)], axis=1)
    crack = DrawnCrack(points, np.full(100, 1.0), np.full(100, 3.0))
    assert crack.middle[:, 1] == pytest.approx(21.0)


def test_same_seed_draws_the_same_cracks() -> None:
    first, second = (random_cracks(np.random.default_rng(4), 224) for _ in range(2))
    assert all((a.points == b.points).all() for a, b in zip(first, second, strict=True))


def test_tile_without_cracks_has_an_empty_mask(grounds: Grounds) -> None:
    tile = draw_tile(np.random.default_rng(1), grounds, 224, crack_share=0.0)
    assert not tile.mask.any()
    assert (tile.weight == 1).all()
    assert (tile.image.shape, tile.image.dtype) == ((224, 224, 3), np.uint8)


def test_cracks_are_labelled(grounds: Grounds) -> None:
    tiles = [draw_tile(np.random.default_rng(seed), grounds, 224, crack_share=1.0) for seed in range(6)]
    assert sum(bool(tile.mask.any()) for tile in tiles) >= 5


@pytest.mark.parametrize("distractor", DISTRACTORS, ids=lambda distractor: distractor.__name__)
def test_distractors_change_a_picture_and_keep_it_finite(distractor, grounds: Grounds) -> None:
    changed = False
    for seed in range(4):
        rng = np.random.default_rng(seed)
        picture = grounds.draw(rng, 224)
        before = picture.copy()
        distractor(rng, picture)
        assert np.isfinite(picture).all()
        changed |= bool((picture != before).any())
    assert changed


def test_agreement_of_lines_allows_four_pixels() -> None:
    true, marked = np.zeros((100, 100), bool), np.zeros((100, 100), bool)
    true[50, 10:90] = True
    marked[53, 10:90] = True
    agreement = line_agreement(marked, true)
    assert (agreement.precision, agreement.recall, agreement.iou) == (1.0, 1.0, 1.0)
    assert line_agreement(np.roll(marked, 3, axis=0), true).f1 == 0.0


def test_reference_masks_lose_their_ragged_rim() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[45:55] = 255
    mask[40:44:2, ::3] = 255
    assert not cleaned(mask)[:43].any()
    assert cleaned(mask)[46:54].all()
