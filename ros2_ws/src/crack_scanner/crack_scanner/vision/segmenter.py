"""The crack segmenter: LiteRT, a probability for every pixel of the tiles that are worth it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.litert_model import TileModel
from crack_scanner.vision.model_card import ModelCard, load_card
from crack_scanner.vision.tile_grid import tile_grid

OVERLAP = 0.25
"""Share of a tile that its neighbour sees too: next to a tile's border the network guesses."""

_BAND = 1024  # rows of the picture enlarged at once
_CHUNK = 32  # tiles in flight


class CrackSegmenter:
    """Marks crack pixels with single-thread interpreters side by side, one a core.

    Every tile is seen alone, so the result does not depend on the number of threads. `close` (or
    `with`) ends it.
    """

    def __init__(self, card: ModelCard, threads: int = 0) -> None:
        """`threads`: interpreters side by side; 0 takes one for each core this process may use."""
        self.card = card
        self._pool = ThreadPoolExecutor(
            threads or len(os.sched_getaffinity(0)), thread_name_prefix="segmenter"
        )
        self._own = local()
        self._own.model = _model(card)

    @classmethod
    def load(cls, model: Path, threads: int = 0) -> CrackSegmenter:
        """Load a model file and its card, refusing a wrong one with what was expected."""
        return cls(load_card(model), threads)

    def __enter__(self) -> CrackSegmenter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def segment_twice(
        self,
        image: NDArray[np.uint8],
        wanted: Callable[[int, int, int], bool] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[np.uint8]:
        """As `segment`, at full and at half size, the higher probability of the two.

        The network sees a few hundred pixels; what is wider than it knows cracks to be, and what is too
        faint in the grain, is plainer at half size.
        """
        probability = self.segment(image, wanted, progress)
        half = self._half(image, wanted)
        height, width = image.shape[:2]
        for top in range(0, height, _BAND):
            band = probability[top : top + _BAND]
            rows = slice(max(top // 2 - 1, 0), (top + len(band)) // 2 + 2)
            large = cv2.resize(half[rows], None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
            start = top - 2 * rows.start
            np.maximum(band, large[start : start + len(band), :width], out=band)
        return probability

    def _half(
        self, image: NDArray[np.uint8], wanted: Callable[[int, int, int], bool] | None
    ) -> NDArray[np.uint8]:
        """(at least H / 2, at least W / 2) uint8 probability of the picture shrunk to half its size."""
        height, width = image.shape[:2]
        even = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        small = cv2.resize(even, (even.shape[1] // 2, even.shape[0] // 2), interpolation=cv2.INTER_AREA)
        bottom, right = (max(self.card.tile_size - side, 0) for side in small.shape[:2])
        small = cv2.copyMakeBorder(small, 0, bottom, 0, right, cv2.BORDER_REFLECT_101)
        look = None if wanted is None else (lambda x, y, size: wanted(2 * x, 2 * y, 2 * size))
        return self.segment(np.asarray(small, np.uint8), look)

    def segment(
        self,
        image: NDArray[np.uint8],
        wanted: Callable[[int, int, int], bool] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[np.uint8]:
        """(H, W) uint8 probability of a crack, 255 for 1, in an image (H, W, 3) uint8 RGB.

        wanted: x, y, side of a tile in pixels to whether it is worth a look; None looks everywhere.
        Elsewhere the probability is 0. progress: told tiles done and tiles in all.
        """
        height, width = image.shape[:2]
        size = self.card.tile_size
        grid = tile_grid(width, height, size, OVERLAP, multiple=1)
        corners = list(zip(grid.x.tolist(), grid.y.tolist(), strict=True))
        corners = [(x, y) for x, y in corners if wanted is None or wanted(x, y, size)]
        canvas = _Canvas(width, height, size)
        for first in range(0, len(corners), _CHUNK):
            chunk = corners[first : first + _CHUNK]
            tiles = [image[y : y + size, x : x + size] for x, y in chunk]
            for (x, y), probability in zip(chunk, self.tiles(tiles), strict=True):
                canvas.put(x, y, probability)
            if progress is not None:
                progress(min(first + _CHUNK, len(corners)), len(corners))
        return canvas.probability

    def tiles(self, tiles: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
        """(tile, tile) uint8 probability, 255 for 1, of each tile (tile, tile, 3) uint8 RGB."""
        return list(self._pool.map(self._tile, tiles))

    def _tile(self, tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
        model = getattr(self._own, "model", None)
        if model is None:
            model = self._own.model = _model(self.card)
        result: NDArray[np.uint8] = np.rint(model.run(tile)[0, :, :, 0] * 255).astype(np.uint8)
        return result


def load_segmenter(model: str, threads: int = 0) -> CrackSegmenter | None:
    """The segmenter of a model file; None where no file is named."""
    return CrackSegmenter.load(Path(model), threads) if model else None


class _Canvas:
    """The picture's probabilities; where tiles overlap, the one counts whose border is farther away."""

    def __init__(self, width: int, height: int, tile_size: int) -> None:
        self.probability = np.zeros((height, width), np.uint8)
        self._inset = np.zeros((height, width), np.uint8)
        steps = np.arange(tile_size)
        self._ramp = np.minimum(steps, steps[::-1]) + 1

    def put(self, x: int, y: int, probability: NDArray[np.uint8]) -> None:
        """Take one tile's result, its upper left corner at pixel x, y."""
        height, width = self.probability.shape
        size = len(self._ramp)
        inset = np.minimum.outer(_open(self._ramp, y, height), _open(self._ramp, x, width))
        inset = np.minimum(inset, 255).astype(np.uint8)
        window = np.s_[y : y + size, x : x + size]
        better = inset > self._inset[window]
        self.probability[window][better] = probability[better]
        self._inset[window][better] = inset[better]


def _open(ramp: NDArray[np.int64], start: int, length: int) -> NDArray[np.int64]:
    """The ramp without its slope towards the picture's own border, where there is no other tile."""
    ramp = ramp.copy()
    half = len(ramp) // 2
    if start == 0:
        ramp[:half] = ramp[half]
    if start + len(ramp) == length:
        ramp[half:] = ramp[half]
    return ramp


def _model(card: ModelCard) -> TileModel:
    tile = card.tile_size
    return TileModel(card, (1, tile, tile, 1), "a probability for every pixel (is it a classifier?)")
