"""The scanner network: its size, and that a whole frame gives the same logits as its tiles."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; the networks are not tested here")

import keras

from crack_scanner.training.export import to_litert
from crack_scanner.training.networks import (
    CELLS,
    FEATURE_STRIDE,
    NEAR_STRIDE,
    TILE_SIZE,
    deployed,
    scanner_network,
    training_network,
)


def test_at_most_100_000_parameters():
    assert scanner_network().count_params() <= 100_000


def test_cells_are_as_many_as_the_grid_says():
    network = training_network()
    logit, cells = network(np.zeros((1, TILE_SIZE, TILE_SIZE, 3), np.uint8))
    assert logit.shape == (1, 1)
    assert cells.shape == (1, CELLS.count, CELLS.count, 1)


def test_pooling_windows_of_a_frame_gives_the_logits_of_its_tiles():
    keras.utils.set_random_seed(0)
    whole = training_network(tile_size=None)
    network = deployed(whole)
    # The poolings of a tile and whether each takes the mean or the maximum.
    pools = {"average": np.mean, "peak": np.max, "near_peak": np.max}
    features = keras.Model(whole.input, [whole.get_layer(name).input for name in pools])
    head = whole.get_layer("logit")
    steps = 3
    side = TILE_SIZE + steps * FEATURE_STRIDE
    frame = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), np.uint8)
    maps = [each.numpy()[0] for each in features(frame)]
    apart = [FEATURE_STRIDE, FEATURE_STRIDE, NEAR_STRIDE]
    for row, column in np.ndindex(steps + 1, steps + 1):
        y, x = row * FEATURE_STRIDE, column * FEATURE_STRIDE
        pooled = []
        for pool, each, stride in zip(pools.values(), maps, apart, strict=True):
            top, left, window = y // stride, x // stride, len(each) - steps * FEATURE_STRIDE // stride
            pooled.append(pool(each[top : top + window, left : left + window], axis=(0, 1)))
        dense = head(np.concatenate(pooled)[None]).numpy()
        tile = network(frame[:, y : y + TILE_SIZE, x : x + TILE_SIZE]).numpy()
        np.testing.assert_allclose(dense, tile, rtol=1e-4, atol=1e-5)


def test_the_exported_file_takes_uint8_and_gives_the_calibrated_probability():
    from ai_edge_litert.interpreter import Interpreter

    keras.utils.set_random_seed(0)
    network = scanner_network()
    interpreter = Interpreter(model_content=to_litert(network, 0.5, -1.0, TILE_SIZE), num_threads=1)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    assert source["dtype"] is np.uint8
    tile = np.random.default_rng(0).integers(0, 256, (1, TILE_SIZE, TILE_SIZE, 3), np.uint8)
    interpreter.set_tensor(source["index"], tile)
    interpreter.invoke()
    expected = 1.0 / (1.0 + np.exp(-(0.5 * network(tile).numpy() - 1.0)))
    np.testing.assert_allclose(interpreter.get_tensor(target["index"]), expected, atol=1e-4)
