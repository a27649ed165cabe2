"""The segmenter's network: a small U-Net on grey values that works at half resolution and below."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

TILE = 227
"""Side of the pictures, pixels: trained as it is used, so that both see the same borders."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32).reshape(1, 1, 3, 1)


def build(width: int = 16, tile: int = TILE) -> keras.Model:
    """(N, tile, tile, 3) float32 RGB 0..255 to (N, tile, tile, 1) logits of a crack.

    Built of what XNNPACK is fast at. Odd sides get a row and a column of zeros at their ends, where the
    next level would look anyway, so that each level lies over the next as if all sides were even.
    """
    picture = layers.Input((tile, tile, 3), name="picture")
    grey = layers.Conv2D(
        1,
        1,
        use_bias=False,
        trainable=False,
        kernel_initializer=keras.initializers.Constant(_LUMA / 255),
        name="grey",
    )(picture)
    grey = Standardize(name="standardize")(grey)
    half = _convolution(_even(grey), width, 5, strides=2)
    quarter = _convolution(_even(half), 2 * width, 3, strides=2)
    quarter = _residual(quarter, 2 * width)
    eighth = _convolution(_even(quarter), 3 * width, 3, strides=2)
    eighth = _residual(eighth, 3 * width)
    deep = _convolution(_even(eighth), 4 * width, 3, strides=2)
    deep = _separable(_separable(_separable(deep, 4 * width, 2), 4 * width, 4), 4 * width)
    eighth = _merge(deep, eighth, 3 * width)
    quarter = _merge(eighth, quarter, 2 * width)
    half = _merge(quarter, half, width)
    # Four by four pixels at once: convolutions to fewer channels than a register holds waste the rest.
    logits = layers.Conv2D(16, 4, strides=2, padding="same", name="sixteen_pixels")(_even(half))
    logits = PixelShuffle(4, name="shuffle")(logits)
    return keras.Model(picture, _cut(logits, tile, name="logits"), name="crack_segmenter")


@keras.saving.register_keras_serializable("crack_scanner")
class Standardize(layers.Layer):
    """Grey values of each picture less their mean, over their deviation: light and contrast drop out."""

    def call(self, grey: Any) -> Any:
        """(N, H, W, 1) to the same."""
        mean = ops.mean(grey, axis=(1, 2), keepdims=True)
        centred = grey - mean
        variance = ops.mean(ops.square(centred), axis=(1, 2), keepdims=True)
        return centred * ops.rsqrt(variance + 1e-3)


@keras.saving.register_keras_serializable("crack_scanner")
class PixelShuffle(layers.Layer):
    """(N, H, W, block * block) to (N, block * H, block * W, 1): each place's channels side by side."""

    def __init__(self, block: int, **options: Any) -> None:
        super().__init__(**options)
        self.block = block

    def call(self, values: Any) -> Any:
        """Depth to space."""
        import tensorflow as tf

        return tf.nn.depth_to_space(values, self.block)

    def get_config(self) -> dict[str, Any]:
        """What the layer is made again from."""
        return {**super().get_config(), "block": self.block}


def _even(value: Any) -> Any:
    """A square map with an even side: where it is odd, with a row and a column of zeros more."""
    side, channels = value.shape[1], value.shape[3]
    if side % 2 == 0:
        return value
    if channels > 1:
        return layers.ZeroPadding2D(((0, 1), (0, 1)))(value)
    # Padded as a stack of lines: pixel by pixel it takes as long as a convolution.
    lines = layers.Reshape((side, side))(value)
    lines = layers.ZeroPadding1D((0, 1))(lines)
    lines = layers.Permute((2, 1))(layers.ZeroPadding1D((0, 1))(layers.Permute((2, 1))(lines)))
    return layers.Reshape((side + 1, side + 1, 1))(lines)


def _cut(value: Any, side: int, **options: Any) -> Any:
    """A square map without what it has beyond `side`."""
    beyond = value.shape[1] - side
    return layers.Cropping2D(((0, beyond), (0, beyond)), **options)(value) if beyond else value


def _convolution(value: Any, filters: int, kernel: int, strides: int = 1) -> Any:
    value = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(value)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.97)(value))


def _separable(value: Any, filters: int, dilation: int = 1) -> Any:
    inner = layers.DepthwiseConv2D(3, padding="same", use_bias=False, dilation_rate=dilation)(value)
    inner = layers.ReLU()(layers.BatchNormalization(momentum=0.97)(inner))
    inner = layers.Conv2D(filters, 1, use_bias=False)(inner)
    inner = layers.BatchNormalization(momentum=0.97)(inner)
    return layers.ReLU()(layers.Add()([value, inner]))


def _residual(value: Any, filters: int) -> Any:
    inner = layers.Conv2D(filters, 3, padding="same", use_bias=False)(value)
    inner = layers.BatchNormalization(momentum=0.97)(inner)
    return layers.ReLU()(layers.Add()([value, inner]))


def _merge(coarse: Any, fine: Any, filters: int) -> Any:
    coarse = layers.Conv2D(filters, 1, use_bias=False)(coarse)
    coarse = layers.BatchNormalization(momentum=0.97)(coarse)
    coarse = _cut(layers.UpSampling2D(2, interpolation="bilinear")(coarse), fine.shape[1])
    return _separable(layers.ReLU()(layers.Add()([coarse, fine])), filters)
