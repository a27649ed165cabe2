"""Endless training batches: real tiles and drawn ones in fixed shares, augmented in a process of its own."""

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.training import augment
from crack_scanner.training.drawn import CellGrid, draw_tile

FIRST_STOCK = 200
"""Drawn tiles of each class made before the first batch."""
UNKNOWN = 255
"""Cell target of a tile whose crack's place is not known."""


@dataclass(frozen=True)
class Source:
    """Tiles of one set and class on disk: `path` an .npy of (N, S, S, 3) uint8, `label` 1 for crack."""

    path: Path
    label: int
    count: int
    """Tiles of it in every batch."""


@dataclass(frozen=True)
class Recipe:
    """What every batch is made of. redraw: drawn tiles replaced per batch, so that the pool stays fresh."""

    sources: tuple[Source, ...]
    drawn_cracks: int
    drawn_distractors: int
    pool: int
    redraw: int
    tile_size: int
    grid: CellGrid
    seed: int


@dataclass(frozen=True)
class Batch:
    """tiles (N, S, S, 3) uint8 RGB; labels (N, 1) float32; cells (N, C, C, 1) uint8: 0, 1 or UNKNOWN."""

    tiles: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.float32]
    cells: npt.NDArray[np.uint8]


class DrawnPool:
    """A stock of drawn tiles of one class, renewed a few at a time: drawing costs more than training."""

    def __init__(
        self, clean: npt.NDArray[np.uint8], crack: bool, recipe: Recipe, rng: np.random.Generator
    ) -> None:
        self._clean, self._crack, self._recipe, self._rng = clean, crack, recipe, rng
        size, cells = recipe.tile_size, recipe.grid.count
        self.tiles = np.empty((recipe.pool, size, size, 3), np.uint8)
        self.cells = np.empty((recipe.pool, cells, cells), np.uint8)
        self.filled = 0

    def draw(self, count: int) -> None:
        """Draw `count` more; once the stock is full they take the place of others."""
        for _ in range(count):
            index = self.filled if self.filled < len(self.tiles) else int(self._rng.integers(len(self.tiles)))
            tile, mask = draw_tile(self._clean, self._recipe.tile_size, self._crack, self._rng)
            self.tiles[index], self.cells[index] = tile, self._recipe.grid.reduce(mask)
            self.filled = min(self.filled + (index == self.filled), len(self.tiles))

    def pick(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """One tile and its cells."""
        index = int(self._rng.integers(self.filled))
        return self.tiles[index], self.cells[index]


def batches(recipe: Recipe) -> Iterator[Batch]:
    """Endless batches, made in another process while the network trains."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(8)
    worker = context.Process(target=_produce, args=(recipe, queue), daemon=True)
    worker.start()
    try:
        while True:
            yield queue.get()
    finally:
        worker.terminate()


def _produce(recipe: Recipe, queue: Any) -> None:
    cv2.setNumThreads(1)
    for batch in make_batches(recipe):
        queue.put(batch)


def make_batches(recipe: Recipe) -> Iterator[Batch]:
    """Endless batches, made here; the same recipe gives the same batches."""
    rng = np.random.default_rng(recipe.seed)
    stocks = [np.load(source.path, mmap_mode="r") for source in recipe.sources]
    clean = _Joined([stock for stock, source in zip(stocks, recipe.sources, strict=True) if not source.label])
    # _Joined has of an array what drawing asks for: a length, and pictures by number.
    pools = {crack: DrawnPool(clean, crack, recipe, rng) for crack in (False, True)}  # type: ignore[arg-type]
    wanted = {False: recipe.drawn_distractors, True: recipe.drawn_cracks}
    first = True
    while True:
        for crack, pool in pools.items():
            if wanted[crack]:
                pool.draw(min(FIRST_STOCK, recipe.pool) if first else recipe.redraw)
        first = False
        yield _batch(recipe, stocks, pools, wanted, rng)


class _Joined:
    """Several stocks as one; each is drawn from with the same chance, whatever its length."""

    def __init__(self, stocks: list[npt.NDArray[np.uint8]]) -> None:
        self._stocks = stocks
        self._length = max(map(len, stocks))

    def __len__(self) -> int:
        return self._length * len(self._stocks)

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8]:
        stock = self._stocks[index % len(self._stocks)]
        return np.asarray(stock[(index // len(self._stocks)) % len(stock)])


def _batch(
    recipe: Recipe,
    stocks: list[npt.NDArray[np.uint8]],
    pools: dict[bool, DrawnPool],
    wanted: dict[bool, int],
    rng: np.random.Generator,
) -> Batch:
    tiles, labels, cells = [], [], []
    empty, unknown = (np.full((recipe.grid.count,) * 2, value, np.uint8) for value in (0, UNKNOWN))
    for source, stock in zip(recipe.sources, stocks, strict=True):
        for _ in range(source.count):
            tile = np.asarray(stock[rng.integers(len(stock))])
            tiles.append(_real(tile, bool(source.label), recipe.tile_size, rng))
            labels.append(source.label)
            cells.append(unknown if source.label else empty)
    for crack, pool in pools.items():
        for _ in range(wanted[crack]):
            tile, cell = pool.pick()
            tile, cell = _turn_both(tile, cell, rng)
            tiles.append(augment.photograph(tile, rng, strength=0.6))
            labels.append(int(crack))
            cells.append(cell)
    return Batch(np.stack(tiles), np.array(labels, np.float32)[:, None], np.stack(cells)[..., None])


def _real(
    tile: npt.NDArray[np.uint8], crack: bool, size: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """A real tile turned, cropped or seen from elsewhere, as another camera would show it.

    Cracked tiles larger than the network's are mostly hairlines, some in a corner: they are zoomed and spoilt
    less, as a tile whose crack is gone would carry a wrong label.
    """
    fine = tile.shape[0] > size
    if rng.random() < 0.4:
        tile = augment.turn(augment.crop(tile, rng, size) if fine else tile, rng)
    elif fine:
        tile = augment.view(augment.turn(tile, rng), rng, size, zoom=(0.95, 1.1), rotation=0.3)
    else:
        tile = augment.view(tile, rng, size, zoom=(0.4, 1.1 if crack else 1.4))
    return augment.photograph(tile, rng, strength=0.4 if fine else 1.0)


def _turn_both(
    tile: npt.NDArray[np.uint8], cells: npt.NDArray[np.uint8], rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    quarter, mirrored = int(rng.integers(4)), rng.random() < 0.5
    tile, cells = np.rot90(tile, quarter), np.rot90(cells, quarter)
    if mirrored:
        tile, cells = tile[:, ::-1], cells[:, ::-1]
    return np.ascontiguousarray(tile), cells
