"""Going on from the weights of a model file: what was trained before is not trained again."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.litert_file import Weights, folded_weights
from crack_scanner.training.symmetry import Ties, tie


def start_from(
    network: keras.Model, model: Path, tiles: npt.NDArray[np.uint8], ties: Ties | None = None
) -> None:
    """Give a training network the weights of an exported file, whose normalisations are folded into them.

    tiles: (N, tile, tile, 3) uint8 RGB as in training. Each normalisation is set to what it does to them, so
    that the network answers as the file does, in training as well. Its second output starts afresh. ties:
    of the file's weights, if they are tied.
    """
    if ties:
        tie(network, ties)
    check_fits(network, model)
    _assign(network, _weights(model.read_bytes()), tiles, ties)


def mean_with(
    network: keras.Model, trained: bytes, model: Path, tiles: npt.NDArray[np.uint8], share: float = 0.5
) -> None:
    """Give a network the mean of the weights of an exported file and of the file that it went on from.

    What was learnt last fits the pictures it was learnt from, what was there before carries over to others;
    the mean keeps most of both (Wortsman et al. 2022, arXiv:2109.01903). share: of `trained`.
    """
    pairs = zip(_weights(trained), _weights(model.read_bytes()), strict=True)
    mixed = [
        (share * kernel + (1 - share) * old_kernel, share * bias + (1 - share) * old_bias)
        for (kernel, bias), (old_kernel, old_bias) in pairs
    ]
    _assign(network, mixed, tiles)


def is_tied(network: keras.Model, model: Path, ties: Ties) -> bool:
    """Whether the weights of a file, which fits the network, are tied as the network's are to be."""
    return all(
        ties[layer.kernel.path].holds(kernel)
        for layer, (kernel, _) in zip(_layers(network), folded_weights(model.read_bytes()), strict=True)
    )


def check_fits(network: keras.Model, model: Path) -> None:
    """Refuse the file of another network."""
    shapes = [kernel.shape for kernel, _ in folded_weights(model.read_bytes())]
    if shapes != [tuple(layer.kernel.shape) for layer in _layers(network)]:
        raise CrackScannerError(f"{model} is of another network than the one to be trained")


def _assign(
    network: keras.Model, weights: list[Weights], tiles: npt.NDArray[np.uint8], ties: Ties | None = None
) -> None:
    for layer, (kernel, bias) in zip(_layers(network), weights, strict=True):
        layer.kernel.assign(kernel)
        if layer.use_bias:
            layer.bias.assign(ties[layer.bias.path](bias) if ties else bias)
        elif isinstance(follower := _following(network, layer), keras.layers.BatchNormalization):
            up_to_here = keras.Model(network.input, layer.output)
            values = np.concatenate([up_to_here(tiles[at : at + 32]) for at in range(0, len(tiles), 32)])
            mean, variance = values.mean((0, 1, 2)), values.var((0, 1, 2))
            if ties:
                mean, variance = (ties[follower.moving_mean.path](one).numpy() for one in (mean, variance))
            follower.set_weights([np.sqrt(variance + follower.epsilon), mean + bias, mean, variance])


def _layers(network: keras.Model) -> list[Any]:
    """What has a kernel, first to last, but for the second output."""
    kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)
    return [layer for layer in network.layers if isinstance(layer, kinds) and layer.name != "cells"]


def _weights(model: bytes) -> list[Weights]:
    """Those of a file's content, whose first layer takes pixels 0 to 255, for pixels scaled to -1 to 1."""
    (kernel, bias), *others = folded_weights(model)
    return [(kernel * 127.5, bias + 127.5 * kernel.sum((0, 1, 2))), *others]


def _following(network: keras.Model, layer: Any) -> Any:
    """The layer that takes a layer's output."""
    return next(other for other in network.layers if layer.output is other.input)
