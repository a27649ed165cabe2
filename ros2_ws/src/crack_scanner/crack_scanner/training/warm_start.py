"""Going on from the weights of a model file: what was trained before is not trained again.

The file may be of a narrower network. Its channels are then some of the wider one's, and nothing that they
give comes from the others, so that the network still answers as the file does (Chen et al. 2016,
arXiv:1511.05641, with fresh channels instead of copied ones).
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.litert_file import Weights, folded_weights
from crack_scanner.training.symmetry import Ties, tie

_FRESH_SEED = 7
"""Of the channels that a file does not have."""


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
    _assign(network, _fitted(network, model), tiles, ties)


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


def is_as_wide(network: keras.Model, model: Path) -> bool:
    """Whether a file has all the channels of a network, so that the mean of both weights means something."""
    return _shapes_in(model) == _shapes(network)


def is_tied(network: keras.Model, model: Path, ties: Ties) -> bool:
    """Whether the weights of a file are tied as a network's are to be."""
    return is_as_wide(network, model) and all(
        ties[layer.kernel.path].holds(kernel)
        for layer, (kernel, _) in zip(_layers(network), folded_weights(model.read_bytes()), strict=True)
    )


def check_fits(network: keras.Model, model: Path) -> None:
    """Refuse a file that is neither of this network nor of one like it with fewer channels."""
    narrow, wide = _shapes_in(model), _shapes(network)
    if len(narrow) != len(wide) or not all(map(_fits, narrow, wide)):
        raise CrackScannerError(f"{model} is of another network than the one to be trained")


def _fitted(network: keras.Model, model: Path) -> list[Weights]:
    """The weights of a file in the shapes of a network that is as wide or wider."""
    check_fits(network, model)
    rng = np.random.default_rng(_FRESH_SEED)
    return [
        _widened(kernel, bias, layer, tuple(layer.kernel.shape), rng)
        for (kernel, bias), layer in zip(_weights(model.read_bytes()), _layers(network), strict=True)
    ]


def _shapes(network: keras.Model) -> list[tuple[int, ...]]:
    """Of a network's kernels."""
    return [tuple(layer.kernel.shape) for layer in _layers(network)]


def _shapes_in(model: Path) -> list[tuple[int, ...]]:
    """Of the kernels in a file."""
    return [kernel.shape for kernel, _ in folded_weights(model.read_bytes())]


def _fits(narrow: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    """Whether a kernel differs from another at most in having fewer channels."""
    return narrow[:-2] == wide[:-2] and all(few <= many for few, many in zip(narrow, wide, strict=True))


def _widened(
    kernel: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    layer: Any,
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> Weights:
    """A layer's weights with fresh ones for the channels that the file does not have."""
    if kernel.shape == shape:
        return kernel, bias
    if isinstance(layer, keras.layers.Dense):
        # Its inputs are the channels' means and after them their maxima.
        fresh = np.zeros(((shape[0] - len(kernel)) // 2, shape[1]), np.float32)
        means, peaks = np.split(kernel, 2)
        return np.concatenate([means, fresh, peaks, fresh]), bias
    inputs, outputs = kernel.shape[-2:]
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        wide = _fresh(shape, shape[:-2], rng)
        more = shape[-2] - inputs
    else:
        wide = _fresh(shape, shape[:-1], rng)
        wide[..., :outputs] = 0.0
        more = shape[-1] - outputs
    wide[..., :inputs, :outputs] = kernel
    return wide, np.pad(bias, (0, more))


def _fresh(
    shape: tuple[int, ...], heard: tuple[int, ...], rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Weights that keep the spread of what ReLU lets through (He et al. 2015); heard: inputs of an output."""
    return rng.normal(0.0, np.sqrt(2.0 / np.prod(heard)), shape).astype(np.float32)


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
