"""Keras network to a LiteRT file with a uint8 RGB input and a calibrated probability as output."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

FILE_IDENTIFIER = b"TFL3"


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
    @tf.function(input_signature=[tf.TensorSpec((1, tile_size, tile_size, 3), tf.float32, name="tiles")])
    def probability(tiles: Any) -> Any:
        return tf.sigmoid(network(tiles, training=False))

    # Without freezing, the weights stay variables and XNNPACK leaves the convolutions to slow kernels.
    frozen = convert_variables_to_constants_v2(probability.get_concrete_function())
    return tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()


def with_uint8_input(model: bytes) -> bytes:
    """The same model taking uint8 pixels, through a DEQUANTIZE of scale 1 in front.

    A CAST would do the same but runs outside XNNPACK and takes a quarter of the small network's time.
    """
    content = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = content.subgraphs[0]
    pixels_float = int(graph.inputs[0])
    pixels = schema.TensorT()
    pixels.shape = graph.tensors[pixels_float].shape
    pixels.type = schema.TensorType.UINT8
    pixels.buffer = 0
    pixels.name = graph.tensors[pixels_float].name
    pixels.quantization = _unit_quantization()
    graph.tensors[pixels_float].name = b"pixels_float"
    graph.tensors.append(pixels)
    graph.inputs = np.array([len(graph.tensors) - 1], np.int32)
    graph.operators.insert(0, _dequantize(content, len(graph.tensors) - 1, pixels_float))
    for signature in content.signatureDefs or []:
        signature.inputs[0].tensorIndex = len(graph.tensors) - 1
    builder = Builder(len(model) + 4096)
    builder.Finish(content.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def _unit_quantization() -> Any:
    quantization = schema.QuantizationParametersT()
    quantization.scale = np.array([1.0], np.float32)
    quantization.zeroPoint = np.array([0], np.int64)
    return quantization


def _dequantize(content: Any, source: int, target: int) -> Any:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.DEQUANTIZE
    code.version = 1
    content.operatorCodes.append(code)
    operator = schema.OperatorT()
    operator.opcodeIndex = len(content.operatorCodes) - 1
    operator.inputs = np.array([source], np.int32)
    operator.outputs = np.array([target], np.int32)
    operator.builtinOptionsType = schema.BuiltinOptions.DequantizeOptions
    operator.builtinOptions = schema.DequantizeOptionsT()
    return operator


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target and rename, so that no half-written file ever has its name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)
