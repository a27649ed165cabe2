"""Tiles made for training: a crack-free surface, distractors, and on half of them a crack, drawn or real."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.training import augment
from crack_scanner.training.negatives import draw_distractor
from crack_scanner.training.pictures import Pictures
from crack_scanner.training.surfaces import procedural_surface
from crack_scanner.training.synthetic import draw_crack
from crack_scanner.training.transplant import transplant

Image = npt.NDArray[np.uint8]
Rng = np.random.Generator

PROCEDURAL_SHARE = 0.3
TRANSPLANTED_SHARE = 0.5
"""Part of the cracks that are real ones from elsewhere, where there are any; the others are drawn."""
DISTRACTOR_SHARE = {False: 0.85, True: 0.45}
"""Part of the tiles without and with a crack that carry distractors."""


@dataclass(frozen=True)
class CellGrid:
    """Where the cells of the network's feature map look at the tile: centres at first + stride * i pixels."""

    first: int
    stride: int
    count: int

    def reduce(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        """(count, count) 1 where the (S, S) mask has a pixel near the cell; border cells reach the border."""
        size = mask.shape[0]
        edges = np.round(self.first + self.stride * (np.arange(self.count + 1) - 0.5)).astype(int)
        edges[0], edges[-1] = 0, size
        starts = edges[:-1]
        rows = np.maximum.reduceat(mask.astype(np.uint8), starts, axis=0)
        cells: npt.NDArray[np.uint8] = np.maximum.reduceat(rows, starts, axis=1)
        return cells


def draw_tile(
    clean: Pictures,
    size: int,
    crack: bool,
    rng: Rng,
    real_cracks: Pictures | None = None,
) -> tuple[Image, npt.NDArray[np.bool_]]:
    """A (size, size, 3) tile and its (size, size) crack mask.

    clean: (N, S, S, 3) crack-free real tiles. real_cracks: (N, S, S, 4) as `marked` stores them.
    """
    tile = _surface(clean, size, rng)
    if rng.random() < DISTRACTOR_SHARE[crack]:
        tile = draw_distractor(tile, rng)
    if not crack:
        mask = np.zeros((size, size), np.bool_)
    elif real_cracks is not None and rng.random() < TRANSPLANTED_SHARE:
        tile, mask = transplant(tile, real_cracks, rng)
    else:
        tile, mask = draw_crack(tile, rng)
    if rng.random() < 0.3:
        tile = cv2.GaussianBlur(tile, (0, 0), rng.uniform(0.3, 0.9))
    return tile, mask


def _surface(clean: Pictures, size: int, rng: Rng) -> Image:
    if rng.random() < PROCEDURAL_SHARE:
        return procedural_surface(size, rng)
    return augment.view(clean[int(rng.integers(len(clean)))], rng, size, zoom=(0.45, 1.7))
