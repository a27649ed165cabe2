"""A fully convolutional classifier run over many overlapping tiles at once.

Neighbouring tiles share most of their pixels, and a network of 'valid' convolutions with pooling at its end
sees the same in them. So the file's graph is rebuilt for a larger input: convolutions stay as they are, the
poolings over a whole tile become poolings over windows, one a tile, and the dense layer behind them a
convolution of size one. What comes out are the probabilities of the tiles, exactly as tile by tile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.litert_file import operator_name, packed, unpacked

# Different shapes that the pieces of one size of pictures have at most.
_SHAPES_KEPT = 9
_UNCHANGED = ("DEQUANTIZE", "QUANTIZE", "LOGISTIC")


@dataclass(frozen=True)
class Piece:
    """Tiles at even steps: the first one's corner x, y, the step, all in pixels, and how many each way."""

    x: int
    y: int
    step: int
    rows: int
    columns: int

    def extent(self, tile: int) -> tuple[int, int]:
        """Height and width of the picture's part that the tiles cover."""
        return tile + (self.rows - 1) * self.step, tile + (self.columns - 1) * self.step


class DenseModels:
    """Widened networks by the shape of their pieces, built when they are first wanted.

    Two of a shape there are only where two threads have wanted it at the same time: each takes tens of
    megabytes.
    """

    def __init__(self, model: bytes) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._free: dict[tuple[int, int, int], list[DenseModel]] = {}

    @contextmanager
    def taken(self, step: int, rows: int, columns: int) -> Iterator[DenseModel]:
        """One for rows x columns tiles `step` pixels apart, which nobody else has meanwhile."""
        shape = step, rows, columns
        with self._lock:
            if shape not in self._free and len(self._free) >= _SHAPES_KEPT:
                # Those of another size of pictures are not kept for ever.
                self._free.clear()
            free = self._free.setdefault(shape, [])
            found = free.pop() if free else None
        model = found or DenseModel(self._model, *shape)
        yield model
        with self._lock:
            free.append(model)


class DenseModel:
    """A single-thread interpreter for pieces of one shape; not to be used from two threads at once."""

    def __init__(self, model: bytes, step: int, rows: int, columns: int) -> None:
        self._interpreter = Interpreter(model_content=widened(model, step, rows, columns), num_threads=1)
        self._interpreter.allocate_tensors()
        source = self._interpreter.get_input_details()[0]
        target = self._interpreter.get_output_details()[0]
        self._source, self._target = source["index"], target["index"]
        self._integer = source["dtype"] is np.int8
        self._scale: float = target["quantization"][0] if target["dtype"] is np.int8 else 0.0
        self._zero: int = target["quantization"][1]
        self._shape = rows, columns

    def run(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(rows, columns) probabilities of the tiles of a part (height, width, 3) uint8 RGB of a picture."""
        buffer = self._interpreter.tensor(self._source)()[0]
        if self._integer:
            np.bitwise_xor(part, 0x80, out=buffer.view(np.uint8))
        else:
            buffer[...] = part
        del buffer  # LiteRT refuses to run while a view of a tensor is held.
        self._interpreter.invoke()
        found = self._interpreter.get_tensor(self._target).reshape(self._shape)
        if self._scale:
            return np.asarray((found.astype(np.float32) - self._zero) * np.float32(self._scale), np.float32)
        return np.asarray(found, np.float32)


def dense_stride(model: bytes) -> int | None:
    """Pixels of which a step must be a multiple; None for a network that cannot be widened."""
    try:
        return _Graph(model).widen(None, 1, 1)
    except CrackScannerError:
        return None


def widened(model: bytes, step: int, rows: int, columns: int) -> bytes:
    """The model file for rows x columns tiles `step` pixels apart."""
    graph = _Graph(model)
    graph.widen(step, rows, columns)
    return packed(graph.content)


class _Graph:
    def __init__(self, model: bytes) -> None:
        self.content = unpacked(model)
        self._graph = self.content.subgraphs[0]
        self._size: dict[int, tuple[int, int]] = {}
        self._stride: dict[int, int] = {}

    def widen(self, step: int | None, rows: int, columns: int) -> int:
        """Rebuild for tiles `step` apart, None: for one tile; returns the stride of what is pooled."""
        first = int(self._graph.inputs[0])
        tile = int(self._graph.tensors[first].shape[1])
        apart = step or 0
        size = tile + (rows - 1) * apart, tile + (columns - 1) * apart
        self._size[first], self._stride[first] = size, 1
        self._resize(first)
        largest = 1
        for operator in self._graph.operators:
            source, target = int(operator.inputs[0]), int(operator.outputs[0])
            name = operator_name(self.content, operator)
            stride = self._stride[source]
            self._size[target], self._stride[target] = self._size[source], stride
            if name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
                self._convolve(operator, source, target)
            elif name in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
                largest = max(largest, stride)
                self._pool(operator, source, target, step, (rows, columns))
            elif name == "FULLY_CONNECTED":
                self._as_convolution(operator)
            elif name == "CONCATENATION":
                operator.builtinOptions.axis = 3
            elif name not in _UNCHANGED:
                raise CrackScannerError(f"the model has an operator {name}: only tile by tile can it be run")
            self._resize(target)
        return largest

    def _resize(self, tensor: int) -> None:
        details = self._graph.tensors[tensor]
        details.shape = np.array([1, *self._size[tensor], int(details.shape[-1])], np.int32)
        details.shapeSignature = None

    def _convolve(self, operator: Any, source: int, target: int) -> None:
        options = operator.builtinOptions
        kernel = self._graph.tensors[int(operator.inputs[1])].shape[1:3]
        dilated = options.dilationHFactor != 1 or options.dilationWFactor != 1
        if options.padding != schema.Padding.VALID or dilated or options.strideH != options.strideW:
            raise CrackScannerError(
                "the model pads, dilates or has uneven strides: only tile by tile can it be run"
            )
        height, width = (
            (side - int(length)) // options.strideH + 1
            for side, length in zip(self._size[source], kernel, strict=True)
        )
        self._size[target] = height, width
        self._stride[target] = self._stride[source] * options.strideH

    def _pool(
        self, operator: Any, source: int, target: int, step: int | None, shape: tuple[int, int]
    ) -> None:
        options, stride = operator.builtinOptions, self._stride[source]
        if step is not None:
            if step % stride:
                raise CrackScannerError(f"tiles {step} px apart; expected a multiple of {stride} px")
            options.strideH = options.strideW = step // stride
        size = tuple(
            (side - length) // apart + 1
            for side, length, apart in zip(
                self._size[source],
                (options.filterHeight, options.filterWidth),
                (options.strideH, options.strideW),
                strict=True,
            )
        )
        if size != shape:
            raise CrackScannerError("the model pools over less than a tile: only tile by tile can it be run")
        self._size[target] = shape

    def _as_convolution(self, operator: Any) -> None:
        kernel = self._graph.tensors[int(operator.inputs[1])]
        kernel.shape = np.array([kernel.shape[0], 1, 1, kernel.shape[1]], np.int32)
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CONV_2D
        code.version = 3
        self.content.operatorCodes.append(code)
        options = schema.Conv2DOptionsT()
        options.padding = schema.Padding.VALID
        options.strideH = options.strideW = options.dilationHFactor = options.dilationWFactor = 1
        options.fusedActivationFunction = operator.builtinOptions.fusedActivationFunction
        operator.opcodeIndex = len(self.content.operatorCodes) - 1
        operator.builtinOptionsType = schema.BuiltinOptions.Conv2DOptions
        operator.builtinOptions = options
