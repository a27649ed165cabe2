"""The tile classifier: LiteRT, one single-thread interpreter a core."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.dense_model import DenseModels, Piece, dense_stride
from crack_scanner.vision.dense_plan import ALWAYS, AUTO, NEVER, is_cheaper, plan
from crack_scanner.vision.litert_model import TileModel
from crack_scanner.vision.model_card import ModelCard, load_card
from crack_scanner.vision.tile_grid import TileGrid


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
        file = card.path.read_bytes()
        self._stride = dense_stride(file)
        self._dense = DenseModels(file)

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

    def dense_plan(self, grid: TileGrid, tiles: int, when: str = AUTO) -> list[Piece] | None:
        """How to score `tiles` of a grid's tiles in large pieces; None where they are scored one by one.

        Steps must be a multiple of the network's stride. when: one of DENSE.
        """
        pieces = plan(grid, self._stride) if self._stride is not None and when != NEVER else None
        if when == ALWAYS:
            if pieces is None:
                raise CrackScannerError(
                    f"dense is always, but tiles lie at columns {_steps(grid.columns)} and rows "
                    f"{_steps(grid.rows)} px apart, not at even multiples of {self._stride}, or the network "
                    "is not made for it: choose another overlap or dense auto"
                )
            return pieces
        return pieces if pieces and is_cheaper(pieces, grid.tile_size, tiles) else None

    def score_dense(
        self, image: NDArray[np.uint8], grid: TileGrid, pieces: list[Piece]
    ) -> NDArray[np.float32]:
        """(N,) probability of each of the grid's tiles in an image (H, W, 3) uint8 RGB, scored by pieces.

        The same as `score` gives, up to the rounding of sums.
        """
        scores = np.empty((len(grid.rows), len(grid.columns)), np.float32)
        indices = itertools.count()

        def share() -> None:
            for index in indices:
                if index >= len(pieces):
                    return
                self._score_piece(image, grid, pieces[index], scores)

        if self._pool is None:
            share()
        else:
            for done in [self._pool.submit(share) for _ in self._models]:
                done.result()
        return scores.reshape(-1)

    def _score_piece(
        self, image: NDArray[np.uint8], grid: TileGrid, piece: Piece, scores: NDArray[np.float32]
    ) -> None:
        height, width = piece.extent(grid.tile_size)
        row = int(np.searchsorted(grid.rows, piece.y))
        column = int(np.searchsorted(grid.columns, piece.x))
        part = image[piece.y : piece.y + height, piece.x : piece.x + width]
        with self._dense.taken(piece.step, piece.rows, piece.columns) as model:
            scores[row : row + piece.rows, column : column + piece.columns] = model.run(part)


def _steps(starts: NDArray[np.int32]) -> list[int]:
    """The different distances between neighbours, in order of place."""
    return list(dict.fromkeys(np.diff(starts).tolist()))


def _score_share(
    model: TileModel, tiles: list[NDArray[np.uint8]], indices: Iterator[int], scores: NDArray[np.float32]
) -> None:
    """Score tiles until the shared counter runs out; each index is taken by one thread only."""
    for index in indices:
        if index >= len(tiles):
            return
        scores[index] = model.run(tiles[index]).flat[0]
