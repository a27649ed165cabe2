"""Channels of a float32 LiteRT model brought to like ranges, so that one int8 scale fits a whole tensor.

Cross-layer equalization (Nagel et al. 2019, arXiv:1906.04721): what one layer's channel is multiplied with,
the next layer's weights for it are divided by. ReLU lets positive factors through: the model stays the same.
"""

from itertools import pairwise
from typing import Any

import numpy as np

from crack_scanner.training.layer_outputs import Floats, Tile, layer_outputs
from crack_scanner.training.litert_file import constant, set_constant
from crack_scanner.vision.litert_file import operator_name, packed, unpacked

LEAST_REACH = 0.02
"""A channel that reaches less than this share of the tensor's largest is not enlarged any further."""
NONE, RELU = 0, 1


def equalized(model: bytes, tiles: list[Tile]) -> bytes:
    """The same float32 model (float input), its convolutions' channels of like range on these tiles."""
    content = unpacked(model)
    reach = {tensor: np.abs(bounds).max(axis=0) for tensor, bounds in activations(model, tiles).items()}
    for first, second in pairwise(content.subgraphs[0].operators):
        kinds = operator_name(content, first), operator_name(content, second)
        if getattr(first.builtinOptions, "fusedActivationFunction", None) not in (NONE, RELU):
            continue
        reached = reach[int(first.outputs[0])]
        reached = np.maximum(reached, max(reached.max() * LEAST_REACH, 1e-6))
        if kinds == ("CONV_2D", "DEPTHWISE_CONV_2D"):
            # The depthwise weights have a scale for each channel, so nothing is lost there.
            _move(content, first, second, reached.max() / reached)
        elif kinds == ("DEPTHWISE_CONV_2D", "CONV_2D"):
            _move(content, first, second, _balanced(reached, constant(content, int(second.inputs[1]))))
    return packed(content)


def activations(model: bytes, tiles: list[Tile]) -> dict[int, Floats]:
    """(2, C) least and largest value of every channel of every operator's output, over all tiles."""
    found: dict[int, Floats] = {}
    for outputs in layer_outputs(model, tiles):
        for tensor, values in outputs.items():
            low, high = found.get(tensor, (np.inf, -np.inf))
            found[tensor] = np.stack(
                [np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))]
            )
    return found


def _balanced(reached: Floats, weights: Floats) -> Floats:
    """Factors after which a channel takes like shares of its tensor's range and of the weights' ranges.

    weights: (out, 1, 1, in), each output with a scale of its own.
    """
    share = (np.abs(weights) / np.maximum(np.abs(weights).max(axis=(1, 2, 3), keepdims=True), 1e-12)).max(
        axis=(0, 1, 2)
    )
    factors: Floats = np.sqrt(np.maximum(share, LEAST_REACH) / reached)
    return factors / np.exp(np.log(factors).mean())


def _move(content: Any, first: Any, second: Any, factors: Floats) -> None:
    """Multiply the first operator's output channels, divide the second's weights for them."""
    kernel, bias = int(first.inputs[1]), int(first.inputs[2])
    out_first = operator_name(content, first) == "CONV_2D"
    shape = (-1, 1, 1, 1) if out_first else (1, 1, 1, -1)
    set_constant(content, kernel, constant(content, kernel) * factors.reshape(shape))
    set_constant(content, bias, constant(content, bias) * factors)
    following = int(second.inputs[1])
    set_constant(content, following, constant(content, following) / factors)
