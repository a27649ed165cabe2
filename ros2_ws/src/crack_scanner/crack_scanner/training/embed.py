"""A classifier off the robot's computer: int8, C for microcontrollers, and an executable of its own."""

import json
import math
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.c_array import c_source
from crack_scanner.training.checks import check_out
from crack_scanner.training.int8_model import HeldOut, any_tile, held_out, write_int8
from crack_scanner.training.layer_outputs import Tile
from crack_scanner.training.micro import micro
from crack_scanner.training.native import compile_sources, write_sources
from crack_scanner.training.quantize import drawn_tiles
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.model_card import ModelCard, load_card

COMPARED_TILES = 200
PICTURES_A_CALL = 50
Say = Callable[[str], None]
_PROBABILITY = re.compile(r"probability ([0-9.]+)$")


@dataclass(frozen=True)
class EmbedPlan:
    """What to embed. data: labelled pictures whose held-out part the figures are measured on; or None."""

    model: Path
    out: Path
    data: Path | None = None


def embed(plan: EmbedPlan, say: Say) -> dict[str, Any]:
    """Write everything into `plan.out`, measure it, and return the figures; they are in embed.json too."""
    card = load_card(plan.model)
    check_out(plan.out)
    sets = held_out(plan.data, card.tile_size) if plan.data else []
    int8 = write_int8(plan.model, sets, plan.out, say)
    content = (plan.out / int8["file"]).read_bytes()
    for suffix, text in zip((".h", ".c"), c_source(int8["name"], content), strict=True):
        write_atomically(plan.out / f"{int8['name']}{suffix}", text.encode())
    tiles = compared_tiles(card.tile_size, sets, COMPARED_TILES)
    float32_scores, int8_scores = (_scores(path, tiles) for path in (plan.model, plan.out / int8["file"]))
    report = {
        "model": card.name,
        "sha256": card.sha256,
        "bytes_float32": plan.model.stat().st_size,
        "bytes_int8": len(content),
        "flash_bytes": len(content),
        "tiles": {"compared": len(tiles), "real": bool(sets)},
        **agreement(float32_scores, int8_scores, card.threshold),
        "held_out": int8["quantization"]["compared"],
        "micro": _micro(content, tiles, say),
        "native": _native(card, plan.out, tiles, float32_scores, say),
    }
    write_atomically(plan.out / "embed.json", (json.dumps(report, indent=2) + "\n").encode())
    return report


def compared_tiles(size: int, sets: Sequence[HeldOut], count: int) -> list[Tile]:
    """Tiles from held-out pictures, as many of each set; drawn ones without sets."""
    if not sets:
        return list(drawn_tiles(count, size, seed=2))
    rng = np.random.default_rng(2)
    found = []
    for one in sets:
        share = min(math.ceil(count / len(sets)), len(one.unseen))
        for index in rng.choice(len(one.unseen), share, replace=False):
            found.append(any_tile(one.unseen[index].path, size, rng))
    return found[:count]


def agreement(before: Sequence[float], after: Sequence[float], threshold: float) -> dict[str, Any]:
    """How the int8 model's probabilities compare with the float32 model's."""
    first, second = np.asarray(before, float), np.asarray(after, float)
    return {
        "same_class": round(float(((first >= threshold) == (second >= threshold)).mean()), 4),
        "mean_difference": round(float(np.abs(first - second).mean()), 5),
    }


def _scores(model: Path, tiles: list[Tile]) -> list[float]:
    with TileClassifier.load(model, threads=1) as classifier:
        return [float(value) for value in classifier.score(tiles)]


def _micro(content: bytes, tiles: list[Tile], say: Say) -> dict[str, Any] | None:
    say("running it under TensorFlow Lite Micro")
    found = micro(content, tiles)
    if found is None:
        say("tflite-micro is not installed (pip install tflite-micro): the tensor arena is not measured")
    return found


def _native(
    card: ModelCard, out: Path, tiles: list[Tile], expected: Sequence[float], say: Say
) -> dict[str, Any] | None:
    """Sources and executable, and how far its probabilities are from LiteRT's."""
    say("writing C and compiling it")
    sources = write_sources(card, out / "native")
    executable = out / card.name
    if not compile_sources(sources, executable):
        say(f"no C compiler found (cc, gcc, clang, or CC): {out / 'native'} holds the sources to compile")
        return None
    start = time.perf_counter()
    found = run_native(executable, tiles)
    took = time.perf_counter() - start
    return {
        "bytes": executable.stat().st_size,
        "tiles_compared": len(tiles),
        "largest_difference": float(f"{np.abs(np.subtract(found, expected)).max():.3g}"),
        "ms_per_tile": round(took / len(tiles) * 1e3, 2),
    }


def run_native(executable: Path, tiles: list[Tile]) -> list[float]:
    """The probability that the executable prints for each tile, handed over as a PPM picture."""
    found: list[float] = []
    with TemporaryDirectory() as folder:
        for start in range(0, len(tiles), PICTURES_A_CALL):
            paths = [
                Path(folder) / f"{index}.ppm" for index in range(len(tiles[start : start + PICTURES_A_CALL]))
            ]
            for path, tile in zip(paths, tiles[start:], strict=False):
                cv2.imwrite(str(path), cv2.cvtColor(tile, cv2.COLOR_RGB2BGR))
            done = subprocess.run([executable.resolve(), *paths], capture_output=True, text=True, check=False)
            if done.returncode:
                raise CrackScannerError(f"{executable} failed: {done.stderr.strip()}")
            found += [_printed(line) for line in done.stdout.splitlines()]
    return found


def _printed(line: str) -> float:
    match = _PROBABILITY.search(line)
    if match is None:
        raise CrackScannerError(f"the executable printed {line!r}; expected a probability at the end")
    return float(match[1])
