"""Biases of an int8 model set so that its layers put out, in the mean, what those of the float32 model do.

Rounding weights and activations shifts the mean of a channel, and the shifts of all layers add up. Empirical
bias correction (Nagel et al. 2019, arXiv:1906.04721): layer by layer, the first one first, as each correction
changes what the layers behind it see.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from crack_scanner.training.layer_outputs import Tile, layer_outputs
from crack_scanner.vision.litert_file import operator_name, packed, unpacked

_WITH_BIAS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def bias_corrected(quantized: bytes, floating: bytes, tiles: Sequence[Tile]) -> bytes:
    """The full-integer int8 model with the means over tiles of the float32 model that it was made from.

    Both have the same layers in the same order.
    """
    content = unpacked(quantized)
    layers, wanted_of = _layers(content), [int(layer.outputs[0]) for layer in _layers(unpacked(floating))]
    wanted = _means(floating, tiles, wanted_of)
    for layer, tensor in zip(layers, wanted_of, strict=True):
        output = int(layer.outputs[0])
        found = _means(packed(content), tiles, [output])[output]
        _add_to_bias(content, layer, wanted[tensor] - found)
    return packed(content)


def _layers(content: Any) -> list[Any]:
    operators = content.subgraphs[0].operators
    return [operator for operator in operators if operator_name(content, operator) in _WITH_BIAS]


def _means(model: bytes, tiles: Sequence[Tile], tensors: Sequence[int]) -> dict[int, npt.NDArray[np.float64]]:
    """(C,) mean of every channel of the tensors over all places of all tiles."""
    of_tiles: dict[int, list[npt.NDArray[np.float64]]] = {tensor: [] for tensor in tensors}
    for found in layer_outputs(model, tiles, tensors):
        for tensor, values in found.items():
            of_tiles[tensor].append(values.mean(axis=0, dtype=np.float64))
    return {tensor: np.mean(means, axis=0) for tensor, means in of_tiles.items()}


def _add_to_bias(content: Any, layer: Any, change: npt.NDArray[np.float64]) -> None:
    """Add what a layer's channels (C,) lack to its int32 bias, whose scale is that of input times weights."""
    tensors = content.subgraphs[0].tensors
    source, kernel, bias = (tensors[int(tensor)] for tensor in layer.inputs[:3])
    scale = np.float64(source.quantization.scale[0]) * np.asarray(kernel.quantization.scale, np.float64)
    buffer = content.buffers[bias.buffer]
    values = np.frombuffer(bytes(buffer.data), "<i4") + np.rint(change / scale).astype(np.int64)
    limits = np.iinfo(np.int32)
    buffer.data = np.frombuffer(values.clip(limits.min, limits.max).astype("<i4").tobytes(), np.uint8)
