"""A classifier for microcontrollers: full-integer int8, as a file and as C source."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.drawn import draw_tile
from crack_scanner.training.litert_file import with_float_input
from crack_scanner.vision.model_card import load_card

REPRESENTATIVE_TILES = 100
COMPARED_TILES = 200
BYTES_A_LINE = 16
Tile = npt.NDArray[np.uint8]
Say = Callable[[str], None]


def embed(model: Path, out: Path, say: Say) -> dict[str, Any]:
    """Quantize a classifier and write it as .tflite, .c and .h; returns sizes and how well both agree."""
    card = load_card(model)
    out.mkdir(parents=True, exist_ok=True)
    say(f"quantizing with {REPRESENTATIVE_TILES} drawn tiles")
    representative = list(drawn_tiles(REPRESENTATIVE_TILES, card.tile_size, seed=1))
    content = quantize(model.read_bytes(), representative)
    name = f"{model.stem}_int8"
    write_atomically(out / f"{name}.tflite", content)
    header, source = c_source(name, content)
    write_atomically(out / f"{name}.h", header.encode())
    write_atomically(out / f"{name}.c", source.encode())
    tiles = list(drawn_tiles(COMPARED_TILES, card.tile_size, seed=2))
    report = {
        "model": card.name,
        "sha256": card.sha256,
        "bytes_float32": model.stat().st_size,
        "bytes_int8": len(content),
        **agreement(float_scores(model.read_bytes(), tiles), integer_scores(content, tiles), card.threshold),
        **micro(content, tiles, say),
    }
    write_atomically(out / f"{name}.json", (json.dumps(report, indent=2) + "\n").encode())
    return report


def drawn_tiles(count: int, size: int, seed: int) -> Iterator[Tile]:
    """Tiles drawn on procedural surfaces, half with a crack; each spans the whole range of brightness."""
    rng = np.random.default_rng(seed)
    surface = np.full((1, size, size, 3), 150, np.uint8)
    for index in range(count):
        tile = draw_tile(surface, size, bool(index % 2), rng)[0]
        tile[0, 0], tile[0, 1] = 0, 255
        yield tile


def quantize(model: bytes, representative: list[Tile]) -> bytes:
    """Full-integer int8 of an exported classifier: int8 in (pixel - 128) and out."""
    try:
        from ai_edge_quantizer import quantizer, recipe
    except ImportError as error:
        raise CrackScannerError(
            "quantizing needs ai-edge-quantizer, which is not installed here: pip install ai-edge-quantizer"
        ) from error
    work = quantizer.Quantizer(bytearray(with_float_input(model)))
    work.load_quantization_recipe(recipe.static_wi8_ai8())
    return bytes(work.quantize(_ranges(work, representative)).quantized_model)


def _ranges(work: Any, representative: list[Tile]) -> dict[str, Any]:
    """The range of every tensor over all tiles.

    The quantizer itself averages the ranges of the samples, which for the single logit means no range at all.
    """
    ranges: dict[str, Any] = {}
    for tile in representative:
        found = work.calibrate({"serving_default": [{"tiles": tile[None].astype(np.float32)}]})
        for name, values in found.items():
            known = ranges.setdefault(name, dict(values))
            known["min"] = np.minimum(known["min"], values["min"])
            known["max"] = np.maximum(known["max"], values["max"])
    return ranges


def c_source(name: str, content: bytes) -> tuple[str, str]:
    """Header and source that hold a model as an aligned constant array."""
    guard = f"{name.upper()}_H"
    header = (
        f"/* The tile classifier {name} for TensorFlow Lite Micro: int8 in and out. */\n"
        f"#ifndef {guard}\n#define {guard}\n\n#include <stddef.h>\n\n"
        f"extern const unsigned char {name}[];\nextern const size_t {name}_size;\n\n#endif\n"
    )
    lines = [
        "    " + ", ".join(f"0x{byte:02x}" for byte in content[start : start + BYTES_A_LINE]) + ","
        for start in range(0, len(content), BYTES_A_LINE)
    ]
    source = (
        f'#include "{name}.h"\n\n/* TensorFlow Lite Micro reads it in place and wants it aligned. */\n'
        f"const unsigned char {name}[] __attribute__((aligned(16))) = {{\n"
        + "\n".join(lines)
        + f"\n}};\nconst size_t {name}_size = sizeof({name});\n"
    )
    return header, source


def float_scores(model: bytes, tiles: list[Tile]) -> npt.NDArray[np.float64]:
    """(N,) probability by the float32 model."""
    return _scores(Interpreter(model_content=model, num_threads=1), tiles)


def integer_scores(model: bytes, tiles: list[Tile]) -> npt.NDArray[np.float64]:
    """(N,) probability by the int8 model."""
    return _scores(Interpreter(model_content=model, num_threads=1), tiles)


def _scores(interpreter: Any, tiles: list[Tile]) -> npt.NDArray[np.float64]:
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    found = []
    for tile in tiles:
        interpreter.set_tensor(source["index"], _quantized(tile, source)[None])
        interpreter.invoke()
        found.append(_real(interpreter.get_tensor(target["index"]), target))
    return np.array(found)


def _quantized(tile: Tile, details: Any) -> npt.NDArray[Any]:
    if details["dtype"] is np.uint8:
        return tile
    scale, zero = details["quantization"]
    return np.clip(np.round(tile / scale + zero), -128, 127).astype(np.int8)


def _real(value: npt.NDArray[Any], details: Any) -> float:
    scale, zero = details["quantization"]
    return float(value.flat[0]) if not scale else (float(value.flat[0]) - zero) * scale


def agreement(
    before: npt.NDArray[np.float64], after: npt.NDArray[np.float64], threshold: float
) -> dict[str, Any]:
    """How the int8 model's answers compare with the float32 model's."""
    same = (before >= threshold) == (after >= threshold)
    return {
        "tiles_compared": len(before),
        "same_class": round(float(same.mean()), 4),
        "mean_difference": round(float(np.abs(before - after).mean()), 5),
    }


def micro(model: bytes, tiles: list[Tile], say: Say) -> dict[str, Any]:
    """The same model under TensorFlow Lite Micro, where it is installed: arena needed, outputs compared."""
    try:
        from tflite_micro import runtime
    except ImportError:
        say("tflite-micro is not installed; the tensor arena is not measured")
        return {}
    arena = _smallest_arena(runtime, model)
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena)
    # XNNPACK and the optimised kernels round some sums differently; the reference kernels define the result.
    lite = Interpreter(model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    lite.allocate_tensors()
    largest = max(_difference(interpreter, lite, tile) for tile in tiles)
    return {"micro_arena_bytes": arena, "micro_largest_difference": largest}


def _difference(micro_interpreter: Any, lite: Any, tile: Tile) -> int:
    """How far apart the int8 outputs of both are for a tile; 256 steps are the whole range."""
    source, target = lite.get_input_details()[0], lite.get_output_details()[0]
    pixels = _quantized(tile, source)[None]
    lite.set_tensor(source["index"], pixels)
    lite.invoke()
    micro_interpreter.set_input(pixels, 0)
    micro_interpreter.invoke()
    return abs(int(micro_interpreter.get_output(0).flat[0]) - int(lite.get_tensor(target["index"]).flat[0]))


def _smallest_arena(runtime: Any, model: bytes, largest: int = 1 << 23, grain: int = 1 << 12) -> int:
    """The least tensor arena, to 4 KiB, with which the model still starts, found by halving."""
    low, high = 0, largest
    while high - low > grain:
        middle = (low + high) // 2
        try:
            runtime.Interpreter.from_bytes(model, arena_size=middle)
            high = middle
        except RuntimeError:
            low = middle
    return high
