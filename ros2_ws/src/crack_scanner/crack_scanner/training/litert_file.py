"""What is read from and changed in LiteRT model files: weights, the type of their input, their signature."""

from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.litert_file import operator_name, packed, unpacked

Weights = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Kernel and bias, with the normalisation behind them folded in."""
# LiteRT has out, height, width, in; depthwise 1, height, width, channels; dense out, in.
_KERAS_AXES = {"CONV_2D": (1, 2, 3, 0), "DEPTHWISE_CONV_2D": (1, 2, 3, 0), "FULLY_CONNECTED": (1, 0)}


def constant(content: Any, tensor: int) -> npt.NDArray[np.float32]:
    """The float32 values of a constant tensor, in its shape; a copy."""
    details = content.subgraphs[0].tensors[tensor]
    data = bytes(content.buffers[details.buffer].data)
    return np.frombuffer(data, np.float32).reshape(details.shape).copy()


def folded_weights(model: bytes) -> list[Weights]:
    """Kernel, in Keras' order of axes, and bias of every layer of a file's content, first to last."""
    content = unpacked(model)
    found = []
    for operator in content.subgraphs[0].operators:
        if (name := operator_name(content, operator)) in _KERAS_AXES:
            kernel = constant(content, int(operator.inputs[1])).transpose(_KERAS_AXES[name])
            # A bias of zeros is left out by the converter.
            given = [int(tensor) for tensor in operator.inputs[2:3] if tensor >= 0]
            bias = constant(content, given[0]) if given else np.zeros(_outputs(name, kernel), np.float32)
            found.append((np.ascontiguousarray(kernel), bias))
    return found


def _outputs(operator: str, kernel: npt.NDArray[np.float32]) -> int:
    """Channels that a layer gives, from its kernel in Keras' order of axes."""
    return kernel.shape[-2] if operator == "DEPTHWISE_CONV_2D" else kernel.shape[-1]


def set_constant(content: Any, tensor: int, values: npt.NDArray[np.float32]) -> None:
    """Replace the values of a constant float32 tensor."""
    details = content.subgraphs[0].tensors[tensor]
    data = np.ascontiguousarray(values, np.float32).tobytes()
    content.buffers[details.buffer].data = np.frombuffer(data, np.uint8)


def with_uint8_input(model: bytes) -> bytes:
    """The same model taking uint8 pixels, through a DEQUANTIZE of scale 1 in front.

    A CAST would do the same but runs outside XNNPACK and takes a quarter of the small network's time.
    """
    content = unpacked(model)
    graph = content.subgraphs[0]
    pixels_float = int(graph.inputs[0])
    pixels = schema.TensorT()
    pixels.shape = graph.tensors[pixels_float].shape
    pixels.type = schema.TensorType.UINT8
    pixels.buffer = 0
    pixels.name = b"tiles"
    pixels.quantization = _unit_quantization()
    graph.tensors[pixels_float].name = b"pixels_float"
    graph.tensors.append(pixels)
    graph.operators.insert(0, _dequantize(content, len(graph.tensors) - 1, pixels_float))
    _take_input(content, len(graph.tensors) - 1)
    return packed(content)


def with_float_input(model: bytes) -> bytes:
    """The inverse of `with_uint8_input`: pixels 0 to 255 as float32, as quantizers expect it."""
    content = unpacked(model)
    graph = content.subgraphs[0]
    front = graph.operators.pop(0)
    if operator_name(content, front) != "DEQUANTIZE":
        raise CrackScannerError("the model does not begin with a uint8 input, as exported ones do")
    _take_input(content, int(front.outputs[0]))
    if int(front.inputs[0]) == len(graph.tensors) - 1:
        # Nothing uses it any more, and tools that look at every tensor stumble over one without data.
        graph.tensors.pop()
    return packed(content)


def _take_input(content: Any, tensor: int) -> None:
    """Make a tensor the model's input, and say so in its signature, by which quantizers call it."""
    graph = content.subgraphs[0]
    graph.inputs = np.array([tensor], np.int32)
    signature = schema.SignatureDefT()
    signature.signatureKey = b"serving_default"
    signature.subgraphIndex = 0
    signature.inputs = [_named(b"tiles", tensor)]
    signature.outputs = [_named(b"probability", int(graph.outputs[0]))]
    content.signatureDefs = [signature]


def _named(name: bytes, tensor: int) -> Any:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, tensor
    return entry


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
