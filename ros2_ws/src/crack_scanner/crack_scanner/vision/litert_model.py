"""A LiteRT model that takes one tile: its file checked against its card, and how a tile gets in and out.

Two kinds are known. A float32 model takes uint8 pixels and gives probabilities. A full-integer one takes
int8, which is the pixel less 128, and gives int8 on the scale that its file says.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.model_card import ModelCard

PIXELS = {"uint8": (0.0, 0), "int8": (1.0, -128)}
"""Types of input, each with the scale and zero point that make it a pixel of 0 to 255."""


class TileModel:
    """A single-thread interpreter; not to be used from two threads at once."""

    def __init__(self, card: ModelCard, output_shape: tuple[int, ...], meaning: str) -> None:
        """output_shape: what the model must give for one tile. meaning: the same in words, for the error."""
        self._interpreter = _interpreter(card)
        source = self._interpreter.get_input_details()[0]
        target = self._interpreter.get_output_details()[0]
        _check_input(card, source)
        _check_output(card, target, output_shape, meaning)
        self._source, self._target = source["index"], target["index"]
        self._integer = source["dtype"] is np.int8
        self._scale: float = target["quantization"][0] if target["dtype"] is np.int8 else 0.0
        self._zero: int = target["quantization"][1]

    def run(self, tile: NDArray[np.uint8]) -> NDArray[Any]:
        """The model's float32 output for a tile (tile, tile, 3) uint8 RGB; a view, until the next run."""
        buffer = self._interpreter.tensor(self._source)()[0]
        if self._integer:
            # Flipping the highest bit is the same as taking 128 away.
            np.bitwise_xor(tile, 0x80, out=buffer.view(np.uint8))
        else:
            buffer[...] = tile
        # LiteRT refuses to run while a view of a tensor is held.
        del buffer
        self._interpreter.invoke()
        found: NDArray[Any] = self._interpreter.tensor(self._target)()
        return (found.astype(np.float32) - self._zero) * np.float32(self._scale) if self._scale else found


def _interpreter(card: ModelCard) -> Any:
    try:
        interpreter = Interpreter(model_path=str(card.path), num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise CrackScannerError(f"model {card.path} is not a TensorFlow Lite model: {error}") from error
    return interpreter


def _check_input(card: ModelCard, source: Any) -> None:
    shape, dtype, tile = tuple(source["shape"].tolist()), np.dtype(source["dtype"]).name, card.tile_size
    known = dtype in PIXELS and (dtype == "uint8" or source["quantization"] == PIXELS[dtype])
    if not known or (shape, dtype) != (card.input_shape, card.input_dtype) or shape != (1, tile, tile, 3):
        raise CrackScannerError(
            f"model {card.path} takes {shape} {dtype}; expected (1, tile, tile, 3) uint8 RGB, or int8, RGB "
            f"less 128, and, by its card, {card.input_shape} {card.input_dtype}"
        )


def _check_output(card: ModelCard, target: Any, expected: tuple[int, ...], meaning: str) -> None:
    shape, dtype = tuple(target["shape"].tolist()), np.dtype(target["dtype"]).name
    if shape != expected or dtype not in ("float32", "int8"):
        raise CrackScannerError(
            f"model {card.path} gives {shape} {dtype}; expected {meaning}: {expected} float32 or int8"
        )
