"""An int8 model under TensorFlow Lite Micro: the memory it needs, and whether it computes the same."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter, OpResolverType

Tile = npt.NDArray[np.uint8]


def micro(model: bytes, tiles: list[Tile]) -> dict[str, Any] | None:
    """Arena needed, and the largest difference of the outputs over the tiles, in steps of 256.

    None where tflite-micro is not installed.
    """
    try:
        from tflite_micro import runtime
    except ImportError:
        return None
    arena = _smallest_arena(runtime, model)
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena)
    # XNNPACK and the optimised kernels round some sums differently; the reference kernels define the result.
    lite = Interpreter(model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    lite.allocate_tensors()
    return {
        "arena_bytes": arena,
        "tiles_compared": len(tiles),
        "largest_difference": max(_difference(interpreter, lite, tile) for tile in tiles),
    }


def _difference(micro_interpreter: Any, lite: Any, tile: Tile) -> int:
    """How far apart the int8 outputs of both are for a tile; 256 steps are the whole range."""
    source, target = lite.get_input_details()[0], lite.get_output_details()[0]
    pixels = (tile ^ 0x80).view(np.int8)[None]
    lite.set_tensor(source["index"], pixels)
    lite.invoke()
    micro_interpreter.set_input(pixels, 0)
    micro_interpreter.invoke()
    return abs(int(micro_interpreter.get_output(0).flat[0]) - int(lite.get_tensor(target["index"]).flat[0]))


def _smallest_arena(runtime: Any, model: bytes, largest: int = 1 << 23, grain: int = 1 << 10) -> int:
    """The least tensor arena, to 1 KiB, with which the model still starts, found by halving."""
    low, high = 0, largest
    with _without_messages():
        while high - low > grain:
            middle = (low + high) // 2
            try:
                runtime.Interpreter.from_bytes(model, arena_size=middle)
                high = middle
            except RuntimeError:
                low = middle
    return high


@contextmanager
def _without_messages() -> Iterator[None]:
    """Standard error to nowhere, for a library that complains of what is tried on purpose."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
