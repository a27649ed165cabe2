"""What has to be drawn anew when a part of the surface has changed: that much, and no more of the map."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import shapely

from crack_scanner.mapping.crack_register import CrackRegister
from crack_scanner.mapping.evidence_grid import BlockKey

# Cracks this close, metres, may be branches or pieces of each other: where one changes, so may the other.
# Evidence from tiles, the widest there is, reaches less far to the side of its crack.
NEIGHBOURS = 0.2


@dataclass(frozen=True, eq=False)
class Cluster:
    """A part of the map that is drawn by itself.

    blocks: whose cells are needed. changed: those of them, with their neighbours, in which anything may be
    new; elsewhere there is nothing but the `cracks`, by id, that reach into them, and cracks that are not
    concerned.
    """

    blocks: frozenset[BlockKey]
    changed: frozenset[BlockKey]
    cracks: frozenset[int]


def clusters(
    changed: Iterable[BlockKey], confirmed: Collection[BlockKey], register: CrackRegister
) -> list[Cluster]:
    """Clusters that hold all `changed` blocks with anything in them.

    confirmed: blocks with confirmed cells.
    """
    left = {key for key in changed if key in confirmed or register.crosses(key)}
    found: list[Cluster] = []
    while left:
        cluster = _grown({min(left)}, left, confirmed, register)
        left -= cluster.changed
        found.append(cluster)
    return found


def _grown(
    start: set[BlockKey], left: set[BlockKey], confirmed: Collection[BlockKey], register: CrackRegister
) -> Cluster:
    """The cluster around changed blocks, with all changed ones that lie in it."""
    while True:
        near = start | {block for key in start for block in _around(key) if block in confirmed}
        cracks = _connected(register.touching(near), register)
        blocks = near.union(*(register.blocks_along(register.present[i].path, NEIGHBOURS) for i in cracks))
        more = (left & blocks.union(*map(_around, start))) - start
        if not more:
            faded = register.touching(near) & register.faded.keys()
            return Cluster(frozenset(blocks), frozenset(near), frozenset(cracks | faded))
        start = start | more


def _around(key: BlockKey) -> set[BlockKey]:
    return {(key[0] + row, key[1] + column) for row in (-1, 0, 1) for column in (-1, 0, 1)}


def _connected(start: set[int], register: CrackRegister) -> set[int]:
    """The present ones of cracks, with all that lie beside them directly or through others."""
    found = start & register.present.keys()
    waiting = sorted(found)
    while waiting:
        crack = register.present[waiting.pop()]
        line = shapely.LineString(crack.path)
        near = register.touching(register.blocks_along(crack.path, NEIGHBOURS)) & register.present.keys()
        for other in sorted(near - found):
            if line.distance(shapely.LineString(register.present[other].path)) <= NEIGHBOURS:
                found.add(other)
                waiting.append(other)
    return found
