"""A float32 LiteRT classifier as ONNX, which compilers read. Only the operators that our networks have."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.litert_file import constant
from crack_scanner.vision.litert_file import operator_name, unpacked

OPSET = 17
INPUT, OUTPUT = "tiles", "probability"
VALID = 1
NONE, RELU = 0, 1


def to_onnx(model: bytes, tile_size: int) -> onnx.ModelProto:
    """ONNX from a classifier with uint8 input: (1, tile, tile, 3) uint8 RGB to (1, 1) float32."""
    graph = _Graph(unpacked(model))
    for operator in graph.content.subgraphs[0].operators:
        graph.add(operator)
    found = helper.make_graph(
        graph.nodes,
        "tile_classifier",
        [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, [1, tile_size, tile_size, 3])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, 1])],
        graph.constants,
    )
    made = helper.make_model(found, opset_imports=[helper.make_opsetid("", OPSET)])
    onnx.checker.check_model(made)
    return made


class _Graph:
    """Grows operator by operator. LiteRT's channels come last, ONNX's second."""

    def __init__(self, content: Any) -> None:
        self.content = content
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._writers: dict[str, Callable[[Any, str, str], None]] = {
            "DEQUANTIZE": self._pixels,
            "CONV_2D": self._convolution,
            "DEPTHWISE_CONV_2D": self._convolution,
            "AVERAGE_POOL_2D": self._pooling,
            "MAX_POOL_2D": self._pooling,
            "CONCATENATION": self._concatenation,
            "FULLY_CONNECTED": self._dense,
            "LOGISTIC": self._sigmoid,
        }

    def add(self, operator: Any) -> None:
        """Translate one operator."""
        name = operator_name(self.content, operator)
        if name not in self._writers:
            raise CrackScannerError(
                f"the model has an operator {name}; known are {', '.join(self._writers)}, "
                "as in what `crack_scanner train --preset scanner` writes"
            )
        self._writers[name](operator, self._tensor(operator.inputs[0]), self._tensor(operator.outputs[0]))

    def _tensor(self, index: int) -> str:
        return OUTPUT if index == self.content.subgraphs[0].outputs[0] else f"tensor_{index}"

    def _node(self, kind: str, sources: list[str], target: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, sources, [target], **attributes))

    def _activated(self, kind: str, sources: list[str], target: str, options: Any, **attributes: Any) -> None:
        """A node, and the ReLU that LiteRT counts as part of it."""
        _expect(options.fusedActivationFunction in (NONE, RELU), "ReLU or no activation")
        result = f"{target}_sum" if options.fusedActivationFunction == RELU else target
        self._node(kind, sources, result, **attributes)
        if result != target:
            self._node("Relu", [result], target)

    def _weights(self, operator: Any, place: int, order: tuple[int, ...] | None = None) -> str:
        index = int(operator.inputs[place])
        values = constant(self.content, index)
        name = f"{operator_name(self.content, operator).lower()}_{len(self.constants)}"
        laid_out = np.ascontiguousarray(values if order is None else values.transpose(order))
        self.constants.append(numpy_helper.from_array(laid_out, name))
        return name

    def _pixels(self, operator: Any, source: str, target: str) -> None:
        self._node("Transpose", [INPUT], f"{target}_planes", perm=[0, 3, 1, 2])
        self._node("Cast", [f"{target}_planes"], target, to=TensorProto.FLOAT)

    def _convolution(self, operator: Any, source: str, target: str) -> None:
        options = operator.builtinOptions
        depthwise = operator_name(self.content, operator) == "DEPTHWISE_CONV_2D"
        kernel = self._weights(operator, 1, (3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
        channels = self.constants[-1].dims[0]
        _expect(options.padding == VALID, "'valid' padding")
        self._activated(
            "Conv",
            [source, kernel, self._weights(operator, 2)],
            target,
            options,
            strides=[options.strideH, options.strideW],
            group=channels if depthwise else 1,
        )

    def _pooling(self, operator: Any, source: str, target: str) -> None:
        options = operator.builtinOptions
        kind = "MaxPool" if operator_name(self.content, operator) == "MAX_POOL_2D" else "AveragePool"
        _expect(options.padding == VALID, "'valid' padding")
        window, strides = [options.filterHeight, options.filterWidth], [options.strideH, options.strideW]
        self._node(kind, [source], target, kernel_shape=window, strides=strides)

    def _concatenation(self, operator: Any, source: str, target: str) -> None:
        _expect(operator.builtinOptions.axis in (-1, 3), "concatenation of channels")
        self._node("Concat", [self._tensor(index) for index in operator.inputs], target, axis=1)

    def _dense(self, operator: Any, source: str, target: str) -> None:
        self._node("Flatten", [source], f"{target}_flat")
        weights, bias = self._weights(operator, 1), self._weights(operator, 2)
        self._activated("Gemm", [f"{target}_flat", weights, bias], target, operator.builtinOptions, transB=1)

    def _sigmoid(self, operator: Any, source: str, target: str) -> None:
        self._node("Sigmoid", [source], target)


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise CrackScannerError(f"the model cannot be compiled: expected {what}")
