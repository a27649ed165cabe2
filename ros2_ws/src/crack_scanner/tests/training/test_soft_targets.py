"""Labels weighed against what an earlier network says."""

import numpy as np
import pytest

from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training.soft_targets import TRUST, mean_probability, write_targets
from crack_scanner.vision.classifier import TileClassifier


@pytest.fixture(scope="module")
def classifier():
    with TileClassifier.load(DEFAULT_MODEL, threads=1) as loaded:
        yield loaded


@pytest.mark.parametrize("label", [0, 1])
def test_a_target_stays_nearer_to_its_label(classifier, tmp_path, label):
    tiles = np.random.default_rng(0).integers(0, 256, (3, 227, 227, 3), np.uint8)
    write_targets(tiles, label, classifier, tmp_path / "targets.npy")
    targets = np.load(tmp_path / "targets.npy")
    assert targets.shape == (3,)
    assert (np.abs(targets - label) <= TRUST).all()


def test_the_answer_does_not_depend_on_how_a_tile_is_turned(classifier):
    tile = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)
    turned = np.ascontiguousarray(np.rot90(tile)[:, ::-1])
    assert mean_probability(turned, classifier) == pytest.approx(mean_probability(tile, classifier), abs=1e-6)
