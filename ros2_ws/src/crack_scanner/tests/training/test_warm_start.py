"""Training goes on from a model file: the network answers as the file does before its first step."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; training is not tested here")

import tensorflow as tf

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training import networks
from crack_scanner.training.article_network import article_network
from crack_scanner.training.drawn import draw_tile
from crack_scanner.training.export import to_litert
from crack_scanner.training.networks import TILE_SIZE, deployed, training_network
from crack_scanner.training.warm_start import is_as_wide, mean_with, start_from
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


@pytest.fixture
def narrow(tiles, tmp_path, monkeypatch):
    """A file of a network with fewer channels, and its logits."""
    with monkeypatch.context() as patch:
        patch.setattr(networks, "BLOCKS", [(filters // 2, *rest) for filters, *rest in networks.BLOCKS])
        network = deployed(training_network())
    network.get_layer("logit").bias.assign([0.5])
    file = tmp_path / "narrow.tflite"
    file.write_bytes(to_litert(network, 1.0, 0.0, TILE_SIZE))
    return file, network(tiles, training=False).numpy()


@pytest.mark.parametrize("training", [False, True])
def test_a_wider_network_answers_as_the_file_does(tiles, narrow, training):
    file, expected = narrow
    network = training_network()
    assert not is_as_wide(network, file)
    start_from(network, file, tiles)
    np.testing.assert_allclose(network(tiles, training=training)[0].numpy(), expected, atol=2e-3)


def test_a_wider_network_learns_in_its_fresh_channels(tiles, narrow):
    network = training_network()
    start_from(network, narrow[0], tiles)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(network(tiles, training=True)[0])
    kernel = network.get_layer("logit").kernel
    assert np.all(np.isfinite(gradient := tape.gradient(loss, kernel).numpy()))
    assert np.count_nonzero(gradient[kernel.numpy() == 0.0]) > 0


def test_fresh_channels_of_the_first_layer_are_as_strong_as_those_of_the_file(tiles, monkeypatch):
    monkeypatch.setattr(networks, "STEM_FILTERS", 2 * networks.STEM_FILTERS)
    network = training_network()
    start_from(network, DEFAULT_MODEL, tiles)
    strength = np.abs(network.get_layer("stem").kernel.numpy()).mean((0, 1, 2))
    of_the_file, fresh = np.split(strength, 2)
    assert of_the_file.mean() / 3 < fresh.mean() < 3 * of_the_file.mean()


def test_a_narrower_network_cannot_go_on_from_a_file(tiles, monkeypatch):
    monkeypatch.setattr(networks, "BLOCKS", [(filters // 2, *rest) for filters, *rest in networks.BLOCKS])
    with pytest.raises(CrackScannerError, match="another network"):
        start_from(training_network(), DEFAULT_MODEL, tiles)


def test_the_file_of_another_network_is_refused(tiles):
    with pytest.raises(CrackScannerError, match="another network"):
        start_from(article_network(TILE_SIZE), DEFAULT_MODEL, tiles)


def test_the_mean_of_a_file_with_itself_is_the_file(tiles):
    network = training_network()
    assert is_as_wide(network, DEFAULT_MODEL)
    mean_with(network, DEFAULT_MODEL.read_bytes(), DEFAULT_MODEL, tiles)
    with TileClassifier.load(DEFAULT_MODEL, threads=1) as classifier:
        expected = classifier.score(list(tiles))
    logits, _ = network(tiles, training=False)
    np.testing.assert_allclose(1.0 / (1.0 + np.exp(-logits.numpy()[:, 0])), expected, atol=1e-3)
