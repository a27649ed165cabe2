"""The tile classifier: LiteRT, one single-thread interpreter a core."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.model_card import ModelCard, load_card


class TileClassifier:
    """Scores tiles with interpreters that run side by side.

    Every tile is scored alone by a single-thread interpreter, so the result does not depend on the
    number of threads. Not to be used from several threads at once; `close` (or `with`) ends it.
    """

    def __init__(self, card: ModelCard, threads: int = 0) -> None:
        """`threads`: interpreters side by side; 0 takes one for each core this process may use."""
        self.card = card
        count = threads or len(os.sched_getaffinity(0))
        self._interpreters = [_interpreter(card) for _ in range(count)]
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="classifier") if count > 1 else None

    @classmethod
    def load(cls, model: Path, threads: int = 0) -> TileClassifier:
        """Load a model file and its card, refusing a wrong one with what was expected."""
        return cls(load_card(model), threads)

    def __enter__(self) -> TileClassifier:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def score(self, tiles: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(N,) probability of a crack in tiles (tile, tile, 3) uint8 RGB, which may be views."""
        scores = np.empty(len(tiles), np.float32)
        indices = itertools.count()
        if self._pool is None:
            _score_share(self._interpreters[0], tiles, indices, scores)
            return scores
        shares = [
            self._pool.submit(_score_share, interpreter, tiles, indices, scores)
            for interpreter in self._interpreters
        ]
        for share in shares:
            share.result()
        return scores


def _score_share(
    interpreter: Any, tiles: list[NDArray[np.uint8]], indices: Iterator[int], scores: NDArray[np.float32]
) -> None:
    """Score tiles until the shared counter runs out; each index is taken by one thread only."""
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]
    for index in indices:
        if index >= len(tiles):
            return
        interpreter.tensor(source)()[0] = tiles[index]
        interpreter.invoke()
        scores[index] = interpreter.tensor(target)().flat[0]


def _interpreter(card: ModelCard) -> Any:
    try:
        interpreter = Interpreter(model_path=str(card.path), num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise CrackScannerError(f"model {card.path} is not a TensorFlow Lite model: {error}") from error
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    received = tuple(source["shape"].tolist()), np.dtype(source["dtype"]).name
    tile = card.tile_size
    if received != (card.input_shape, card.input_dtype) or received != ((1, tile, tile, 3), "uint8"):
        raise CrackScannerError(
            f"model {card.path} takes {received[0]} {received[1]}; expected (1, tile, tile, 3) uint8 RGB "
            f"and, by its card, {card.input_shape} {card.input_dtype}"
        )
    if target["shape"].tolist() != [1, 1] or target["dtype"] is not np.float32:
        raise CrackScannerError(
            f"model {card.path} gives {target['shape'].tolist()} {np.dtype(target['dtype']).name}; "
            "expected one probability: [1, 1] float32"
        )
    return interpreter
