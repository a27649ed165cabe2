"""All cracks of a session by id and by place."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.evidence_grid import BLOCK, BlockKey
from crack_scanner.mapping.polyline import resampled

Floats = NDArray[np.float64]


class CrackRegister:
    """Cracks that are in the map, and those that were and have faded.

    Whatever is asked about a place costs what lies there, not what the whole map holds.
    """

    def __init__(self, cell_size: float) -> None:
        self._block_size = BLOCK * cell_size
        self.present: dict[int, Crack] = {}
        self.faded: dict[int, Crack] = {}
        self._at: defaultdict[BlockKey, set[int]] = defaultdict(set)
        self._next_id = 1
        # When each was changed last, longest ago first; those that are gone as well.
        self._versions: dict[int, int] = {}
        self.version = 0

    def next_id(self) -> int:
        """An id that was never given before."""
        given, self._next_id = self._next_id, self._next_id + 1
        return given

    def keep(self, crack: Crack, faded: bool = False) -> None:
        """Put a crack in, in place of what is there under its id."""
        self.remove(crack.id)
        (self.faded if faded else self.present)[crack.id] = crack
        for block in self.blocks_of(crack):
            self._at[block].add(crack.id)
        self._next_id = max(self._next_id, crack.id + 1, *(i + 1 for i in crack.joined))
        self._mark(crack.id)

    def update(self, crack: Crack) -> None:
        """Replace a present crack by one with the same path."""
        self.present[crack.id] = crack
        self._mark(crack.id)

    def remove(self, crack_id: int) -> Crack | None:
        """Take a crack out, whether it is present or faded; None if it is not there."""
        crack = self.present.pop(crack_id, None) or self.faded.pop(crack_id, None)
        if crack is not None:
            for block in self.blocks_of(crack):
                self._at[block].discard(crack_id)
            self._mark(crack_id)
        return crack

    def fade(self, crack_id: int) -> None:
        """Move a crack from the map to those that were."""
        self.faded[crack_id] = self.present.pop(crack_id)
        self._mark(crack_id)

    def changed_since(self, version: int) -> list[int]:
        """Ids of the cracks that were changed, or taken out, after `version` of the register, in order."""
        newest_first = reversed(self._versions.items())
        return sorted(key for key, _ in itertools.takewhile(lambda item: item[1] > version, newest_first))

    def _mark(self, crack_id: int) -> None:
        self.version += 1
        # Out and in again: the dictionary stays in the order of changes.
        self._versions.pop(crack_id, None)
        self._versions[crack_id] = self.version

    def touching(self, blocks: Iterable[BlockKey]) -> set[int]:
        """Ids of all cracks, present or faded, with a part in any of these blocks."""
        return set().union(*(self._at[block] for block in blocks if block in self._at))

    def crosses(self, block: BlockKey) -> bool:
        """Whether a present crack runs through a block."""
        return any(crack_id in self.present for crack_id in self._at.get(block, ()))

    def blocks_of(self, crack: Crack) -> set[BlockKey]:
        """The blocks a crack runs through."""
        return self.blocks_along(crack.path)

    def blocks_along(self, path: Floats, reach: float = 0.0) -> set[BlockKey]:
        """The blocks within `reach` metres along both axes of a path (N, 2) in metres."""
        every_block = resampled(path, self._block_size / 8)[:, ::-1]
        steps = np.arange(-np.ceil(reach / self._block_size), np.ceil(reach / self._block_size) + 1)
        shifts = np.clip(steps * self._block_size, -reach, reach)
        return {
            (int(row), int(column))
            for shift in itertools.product(shifts, shifts)
            for row, column in np.floor((every_block + shift) / self._block_size).astype(int)
        }
