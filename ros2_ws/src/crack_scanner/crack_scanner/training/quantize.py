"""Full-integer int8 from a float32 classifier, after training."""

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.bias_correction import bias_corrected
from crack_scanner.training.drawn import draw_tile
from crack_scanner.training.equalize import activations, equalized
from crack_scanner.training.layer_outputs import Tile
from crack_scanner.training.litert_file import with_float_input
from crack_scanner.vision.litert_file import operator_name, unpacked

KEPT_RANGE = 0.7
"""Share of its measured range that the output of a depthwise convolution keeps in int8.

Most of the error comes from the steps of these tensors. Their largest values are rare; where those are cut
off, all others have finer steps (clipping: Banner et al. 2019, arXiv:1810.05723).
"""


def drawn_tiles(count: int, size: int, seed: int) -> Iterator[Tile]:
    """Tiles drawn on procedural surfaces, half with a crack; each spans the whole range of brightness."""
    rng = np.random.default_rng(seed)
    surface = np.full((1, size, size, 3), 150, np.uint8)
    for index in range(count):
        tile = draw_tile(surface, size, bool(index % 2), rng)[0]
        tile[0, 0], tile[0, 1] = 0, 255
        yield tile


def quantize(model: bytes, representative: list[Tile]) -> bytes:
    """Full-integer int8 of an exported classifier: int8 in (pixel - 128) and out.

    Weights have a scale for each channel. Ranges are the least and largest values over all representative
    tiles, after equalization, and KEPT_RANGE of that for depthwise convolutions; biases make up for what
    rounding and cutting off shift.

    model: float32, taking uint8. representative: tiles (S, S, 3) uint8 RGB. Raises CrackScannerError where
    ai-edge-quantizer is not installed, or the model does not take uint8.
    """
    try:
        from ai_edge_quantizer import quantizer, recipe
    except ImportError as error:
        raise CrackScannerError(
            "int8 needs ai-edge-quantizer, which is not installed here: pip install ai-edge-quantizer"
        ) from error
    floating = equalized(with_float_input(model), representative)
    # It reports its progress on standard output, and LiteRT warns of the memory that it asks for.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        work = quantizer.Quantizer(bytearray(floating))
        work.load_quantization_recipe(recipe.static_wi8_ai8())
        quantized = bytes(work.quantize(_ranges(work, floating, representative)).quantized_model)
    return bias_corrected(quantized, floating, representative)


def _ranges(work: Any, model: bytes, tiles: list[Tile]) -> dict[str, Any]:
    """The range of every tensor over all tiles, as the quantizer wants them.

    The quantizer itself averages the ranges of the samples, which for the single logit means no range at all.
    """
    ranges: dict[str, Any] = work.calibrate(
        {"serving_default": [{"tiles": tiles[0][None].astype(np.float32)}]}
    )
    content = unpacked(model)
    graph = content.subgraphs[0]
    names = [tensor.name.decode() for tensor in graph.tensors]
    kinds = {int(operator.outputs[0]): operator_name(content, operator) for operator in graph.operators}
    for tensor, bounds in activations(model, tiles).items():
        kept = KEPT_RANGE if kinds[tensor] == "DEPTHWISE_CONV_2D" else 1.0
        for key, value in zip(("min", "max"), (bounds[0].min(), bounds[1].max()), strict=True):
            ranges[names[tensor]][key] = np.full_like(ranges[names[tensor]][key], kept * value)
    return ranges
