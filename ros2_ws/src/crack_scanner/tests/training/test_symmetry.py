"""Weights that turn with the picture: what the network says of a tile is what it says of it turned."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; the networks are not tested here")

import keras

from crack_scanner.training.export import to_litert
from crack_scanner.training.loop import Schedule, Trainer
from crack_scanner.training.networks import CELLS, TILE_SIZE, deployed, training_network
from crack_scanner.training.sampler import Batch
from crack_scanner.training.symmetry import channel_moves, tie, ties
from crack_scanner.training.warm_start import is_tied, start_from

TURNS = [(quarter, flip) for quarter in range(4) for flip in (1, -1)]


def turned(picture, quarter, flip):
    return np.ascontiguousarray(np.rot90(picture, quarter)[:, ::flip])


@pytest.fixture(scope="module")
def tied_network():
    keras.utils.set_random_seed(1)
    network = training_network(tile_size=None)
    tie(network, ties(network))
    return network


@pytest.fixture(scope="module")
def tile():
    return np.random.default_rng(3).integers(0, 256, (TILE_SIZE, TILE_SIZE, 3), np.uint8)


@pytest.mark.parametrize("channels", [16, 32, 64, 96, 256])
def test_every_turn_moves_each_channel_to_one_place(channels):
    moves = channel_moves(channels)
    assert moves.shape == (8, channels)
    assert (np.sort(moves, axis=1) == np.arange(channels)).all()
    # Doing one turn after another is a turn too.
    found = {tuple(move) for move in moves.tolist()}
    assert all(tuple(moves[a][moves[b]]) in found for a in range(8) for b in range(8))


def test_other_numbers_of_channels_are_refused():
    with pytest.raises(ValueError, match="40 channels"):
        channel_moves(40)


@pytest.mark.parametrize(("quarter", "flip"), TURNS)
def test_a_stem_sees_a_turned_tile_as_its_maps_turned(tied_network, tile, quarter, flip):
    stem = keras.Model(tied_network.input, tied_network.get_layer("stem").output)
    maps, of_turned = (stem(one[None]).numpy()[0] for one in (tile, turned(tile, quarter, flip)))
    expected = turned(maps, quarter, flip)
    matches = [np.allclose(expected[..., move], of_turned, atol=1e-4) for move in channel_moves(16)]
    assert any(matches)


@pytest.mark.parametrize(("quarter", "flip"), TURNS)
def test_a_turned_tile_has_the_same_logit(tied_network, tile, quarter, flip):
    network = deployed(tied_network)
    straight, across = (network(one[None]).numpy() for one in (tile, turned(tile, quarter, flip)))
    np.testing.assert_allclose(across, straight, rtol=1e-3, atol=1e-5)


def test_tied_kernels_keep_their_spread():
    keras.utils.set_random_seed(2)
    network = training_network()
    before = {one.path: one.numpy() for one in network.trainable_variables}
    tied = ties(network)
    tie(network, tied)
    kernel = network.get_layer("block6_pointwise").kernel
    assert kernel.numpy().std() == pytest.approx(before[kernel.path].std(), rel=0.05)
    assert tied[kernel.path].holds(kernel.numpy())
    assert not tied[kernel.path].holds(before[kernel.path])


def test_training_keeps_weights_tied_and_a_file_of_them_is_gone_on_from(tmp_path):
    keras.utils.set_random_seed(4)
    network = training_network()
    tied = ties(network)
    tie(network, tied)
    rng = np.random.default_rng(4)
    tiles = rng.integers(0, 256, (4, TILE_SIZE, TILE_SIZE, 3), np.uint8)
    labels, cells = np.tile([[0], [1]], (2, 1)), np.zeros((4, CELLS.count, CELLS.count, 1), np.uint8)
    batch = Batch(tiles, labels.astype(np.float32), cells)
    trainer = Trainer(network, Schedule(3, 3), tmp_path / "checkpoint.npz", ties=tied)
    trainer.run(iter([batch] * 3), lambda _: None)
    assert all(tied[one.path].holds(one.numpy()) for one in network.trainable_variables)
    file = tmp_path / "tied.tflite"
    file.write_bytes(to_litert(deployed(network), 1.0, 0.0, TILE_SIZE))
    going_on = training_network()
    assert is_tied(going_on, file, ties(going_on))
    start_from(going_on, file, tiles, ties(going_on))
    expected, found = (deployed(one)(tiles, training=False).numpy() for one in (network, going_on))
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert [one.path for one in going_on.variables if not ties(going_on)[one.path].holds(one.numpy())] == []


def test_a_file_of_other_weights_is_not_tied(tmp_path):
    keras.utils.set_random_seed(5)
    network = training_network()
    file = tmp_path / "untied.tflite"
    file.write_bytes(to_litert(deployed(network), 1.0, 0.0, TILE_SIZE))
    assert not is_tied(network, file, ties(network))
