"""The tile classifier: LiteRT, one single-thread interpreter a core."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.litert_model import TileModel
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
        self._models = [TileModel(card, (1, 1), "one probability") for _ in range(count)]
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
            _score_share(self._models[0], tiles, indices, scores)
            return scores
        shares = [self._pool.submit(_score_share, model, tiles, indices, scores) for model in self._models]
        for share in shares:
            share.result()
        return scores


def _score_share(
    model: TileModel, tiles: list[NDArray[np.uint8]], indices: Iterator[int], scores: NDArray[np.float32]
) -> None:
    """Score tiles until the shared counter runs out; each index is taken by one thread only."""
    for index in indices:
        if index >= len(tiles):
            return
        scores[index] = model.run(tiles[index]).flat[0]
