"""Where a crack ends.

Thinning eats the blunt end of a ridge back to where the ridge has its full height. The crack goes on
until the evidence has fallen to a share of that height.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.polyline import along

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_STEP = 0.5


def with_full_ends(lines: list[Floats], holds: Mask, reach: float) -> list[Floats]:
    """Lines (N, 2) row, column, each carried straight on at its free ends while in `holds` (H, W).

    `reach`: cells by which an end can grow at the most; its direction is taken over twice that. An
    end that lies on another line is a branching and stays.
    """
    return [_extended(line, _free_ends(line, lines), holds, reach) for line in lines]


def _free_ends(line: Floats, lines: list[Floats]) -> tuple[bool, bool]:
    if len(line) < 2 or (line[0] == line[-1]).all():
        return False, False
    others = [other for other in lines if other is not line]
    first, last = (
        not any((np.abs(other - end).max(axis=1) <= 1.0).any() for other in others)
        for end in (line[0], line[-1])
    )
    return first, last


def _extended(line: Floats, free: tuple[bool, bool], holds: Mask, reach: float) -> Floats:
    head = _continuation(line[::-1], holds, reach) if free[0] else np.empty((0, 2))
    tail = _continuation(line, holds, reach) if free[1] else np.empty((0, 2))
    return np.concatenate([head[::-1], line, tail])


def _continuation(line: Floats, holds: Mask, reach: float) -> Floats:
    """Points (N, 2) beyond the last one of a line."""
    at = along(line)
    back = np.array([np.interp(at[-1] - 2 * reach, at, line[:, axis]) for axis in (0, 1)])
    heading = (line[-1] - back) / max(float(np.linalg.norm(line[-1] - back)), 1e-9)
    steps = np.arange(_STEP, reach + _STEP / 2, _STEP)
    points: Floats = line[-1] + steps[:, None] * heading
    rows, columns = np.rint(points).astype(int).T
    inside = (rows >= 0) & (rows < holds.shape[0]) & (columns >= 0) & (columns < holds.shape[1])
    inside[inside] = holds[rows[inside], columns[inside]]
    return points[: len(points) if inside.all() else int(np.argmin(inside))]
