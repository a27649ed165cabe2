"""Keras network to a LiteRT file with a uint8 RGB input and a calibrated probability as output."""

from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from crack_scanner.training.litert_file import with_uint8_input


def to_litert(network: keras.Model, scale: float, offset: float, tile_size: int) -> bytes:
    """Model bytes: (1, tile, tile, 3) uint8 RGB to (1, 1) float32, sigmoid(scale * logit + offset).

    The calibration is folded into the last layer, so it costs nothing and cannot be forgotten.
    """
    calibrated = keras.models.clone_model(network)
    calibrated.set_weights(network.get_weights())
    fold_calibration(calibrated, scale, offset)
    return with_uint8_input(_convert(calibrated, tile_size))


def fold_calibration(network: keras.Model, scale: float, offset: float) -> None:
    """Change the last dense layer so that its logit becomes scale * logit + offset."""
    kernel, bias = network.get_layer("logit").get_weights()
    network.get_layer("logit").set_weights([kernel * scale, bias * scale + offset])


def _convert(network: keras.Model, tile_size: int) -> bytes:
    features = keras.Model(
        network.input, [network.get_layer(name).input for name in ("average", "near_peak")]
    )
    kernel, bias = (tf.constant(weight) for weight in network.get_layer("logit").get_weights())

    @tf.function(input_signature=[tf.TensorSpec((1, tile_size, tile_size, 3), tf.float32, name="tiles")])
    def probability(tiles: Any) -> Any:
        # The global poolings as windows: the reductions have no integer kernel in every runtime.
        last, near = features(tiles, training=False)
        average = tf.nn.avg_pool2d(last, last.shape[1:3], 1, "VALID")
        peak, near_peak = (tf.nn.max_pool2d(each, each.shape[1:3], 1, "VALID") for each in (last, near))
        pooled = tf.reshape(tf.concat([average, peak, near_peak], axis=-1), (1, -1))
        return tf.sigmoid(tf.matmul(pooled, kernel) + bias)

    # Without freezing, the weights stay variables and XNNPACK leaves the convolutions to slow kernels.
    frozen = convert_variables_to_constants_v2(probability.get_concrete_function())
    return tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
