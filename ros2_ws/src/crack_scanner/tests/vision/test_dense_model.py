"""Overlapping tiles scored in large pieces against the same tiles one by one."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.precision import int8_file
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.settings import ScanSettings
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.dense_model import DenseModels, dense_stride
from crack_scanner.vision.dense_plan import plan
from crack_scanner.vision.tile_grid import tile_grid

DATA = Path(os.environ.get("CRACK_SCANNER_DATA", "/nowhere"))


def random_picture(height, width):
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def real_picture(height, width):
    path = DATA / "surfaces" / "tunnel_lining_4096.jpg"
    if not path.is_file():
        pytest.skip(f"{path} is not there: set CRACK_SCANNER_DATA")
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)[1500 : 1500 + height, 900 : 900 + width]


@pytest.mark.parametrize("model", [DEFAULT_MODEL, int8_file(DEFAULT_MODEL)])
@pytest.mark.parametrize("picture", [random_picture, real_picture])
@pytest.mark.parametrize("size", [(720, 1280), (500, 600), (227, 339)])
def test_pieces_give_what_single_tiles_give(model, picture, size):
    image = picture(*size)
    grid = tile_grid(size[1], size[0], overlap=0.5)
    with TileClassifier.load(model, threads=2) as classifier:
        pieces = classifier.dense_plan(grid, len(grid), "always")
        dense = classifier.score_dense(image, grid, pieces)
        single = classifier.score(list(grid.views(image)))
    np.testing.assert_allclose(dense, single, atol=1e-5)


@pytest.mark.parametrize(
    "size", [(1080, 1920), (720, 1280), (2160, 3840), (227, 227), (227, 500), (451, 451)]
)
@pytest.mark.parametrize("overlap", [0.5, 0.65, 0.3])
def test_every_tile_is_in_one_piece(size, overlap):
    grid = tile_grid(size[1], size[0], overlap=overlap)
    pieces = plan(grid, 1)
    found = sorted(
        (piece.y + row * piece.step, piece.x + column * piece.step)
        for piece in pieces
        for row in range(piece.rows)
        for column in range(piece.columns)
    )
    assert found == sorted(zip(grid.y.tolist(), grid.x.tolist(), strict=True))


@pytest.mark.parametrize("model", [DEFAULT_MODEL, int8_file(DEFAULT_MODEL)])
def test_the_shipped_networks_can_be_widened(model):
    assert dense_stride(model.read_bytes()) == 16


@pytest.mark.parametrize(("overlap", "chosen"), [(0.5, True), (0.25, False), (0.0, False)])
def test_pieces_are_chosen_where_steps_allow_it_and_it_is_cheaper(overlap, chosen):
    grid = tile_grid(1920, 1080, overlap=overlap)
    with TileClassifier.load(DEFAULT_MODEL, threads=1) as classifier:
        assert (classifier.dense_plan(grid, len(grid)) is not None) is chosen
        assert classifier.dense_plan(grid, 10) is None
        assert classifier.dense_plan(grid, len(grid), "never") is None


def test_a_widened_network_is_shared_and_never_by_two_at_once():
    models = DenseModels(DEFAULT_MODEL.read_bytes())
    with models.taken(112, 1, 2) as one, models.taken(112, 1, 2) as other, models.taken(112, 2, 1) as third:
        assert len({id(one), id(other), id(third)}) == 3
    with models.taken(112, 1, 2) as again:
        assert again in (one, other)


def test_networks_for_pictures_of_other_sizes_are_not_kept_for_ever():
    models = DenseModels(DEFAULT_MODEL.read_bytes())
    with models.taken(112, 1, 2) as first:
        pass
    for step in range(16, 16 * 12, 16):
        with models.taken(step, 1, 2):
            pass
    with models.taken(112, 1, 2) as again:
        assert again is not first


def test_what_cannot_be_scored_in_pieces_is_refused_where_it_is_asked_for():
    with TileClassifier.load(DEFAULT_MODEL, threads=1) as classifier:
        scorer = FrameScorer(classifier, ScanSettings(overlap=0.0, dense="always"))
        with pytest.raises(CrackScannerError, match="multiples of 16"):
            scorer.score(1, random_picture(720, 1280))


def test_a_frame_scores_alike_either_way():
    image = random_picture(720, 1280)
    with TileClassifier.load(DEFAULT_MODEL, threads=2) as classifier:
        one, other = (
            FrameScorer(classifier, ScanSettings(overlap=0.5, dense=how)).score(1, image)
            for how in ("always", "never")
        )
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_allclose(one.probability, other.probability, atol=1e-5)
