"""A changing stock of training pictures, so that drawing them costs less than training on them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from crack_scanner.training.segmentation.drawn_tiles import DrawnTile

Batch = tuple[NDArray[np.uint8], NDArray[np.float32]]
WEIGHT_STEPS = 100


class Pool:
    """At most `capacity` pictures of size x size pixels; when it is full, the oldest make room."""

    def __init__(self, draw: Callable[[], DrawnTile], size: int, capacity: int) -> None:
        self._draw = draw
        self._images = np.empty((capacity, size, size, 3), np.uint8)
        self._labels = np.empty((capacity, size, size, 2), np.uint8)
        self._drawn = 0

    def __len__(self) -> int:
        return min(self._drawn, len(self._images))

    def refresh(self, count: int) -> None:
        """Draw `count` fresh pictures."""
        for _ in range(count):
            tile, place = self._draw(), self._drawn % len(self._images)
            self._images[place] = tile.image
            self._labels[place, ..., 0] = tile.mask
            self._labels[place, ..., 1] = np.rint(tile.weight * WEIGHT_STEPS)
            self._drawn += 1

    def batch(self, rng: np.random.Generator, count: int) -> Batch:
        """Random pictures (count, size, size, 3) with their mask and weight (..., 2), turned at will."""
        chosen = rng.integers(len(self), size=count)
        images, labels = self._images[chosen], self._labels[chosen]
        if rng.random() < 0.5:
            images, labels = images[:, ::-1], labels[:, ::-1]
        if rng.random() < 0.5:
            images, labels = images.swapaxes(1, 2), labels.swapaxes(1, 2)
        values = labels.astype(np.float32)
        values[..., 1] /= WEIGHT_STEPS
        return np.ascontiguousarray(images), values
