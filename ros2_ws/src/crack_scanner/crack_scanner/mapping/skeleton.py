"""Thinning of a mask to the ridges of a height field.

A plain skeleton lies in the middle of a mask, wherever the mask's border happens to be. Here the
lowest cells go first (grey-weighted homotopic thinning, Mersal & Darwish 1999), so that the line
that is left runs along the crest, and ends where the crest does.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Neighbours in a ring: bit k of a neighbourhood's code belongs to RING[k].
RING = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))


def _is_simple(code: int) -> bool:
    """Whether removing a cell with these neighbours keeps the number of parts and holes.

    Yokoi's connectivity number for 8-connected foreground is 1.
    """
    empty = [1 - (code >> k & 1) for k in range(8)]
    return sum(empty[k] - empty[k] * empty[k + 1] * empty[(k + 2) % 8] for k in (0, 2, 4, 6)) == 1


_SIMPLE = tuple(_is_simple(code) for code in range(256))
_COUNT = tuple(code.bit_count() for code in range(256))


def ridge_skeleton(mask: Mask, height: Floats, end_height: Floats) -> Mask:
    """Lines one cell wide (H, W) along the crests of `height` (H, W) in `mask` (H, W).

    Parts and holes of the mask are kept. A line's end is kept where its height reaches
    `end_height` (H, W), and eaten back to there otherwise.
    """
    columns = mask.shape[1] + 2
    filled = bytearray(np.pad(mask, 1).astype(np.uint8).tobytes())
    level = np.pad(height, 1).ravel().tolist()
    keeps_end = np.pad(height >= end_height, 1).ravel().tolist()
    ring = [row * columns + column for row, column in RING]
    e, ne, n, nw, w, sw, south, se = ring
    heap = [(level[cell], cell) for cell in np.flatnonzero(np.pad(mask, 1)).tolist()]
    heapq.heapify(heap)
    while heap:
        reached, cell = heapq.heappop(heap)
        if not filled[cell]:
            continue
        # Written out: this is the innermost loop of the map.
        code = (
            filled[cell + e]
            | filled[cell + ne] << 1
            | filled[cell + n] << 2
            | filled[cell + nw] << 3
            | filled[cell + w] << 4
            | filled[cell + sw] << 5
            | filled[cell + south] << 6
            | filled[cell + se] << 7
        )
        if not _SIMPLE[code] or (_COUNT[code] == 1 and keeps_end[cell]):
            continue
        filled[cell] = 0
        # Only what was passed over earlier has to be looked at again.
        for step in ring:
            neighbour = cell + step
            if filled[neighbour] and level[neighbour] <= reached:
                heapq.heappush(heap, (reached, neighbour))
    left = np.frombuffer(bytes(filled), np.uint8).reshape(mask.shape[0] + 2, columns)
    result: Mask = left[1:-1, 1:-1].astype(bool)
    return result
