"""The segmenter's network: a small U-Net on grey values that works at half resolution and below."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

STRIDE = 16
"""Sides of the network's pictures are multiples of this; the exported model pads for itself."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32).reshape(1, 1, 3, 1)


def build(width: int = 16) -> keras.Model:
    """(N, H, W, 3) float32 RGB 0..255 to (N, H, W, 1) logits of a crack; H and W multiples of STRIDE."""
    picture = layers.Input((None, None, 3), name="picture")
    grey = layers.Conv2D(
        1,
        1,
        use_bias=False,
        trainable=False,
        kernel_initializer=keras.initializers.Constant(_LUMA / 255),
        name="grey",
    )(picture)
    grey = Standardize(name="standardize")(grey)
    half = _convolution(grey, width, 5, strides=2)
    quarter = _convolution(half, 2 * width, 3, strides=2)
    quarter = _residual(quarter, 2 * width)
    eighth = _convolution(quarter, 3 * width, 3, strides=2)
    eighth = _residual(eighth, 3 * width)
    deep = _convolution(eighth, 4 * width, 3, strides=2)
    deep = _separable(_separable(_separable(deep, 4 * width, 2), 4 * width, 4), 4 * width)
    eighth = _merge(deep, eighth, 3 * width)
    quarter = _merge(eighth, quarter, 2 * width)
    half = _merge(quarter, half, width)
    logits = layers.Conv2D(4, 3, padding="same", name="four_pixels")(half)
    return keras.Model(picture, PixelShuffle(name="logits")(logits), name="crack_segmenter")


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
    """(N, H, W, 4) to (N, 2 H, 2 W, 1): each pixel's four channels side by side."""

    def call(self, values: Any) -> Any:
        """Depth to space with a block of two."""
        import tensorflow as tf

        return tf.nn.depth_to_space(values, 2)


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
    coarse = layers.UpSampling2D(2, interpolation="bilinear")(coarse)
    return _separable(layers.ReLU()(layers.Add()([coarse, fine])), filters)
