"""Before a model becomes int8 its channels are evened out, which changes nothing it computes."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training.bias_correction import bias_corrected
from crack_scanner.training.equalize import activations, balanced, equalized
from crack_scanner.training.layer_outputs import layer_outputs
from crack_scanner.training.litert_file import with_float_input, with_uint8_input
from crack_scanner.training.quantize import KEPT_RANGE, drawn_tiles, quantize
from crack_scanner.vision.litert_file import operator_name, packed, unpacked

FLOATING = with_float_input(DEFAULT_MODEL.read_bytes())
TILES = list(drawn_tiles(8, 227, seed=1))


def run(model: bytes, tile: np.ndarray) -> float:
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()[0]
    interpreter.set_tensor(details["index"], tile[None].astype(details["dtype"]))
    interpreter.invoke()
    return float(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0, 0])


def test_an_equalized_model_computes_the_same() -> None:
    model = equalized(FLOATING, TILES)
    for tile in drawn_tiles(6, 227, seed=9):
        assert abs(run(model, tile) - run(FLOATING, tile)) < 1e-4


def test_its_convolutions_reach_alike_in_every_channel() -> None:
    def spread(model: bytes) -> float:
        """The least ratio of a tensor's weakest to its strongest channel, over the plain convolutions."""
        content = unpacked(model)
        reach = activations(model, TILES)
        tensors = [
            int(operator.outputs[0])
            for operator in content.subgraphs[0].operators[:-6]
            if operator_name(content, operator) == "CONV_2D"
        ]
        ratios = [reach[tensor][1] / reach[tensor][1].max() for tensor in tensors]
        return float(np.mean([np.median(ratio) for ratio in ratios]))

    assert spread(equalized(FLOATING, TILES)) > spread(FLOATING)


def test_the_range_of_a_depthwise_output_is_cut() -> None:
    """Its ends are rare, and its steps are what most of the error comes from."""
    pytest.importorskip("ai_edge_quantizer", reason="ai-edge-quantizer is not installed; int8 is not tested")

    def outputs(model: bytes, kind: str) -> list[int]:
        content = unpacked(model)
        operators = content.subgraphs[0].operators
        return [int(each.outputs[0]) for each in operators if operator_name(content, each) == kind]

    floating, model = equalized(FLOATING, TILES), quantize(DEFAULT_MODEL.read_bytes(), TILES)
    found, tensors = activations(floating, TILES), unpacked(model).subgraphs[0].tensors
    for kind, kept in (("DEPTHWISE_CONV_2D", KEPT_RANGE), ("CONV_2D", 1.0)):
        for before, after in zip(outputs(floating, kind), outputs(model, kind), strict=True):
            measured = found[before].max() - min(found[before].min(), 0)
            assert 255 * tensors[after].quantization.scale[0] == pytest.approx(kept * measured, rel=0.01)


def test_a_channel_goes_by_its_range_more_than_by_the_weights_behind_it() -> None:
    """Of two depthwise channels that differ 16 times in range, the smaller one is enlarged 8 times more."""
    reached = np.array([16.0, 1.0], np.float32)
    weights = np.ones((3, 1, 1, 2), np.float32)
    large, small = balanced(reached, weights)
    assert small / large == pytest.approx(8)
    weights[..., 1] /= 16
    large, small = balanced(reached, weights)
    assert small / large == pytest.approx(4)


def test_a_shifted_layer_is_set_right_again() -> None:
    pytest.importorskip("ai_edge_quantizer", reason="ai-edge-quantizer is not installed; int8 is not tested")
    floating, model = equalized(FLOATING, TILES), quantize(DEFAULT_MODEL.read_bytes(), TILES)
    content = unpacked(model)
    graph = content.subgraphs[0]
    layer = graph.operators[2]
    tensor, output = graph.tensors[int(layer.inputs[2])], graph.tensors[int(layer.outputs[0])]
    # Each channel by a fifth of what the layer's output can be, in the steps that its own bias has.
    shift = 50.0 * output.quantization.scale[0] / np.asarray(tensor.quantization.scale)
    bias = content.buffers[tensor.buffer]
    values = np.frombuffer(bytes(bias.data), np.int32)
    bias.data = np.frombuffer(np.rint(values + shift).astype(np.int32).tobytes(), np.uint8)
    shifted = packed(content)

    def mean_logit(model: bytes) -> float:
        logit = int(unpacked(model).subgraphs[0].operators[-1].inputs[0])
        return float(np.mean([found[logit] for found in layer_outputs(model, TILES, [logit])]))

    wanted = mean_logit(floating)
    assert abs(mean_logit(shifted) - wanted) > 0.5
    assert abs(mean_logit(bias_corrected(shifted, floating, TILES)) - wanted) < 0.1


def test_pixels_may_enter_as_float_or_as_bytes() -> None:
    (tile,) = drawn_tiles(1, 227, seed=5)
    assert run(with_uint8_input(FLOATING), tile) == run(DEFAULT_MODEL.read_bytes(), tile)


def test_drawn_tiles_are_the_same_for_the_same_seed() -> None:
    one, other = (np.stack(list(drawn_tiles(4, 227, seed=5))) for _ in range(2))
    assert (one == other).all()
    assert one.min() == 0
    assert one.max() == 255
