"""All cracks of a session by id and by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.evidence_grid import BLOCK, BlockKey
from crack_scanner.mapping.polyline import resampled


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

    def remove(self, crack_id: int) -> Crack | None:
        """Take a crack out, whether it is present or faded; None if it is not there."""
        crack = self.present.pop(crack_id, None) or self.faded.pop(crack_id, None)
        if crack is not None:
            for block in self.blocks_of(crack):
                self._at[block].discard(crack_id)
        return crack

    def fade(self, crack_id: int) -> None:
        """Move a crack from the map to those that were."""
        self.faded[crack_id] = self.present.pop(crack_id)

    def touching(self, blocks: Iterable[BlockKey]) -> set[int]:
        """Ids of all cracks, present or faded, with a part in any of these blocks."""
        return set().union(*(self._at[block] for block in blocks if block in self._at))

    def crosses(self, block: BlockKey) -> bool:
        """Whether a present crack runs through a block."""
        return any(crack_id in self.present for crack_id in self._at.get(block, ()))

    def blocks_of(self, crack: Crack) -> set[BlockKey]:
        """The blocks a crack runs through."""
        every_block = resampled(crack.path, self._block_size / 8)
        places = np.floor(every_block[:, ::-1] / self._block_size).astype(int)
        return {(int(row), int(column)) for row, column in places}
