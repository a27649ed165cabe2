"""Tiles made for training: a crack-free surface, distractors, and on half of them a crack, drawn or real."""

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.training import augment
from crack_scanner.training.masonry import draw_wall, joint_course, joint_crack_shape
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
MASONRY_SHARE = 0.2
"""Part of the tiles that show a wall of bricks or blocks."""
IN_JOINTS_SHARE = 0.6
"""Part of the cracks in such walls that run along joints, where they can be told from them."""
DISTRACTOR_SHARE = {False: 0.85, True: 0.45}
"""Part of the tiles without and with a crack that carry distractors."""
MASONRY_DISTRACTORS = 0.6
"""Of walls it is this part of that: their joints are distractors of their own."""


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
    wall = draw_wall(tile, rng) if rng.random() < MASONRY_SHARE else None
    tile = wall.tile if wall else tile
    if rng.random() < DISTRACTOR_SHARE[crack] * (MASONRY_DISTRACTORS if wall else 1.0):
        tile = draw_distractor(tile, rng)
    if not crack:
        mask = np.zeros((size, size), np.bool_)
    elif wall and wall.shows_cracks_in_joints and rng.random() < IN_JOINTS_SHARE:
        shape = joint_crack_shape(wall.bond, rng)
        tile, mask = draw_crack(tile, rng, shape, partial(joint_course, wall.bond, size, rng))
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
