"""Endless training batches: real tiles and drawn ones in fixed shares, augmented in a process of its own."""

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Full
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
_LOOK_ROUND_S = 2.0
"""How long a batch waits to be fetched until its maker looks whether there still is a training."""


@dataclass(frozen=True)
class Source:
    """Tiles of one set and class on disk: `path` an .npy of (N, S, S, 3) uint8, `label` 1 for crack.

    count: tiles of it in every batch. targets: an .npy of (N,) float32, what to learn instead of the label.
    """

    path: Path
    label: int
    count: int
    targets: Path | None = None


@dataclass(frozen=True)
class Recipe:
    """What every batch is made of.

    redraw: drawn tiles replaced per batch, so that the pool stays fresh.
    as_it_is: part of the real tiles that are turned only. real_cracks: files that `marked` wrote.
    """

    sources: tuple[Source, ...]
    drawn_cracks: int
    drawn_distractors: int
    pool: int
    redraw: int
    tile_size: int
    grid: CellGrid
    seed: int
    as_it_is: float = 0.2
    real_cracks: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Batch:
    """tiles (N, S, S, 3) uint8 RGB; labels (N, 1) float32; cells (N, C, C, 1) uint8: 0, 1 or UNKNOWN."""

    tiles: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.float32]
    cells: npt.NDArray[np.uint8]


class DrawnPool:
    """A stock of drawn tiles of one class, renewed a few at a time: drawing costs more than training."""

    def __init__(self, crack: bool, recipe: Recipe, rng: np.random.Generator) -> None:
        self._crack, self._recipe, self._rng = crack, recipe, rng
        self._clean = _Joined([source.path for source in recipe.sources if not source.label])
        self._real_cracks = _Joined(recipe.real_cracks) if recipe.real_cracks else None
        size, cells = recipe.tile_size, recipe.grid.count
        self.tiles = np.empty((recipe.pool, size, size, 3), np.uint8)
        self.cells = np.empty((recipe.pool, cells, cells), np.uint8)
        self.filled = 0

    def draw(self, count: int) -> None:
        """Draw `count` more; once the stock is full they take the place of others."""
        for _ in range(count):
            index = self.filled if self.filled < len(self.tiles) else int(self._rng.integers(len(self.tiles)))
            tile, mask = draw_tile(
                self._clean, self._recipe.tile_size, self._crack, self._rng, self._real_cracks
            )
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


def first_tiles(recipe: Recipe, count: int) -> npt.NDArray[np.uint8]:
    """At least `count` tiles (N, S, S, 3) of such batches."""
    tiles: list[npt.NDArray[np.uint8]] = []
    for batch in make_batches(recipe):
        tiles += list(batch.tiles)
        if len(tiles) >= count:
            break
    return np.stack(tiles)


def _produce(recipe: Recipe, queue: Any) -> None:
    cv2.setNumThreads(1)
    trainer = multiprocessing.parent_process()
    for batch in make_batches(recipe):
        while not _put(queue, batch):
            if trainer is None or not trainer.is_alive():
                # Killed before it could end this process, which nobody else would.
                queue.cancel_join_thread()
                return


def _put(queue: Any, batch: Batch) -> bool:
    try:
        queue.put(batch, timeout=_LOOK_ROUND_S)
    except Full:
        return False
    return True


def make_batches(recipe: Recipe) -> Iterator[Batch]:
    """Endless batches, made here; the same recipe gives the same batches."""
    rng = np.random.default_rng(recipe.seed)
    stocks = [_Stock(source) for source in recipe.sources]
    pools = {crack: DrawnPool(crack, recipe, rng) for crack in (False, True)}
    wanted = {False: recipe.drawn_distractors, True: recipe.drawn_cracks}
    first = True
    while True:
        for crack, pool in pools.items():
            if wanted[crack]:
                pool.draw(min(FIRST_STOCK, recipe.pool) if first else recipe.redraw)
        first = False
        yield _batch(recipe, stocks, pools, wanted, rng)


class _Stock:
    """A source's tiles and what to learn of each."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._tiles = np.load(source.path, mmap_mode="r")
        self._targets = None if source.targets is None else np.load(source.targets)

    def pick(self, rng: np.random.Generator) -> tuple[npt.NDArray[np.uint8], float]:
        """A random tile and its target."""
        index = rng.integers(len(self._tiles))
        target = self.source.label if self._targets is None else self._targets[index]
        return np.asarray(self._tiles[index]), float(target)


class _Joined:
    """Files of pictures as one; each is drawn from with the same chance, however many it holds."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._stocks = [np.load(file, mmap_mode="r") for file in files]
        self._length = max(map(len, self._stocks))

    def __len__(self) -> int:
        return self._length * len(self._stocks)

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8]:
        stock = self._stocks[index % len(self._stocks)]
        return np.asarray(stock[(index // len(self._stocks)) % len(stock)])


def _batch(
    recipe: Recipe,
    stocks: Sequence[_Stock],
    pools: dict[bool, DrawnPool],
    wanted: dict[bool, int],
    rng: np.random.Generator,
) -> Batch:
    tiles: list[npt.NDArray[np.uint8]] = []
    labels: list[float] = []
    cells: list[npt.NDArray[np.uint8]] = []
    empty, unknown = (np.full((recipe.grid.count,) * 2, value, np.uint8) for value in (0, UNKNOWN))
    for stock in stocks:
        for _ in range(stock.source.count):
            tile, target = stock.pick(rng)
            tiles.append(_real(tile, bool(stock.source.label), recipe, rng))
            labels.append(target)
            cells.append(unknown if stock.source.label else empty)
    for crack, pool in pools.items():
        for _ in range(wanted[crack]):
            tile, cell = pool.pick()
            tile, cell = _turn_both(tile, cell, rng)
            tiles.append(augment.photograph(tile, rng, strength=0.6))
            labels.append(int(crack))
            cells.append(cell)
    return Batch(np.stack(tiles), np.array(labels, np.float32)[:, None], np.stack(cells)[..., None])


def _real(
    tile: npt.NDArray[np.uint8], crack: bool, recipe: Recipe, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """A real tile turned, cropped or seen from elsewhere, as another camera would show it.

    Cracked tiles larger than the network's are mostly hairlines, some in a corner: they are zoomed and spoilt
    less, as a tile whose crack is gone would carry a wrong label.
    """
    size = recipe.tile_size
    fine = tile.shape[0] > size
    if rng.random() < recipe.as_it_is:
        return augment.turn(augment.crop(tile, rng, size), rng)
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
