"""Which newly extracted line is which known crack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Two lines are one crack where they run this close, metres; at least this share of the shorter one.
MATCH_DISTANCE = 0.06
MATCH_SHARE = 0.5


@dataclass(frozen=True)
class Assignment:
    """For each line the id it carries on (None: a crack not known so far) and the ids it swallowed."""

    ids: tuple[int | None, ...]
    joined: tuple[tuple[int, ...], ...]


def assign(known: Mapping[int, Floats], lines: Sequence[Floats]) -> Assignment:
    """Match known paths by id and new lines, all (N, 2) in metres.

    Older ids choose first, each the line it overlaps most: so a crack that grew together out of
    several keeps the oldest id and names the others, and of one that fell apart the longest piece
    keeps the id.
    """
    ids: list[int | None] = [None] * len(lines)
    joined: list[list[int]] = [[] for _ in lines]
    new_shapes = [shapely.LineString(line) for line in lines]
    for crack_id in sorted(known):
        old = shapely.LineString(known[crack_id])
        overlaps = [_overlap(old, line) for line in new_shapes]
        matches = [k for k, (_, share) in enumerate(overlaps) if share >= MATCH_SHARE]
        free = [k for k in matches if ids[k] is None]
        if free:
            ids[max(free, key=lambda k: overlaps[k][0])] = crack_id
        elif matches:
            joined[max(matches, key=lambda k: overlaps[k][0])].append(crack_id)
    return Assignment(tuple(ids), tuple(tuple(swallowed) for swallowed in joined))


def _overlap(old: shapely.LineString, line: shapely.LineString) -> tuple[float, float]:
    """Metres of common course, and its share of the shorter of the two."""
    if old.distance(line) > MATCH_DISTANCE:
        return 0.0, 0.0
    common = float(old.intersection(line.buffer(MATCH_DISTANCE)).length)
    return common, common / max(min(old.length, line.length), 1e-9)
