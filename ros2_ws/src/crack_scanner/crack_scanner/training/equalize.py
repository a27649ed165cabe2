"""Channels of a float32 LiteRT model brought to like ranges, so that one int8 scale fits a whole tensor.

Cross-layer equalization (Nagel et al. 2019, arXiv:1906.04721): what one layer's channel is multiplied with,
the next layer's weights for it are divided by. ReLU lets positive factors through: the model stays the same.
"""

from typing import Any

import numpy as np

from crack_scanner.training.layer_outputs import Floats, Tile, layer_outputs
from crack_scanner.training.litert_file import constant, set_constant
from crack_scanner.vision.litert_file import operator_name, packed, unpacked

LEAST_REACH = 0.02
"""A channel that reaches less than this share of the tensor's largest is not enlarged any further."""
WEIGHTS_PART = 0.25
"""How much a channel's factor goes by the weights behind it (0 to 1); the rest goes by its own range.

With 1/2, as Nagel et al. have it, both lose alike. Here the channels lose more: they all have one scale,
while these weights have one for each output.
"""
NONE, RELU = 0, 1


def equalized(model: bytes, tiles: list[Tile]) -> bytes:
    """The same float32 model (float input), its convolutions' channels of like range on these tiles."""
    content = unpacked(model)
    reach = {tensor: np.abs(bounds).max(axis=0) for tensor, bounds in activations(model, tiles).items()}
    operators = content.subgraphs[0].operators
    for first in operators:
        takers = [other for other in operators if first.outputs[0] in other.inputs]
        if len(takers) != 1:
            # What is pooled as well as convolved reaches as far as it does.
            continue
        second = takers[0]
        kinds = operator_name(content, first), operator_name(content, second)
        if getattr(first.builtinOptions, "fusedActivationFunction", None) not in (NONE, RELU):
            continue
        reached = reach[int(first.outputs[0])]
        reached = np.maximum(reached, max(reached.max() * LEAST_REACH, 1e-6))
        if kinds == ("CONV_2D", "DEPTHWISE_CONV_2D"):
            # The depthwise weights have a scale for each channel, so nothing is lost there.
            _move(content, first, second, reached.max() / reached)
        elif kinds == ("DEPTHWISE_CONV_2D", "CONV_2D"):
            _move(content, first, second, balanced(reached, constant(content, int(second.inputs[1]))))
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


def balanced(reached: Floats, weights: Floats) -> Floats:
    """Factors (C,) that bring the channels' ranges together, and to a part those of the weights behind them.

    reached: (C,), above 0. weights: (out, 1, 1, C), each output with a scale of its own.
    """
    share = (np.abs(weights) / np.maximum(np.abs(weights).max(axis=(1, 2, 3), keepdims=True), 1e-12)).max(
        axis=(0, 1, 2)
    )
    factors: Floats = np.maximum(share, LEAST_REACH) ** WEIGHTS_PART / reached ** (1 - WEIGHTS_PART)
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
