"""Weights of an exported segmenter back into a network, so that training can go on from what is shipped."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from crack_scanner.training.litert_file import Weights


def convolutions(model: keras.Model) -> list[Any]:
    """The network's convolutions, plain and depthwise, as an exported file holds them."""
    return [layer for layer in model.layers if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D)]


def carry_over(model: keras.Model, weights: list[Weights], pictures: NDArray[np.uint8]) -> None:
    """Give a network folded weights, one pair for each of its convolutions.

    pictures: (N, tile, tile, 3) uint8 RGB, from which the batch normalisations that were folded away learn
    what passes through them; what the network computes does not depend on them.
    """
    for layer, (kernel, bias) in zip(convolutions(model), weights, strict=True):
        norm = _norm_behind(layer)
        layer.set_weights([kernel, bias] if layer.use_bias else [kernel])
        if norm is not None:
            _set_norm(norm, bias, np.zeros_like(bias), np.ones_like(bias) - norm.epsilon)
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    inside = keras.Model(model.input, [norm.input for norm in norms])
    for norm, values in zip(norms, inside.predict(pictures.astype(np.float32), verbose=0), strict=True):
        bias = np.asarray(norm.beta)
        mean, variance = values.mean(axis=(0, 1, 2)), values.var(axis=(0, 1, 2))
        _set_norm(norm, bias + mean, mean, variance)


def _set_norm(norm: Any, beta: Any, mean: Any, variance: Any) -> None:
    """A normalisation that adds `beta` less `mean` and changes nothing else."""
    norm.set_weights([np.sqrt(variance + norm.epsilon), beta, mean, variance])


def _norm_behind(layer: Any) -> Any:
    behind = [node.operation for node in layer._outbound_nodes]
    norms = [operation for operation in behind if isinstance(operation, layers.BatchNormalization)]
    return norms[0] if norms else None
