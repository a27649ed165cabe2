"""The segmenter's network, and its way into a file and back."""

from pathlib import Path

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from ai_edge_litert.interpreter import Interpreter  # noqa: E402 - not before Keras is known to be there

from crack_scanner.training.litert_file import folded_weights  # noqa: E402 - not before Keras is known to be there
from crack_scanner.training.segmentation import network  # noqa: E402 - not before Keras is known to be there
from crack_scanner.training.segmentation.carry_over import carry_over  # noqa: E402 - not before Keras is known to be there
from crack_scanner.training.segmentation.export import tflite  # noqa: E402 - not before Keras is known to be there
from crack_scanner.vision.litert_file import operator_name, unpacked  # noqa: E402 - not before Keras is known to be there

TILE = 67
SHIPPED = Path(__file__).parents[3] / "models" / "crack_segmenter.tflite"


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, TILE, TILE, 3), np.uint8)


@pytest.fixture(scope="module")
def exported(pictures: np.ndarray) -> tuple[bytes, np.ndarray]:
    """A small network with statistics of its own as a file, and what it says of the first picture."""
    keras.utils.set_random_seed(1)
    model = network.build(4, TILE)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([np.abs(w) + 0.1 * k for k, w in enumerate(layer.get_weights(), start=1)])
    logits = model(pictures[:1].astype(np.float32), training=False)
    return tflite(model), np.asarray(keras.ops.sigmoid(logits))[0]


def run(content: bytes, picture: np.ndarray) -> np.ndarray:
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]


def test_file_says_what_the_network_says(exported: tuple[bytes, np.ndarray], pictures: np.ndarray) -> None:
    content, said = exported
    assert run(content, pictures[0]) == pytest.approx(said, abs=1e-4)
    assert said.shape == (TILE, TILE, 1)


def test_training_can_go_on_from_a_file(exported: tuple[bytes, np.ndarray], pictures: np.ndarray) -> None:
    content, said = exported
    model = network.build(4, TILE)
    carry_over(model, folded_weights(content), pictures)
    logits = model(pictures[:1].astype(np.float32), training=False)
    assert np.asarray(keras.ops.sigmoid(logits))[0] == pytest.approx(said, abs=1e-4)


def test_shipped_file_has_the_weights_of_this_network() -> None:
    kernels = [kernel.shape for kernel, _ in folded_weights(SHIPPED.read_bytes())]
    assert kernels == [kernel.shape for kernel, _ in folded_weights(tflite(network.build()))]


def test_shipped_file_holds_no_operator_that_xnnpack_leaves_aside() -> None:
    content = unpacked(SHIPPED.read_bytes())
    names = {operator_name(content, operator) for operator in content.subgraphs[0].operators}
    assert not names & {"CAST", "MIRROR_PAD", "GATHER"}
