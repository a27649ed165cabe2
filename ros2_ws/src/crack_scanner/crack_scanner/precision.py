"""Which file of a classifier runs on this machine: float32, or the int8 one that lies beside it.

int8 is faster where the processor multiplies bytes in bulk (ARM dot product, AVX-512 VNNI) and often slower
elsewhere, so it is tried once and remembered, in a small file for each pair of models and kind of processor.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.model_card import AUTO, FLOAT32, INT8, PRECISIONS, ModelCard, load_card
from crack_scanner.vision.tile_grid import SHARED_STEP, TileGrid, tile_grid

ROUNDS = 20
MARGIN = 0.95
"""int8 must take at most this share of float32's time: what is as fast may as well be exact."""

# From one tile to the next in the picture that both are timed on: about half a tile.
_STEP = 7 * SHARED_STEP

_CPU_FIELDS = ("vendor_id", "model name", "flags", "Features", "CPU implementer", "CPU part")


@dataclass(frozen=True)
class Timing:
    """Milliseconds a tile on one thread."""

    float32_ms: float
    int8_ms: float

    @property
    def faster(self) -> str:
        """Which of the two to run."""
        return INT8 if self.int8_ms <= MARGIN * self.float32_ms else FLOAT32


@dataclass(frozen=True)
class Choice:
    """The file to load, and why. timing: None where nothing had to be compared.

    problem: what is wrong with the int8 file beside the model; empty where there is none, or nothing wrong.
    """

    model: Path
    reason: str
    timing: Timing | None = None
    problem: str = ""


def chosen_model(model: Path, precision: str, log: Callable[[str], None]) -> Path:
    """The file to load for `--model` and the setting `precision`; an error if that one cannot be used.

    log: told in one line if the int8 file beside a float32 model is spoilt.
    """
    choice = choose(model, precision)
    if choice.problem:
        log(choice.reason)
    return choice.model


def choose(model: Path, precision: str = AUTO, cache: Path | None = None) -> Choice:
    """As `chosen_model`, with the reason. cache: folder of the measurements; None takes the user's.

    A model that is int8 itself is taken as it is, unless float32 is asked for.
    """
    if precision not in PRECISIONS:
        raise CrackScannerError(f"precision is {precision!r}; expected one of {', '.join(PRECISIONS)}")
    card = load_card(model)
    if card.precision == INT8 or precision == FLOAT32:
        return _as_it_is(card, precision)
    sibling = int8_file(model)
    problem = _mismatch(card, sibling)
    if problem:
        if precision == INT8:
            raise CrackScannerError(
                f"precision int8: {problem}; make it with: crack_scanner embed --model {model} --out DIR"
            )
        return Choice(model, f"float32: {problem}", problem=problem if sibling.is_file() else "")
    if precision == INT8:
        return Choice(sibling, "int8, as asked for")
    timing = _remembered(card, load_card(sibling), _cache_folder() if cache is None else cache)
    reason = f"{timing.faster}: {timing.float32_ms:.2f} ms a tile in float32, {timing.int8_ms:.2f} ms in int8"
    return Choice(sibling if timing.faster == INT8 else model, reason, timing)


def int8_file(model: Path) -> Path:
    """Where the int8 file of a float32 model lies."""
    return model.with_name(f"{model.stem}_int8{model.suffix}")


def _as_it_is(card: ModelCard, precision: str) -> Choice:
    if precision not in (AUTO, card.precision):
        raise CrackScannerError(
            f"precision {precision}: model {card.path} is {card.precision}; name the {precision} file"
        )
    return Choice(
        card.path, f"{card.precision}, " + ("as the file is" if precision == AUTO else "as asked for")
    )


def _mismatch(card: ModelCard, sibling: Path) -> str:
    """Why the int8 file cannot stand in for the model; empty where it can."""
    if not sibling.is_file():
        return f"there is no {sibling.name} beside {card.path}"
    try:
        made_from = load_card(sibling).quantized_from
    except CrackScannerError as error:
        return str(error)
    if made_from != card.sha256:
        return f"{sibling} was made from another model than {card.path.name}"
    return ""


def _remembered(float32: ModelCard, int8: ModelCard, folder: Path) -> Timing:
    """The timing as measured on this kind of machine before, or measured now and remembered."""
    words = ("pieces", float32.sha256, int8.sha256, platform.machine(), processor())
    path = folder / f"precision-{hashlib.sha256(json.dumps(words).encode()).hexdigest()[:24]}.json"
    known = _read(path)
    if known is not None:
        return known
    timing = measure(float32, int8)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(asdict(timing)) + "\n").encode())
    except (OSError, CrackScannerError):
        # Only the memory of it is lost: the next start measures again.
        return timing
    return timing


def _read(path: Path) -> Timing | None:
    """A remembered timing; None where there is none, or the file is broken and must be made again."""
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        timing = Timing(float(content["float32_ms"]), float(content["int8_ms"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return timing if 0.0 < timing.float32_ms < np.inf and 0.0 < timing.int8_ms < np.inf else None


def measure(
    float32: ModelCard, int8: ModelCard, clock: Callable[[], float] = time.perf_counter, rounds: int = ROUNDS
) -> Timing:
    """Time both in turn, so that other work hits both, and take the fastest: work only ever adds time.

    On a picture of a few overlapping tiles, scored as a scan scores them: in one piece, where both can.
    """
    side = float32.tile_size + 2 * _STEP
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    grid = tile_grid(side, side, float32.tile_size, 1.0 - _STEP / float32.tile_size)
    best = [float("inf")] * 2
    with TileClassifier(float32, threads=1) as one, TileClassifier(int8, threads=1) as other:
        for _ in range(rounds):
            for index, classifier in enumerate((one, other)):
                start = clock()
                _score(classifier, picture, grid)
                best[index] = min(best[index], (clock() - start) * 1e3 / len(grid))
    return Timing(round(best[0], 4), round(best[1], 4))


def _score(classifier: TileClassifier, picture: NDArray[np.uint8], grid: TileGrid) -> None:
    pieces = classifier.dense_plan(grid, len(grid))
    if pieces is None:
        classifier.score(list(grid.views(picture)))
    else:
        classifier.score_dense(picture, grid, pieces)


def processor(description: Path = Path("/proc/cpuinfo")) -> str:
    """What kind of processor this is: its name and instruction sets; empty where the system does not say."""
    try:
        lines = description.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines()
    except OSError:
        return platform.processor()
    found = (line.partition(":") for line in lines)
    return "; ".join(value.strip() for name, _, value in found if name.strip() in _CPU_FIELDS)


def _cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """XDG_CACHE_HOME/crack_scanner, by default below ~/.cache."""
    given = (os.environ if environment is None else environment).get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    base = Path(given) if os.path.isabs(given) else Path(os.path.expanduser("~")) / ".cache"
    return base / "crack_scanner"
