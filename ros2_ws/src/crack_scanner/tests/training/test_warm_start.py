"""Training goes on from a model file: the network answers as the file does before its first step."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; training is not tested here")


from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training import networks
from crack_scanner.training.article_network import article_network
from crack_scanner.training.drawn import draw_tile
from crack_scanner.training.networks import TILE_SIZE, training_network
from crack_scanner.training.warm_start import mean_with, start_from
from crack_scanner.vision.classifier import TileClassifier


@pytest.fixture(scope="module")
def tiles():
    clean = np.full((1, TILE_SIZE, TILE_SIZE, 3), 150, np.uint8)
    draws = [draw_tile(clean, TILE_SIZE, bool(n % 2), np.random.default_rng(n))[0] for n in range(16)]
    return np.stack(draws)


@pytest.mark.parametrize("training", [False, True])
def test_the_network_answers_as_the_file_does(tiles, training):
    network = training_network()
    start_from(network, DEFAULT_MODEL, tiles)
    with TileClassifier.load(DEFAULT_MODEL, threads=1) as classifier:
        expected = classifier.score(list(tiles))
    logits, _ = network(tiles, training=training)
    found = 1.0 / (1.0 + np.exp(-logits.numpy()[:, 0]))
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("times", [0.5, 2.0])
def test_a_narrower_or_wider_network_cannot_go_on_from_a_file(tiles, monkeypatch, times):
    blocks = [(int(times * filters), *rest) for filters, *rest in networks.BLOCKS]
    monkeypatch.setattr(networks, "BLOCKS", blocks)
    with pytest.raises(CrackScannerError, match="another network"):
        start_from(training_network(), DEFAULT_MODEL, tiles)


def test_the_file_of_another_network_is_refused(tiles):
    with pytest.raises(CrackScannerError, match="another network"):
        start_from(article_network(TILE_SIZE), DEFAULT_MODEL, tiles)


def test_the_mean_of_a_file_with_itself_is_the_file(tiles):
    network = training_network()
    mean_with(network, DEFAULT_MODEL.read_bytes(), DEFAULT_MODEL, tiles)
    with TileClassifier.load(DEFAULT_MODEL, threads=1) as classifier:
        expected = classifier.score(list(tiles))
    logits, _ = network(tiles, training=False)
    np.testing.assert_allclose(1.0 / (1.0 + np.exp(-logits.numpy()[:, 0])), expected, atol=1e-3)
