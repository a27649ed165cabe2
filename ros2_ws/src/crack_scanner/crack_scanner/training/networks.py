"""The networks: the scanner's small tile classifier, and the article's for comparison."""

from typing import Any

import keras
from keras import layers

from crack_scanner.training.drawn import CellGrid

TILE_SIZE = 227
STEM_FILTERS = 16
BLOCKS = ((32, 3, 2), (64, 4, 2), (64, 5, 1), (80, 3, 1), (128, 3, 2), (256, 3, 1))
"""(filters, kernel, stride) of the separable blocks after the stem.

No stride leaves a line of places over: each block looks at the whole tile, and at all its sides alike.
"""
PLAIN_BLOCKS = 1
"""Blocks without batch normalisation: at full width it costs more time than all the convolutions."""
FEATURE_STRIDE = 16
"""Pixels between two places of the last feature map."""
NEAR_STRIDE = 8
"""Pixels between two places of the near block's map."""
NEAR_BLOCK = 4
"""The block whose features are pooled as well, and asked in training where the crack is.

Each of its places looks at 67 pixels and no more: what lies at a tile's border is more to it than a corner.
"""
CELLS = CellGrid(first=33, stride=NEAR_STRIDE, count=21)
"""Where that block's features look at the tile."""


def scanner_network(tile_size: int | None = TILE_SIZE) -> keras.Model:
    """(N, tile, tile, 3) uint8 or float RGB 0..255 to (N, 1) crack logit.

    Every convolution is 'valid' and the global poolings come last, so that running it over a whole frame
    and pooling over windows gives exactly the logits of the tiles at those places.
    """
    return deployed(training_network(tile_size))


def deployed(network: keras.Model) -> keras.Model:
    """The part of a training network that is shipped; the weights are shared."""
    return keras.Model(network.input, network.get_layer("logit").output, name="crack_classifier")


def training_network(tile_size: int | None = TILE_SIZE) -> keras.Model:
    """The same with a second output, the (N, 21, 21, 1) logit of a crack near each cell of CELLS."""
    tiles = keras.Input((tile_size, tile_size, 3), name="tiles")
    x = layers.Rescaling(1 / 127.5, -1.0, name="scaling")(tiles)
    x = layers.Conv2D(
        STEM_FILTERS, 3, strides=2, activation="relu", kernel_initializer="he_normal", name="stem"
    )(x)
    for index, (filters, kernel, stride) in enumerate(BLOCKS, start=1):
        x = _separable_block(
            x, filters, kernel, stride, normalised=index > PLAIN_BLOCKS, name=f"block{index}"
        )
        if index == NEAR_BLOCK:
            near = x
    cells = layers.Conv2D(1, 1, name="cells")(near)
    average = layers.GlobalAveragePooling2D(name="average")(x)
    peak = layers.GlobalMaxPooling2D(name="peak")(x)
    near_peak = layers.GlobalMaxPooling2D(name="near_peak")(near)
    logit = layers.Dense(1, name="logit")(layers.Concatenate(name="pooled")([average, peak, near_peak]))
    return keras.Model(tiles, [logit, cells], name="crack_classifier_training")


def _separable_block(x: Any, filters: int, kernel: int, stride: int, normalised: bool, name: str) -> Any:
    x = layers.DepthwiseConv2D(kernel, strides=stride, use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.Conv2D(
        filters, 1, use_bias=not normalised, kernel_initializer="he_normal", name=f"{name}_pointwise"
    )(x)
    if normalised:
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
