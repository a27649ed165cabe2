"""Items in the order of their stamps, from a stream that is nearly so."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class StampOrder(Generic[Item]):
    """Holds items until no earlier one is to be expected.

    An item waits until another is `window_ns` later than it, or `most` wait. When time jumps back by more
    than the window, all that waits belongs to the past and is given out first.
    """

    def __init__(self, window_ns: int, most: int) -> None:
        self._window_ns = window_ns
        self._most = most
        self._waiting: list[tuple[int, int, Item]] = []
        self._newest_ns: int | None = None
        self._count = 0

    def put(self, stamp_ns: int, item: Item) -> Iterator[Item]:
        """Take an item; gives those whose turn it is."""
        newest = self._newest_ns
        if newest is not None and stamp_ns < newest - self._window_ns:
            yield from self.rest()
        # Of equal stamps the one that came first goes first.
        self._count += 1
        heapq.heappush(self._waiting, (stamp_ns, self._count, item))
        self._newest_ns = stamp_ns if self._newest_ns is None else max(self._newest_ns, stamp_ns)
        while self._waiting and (
            len(self._waiting) > self._most or self._waiting[0][0] < self._newest_ns - self._window_ns
        ):
            yield heapq.heappop(self._waiting)[2]

    def rest(self) -> Iterator[Item]:
        """The stream has ended, or begun anew: all that waits."""
        self._newest_ns = None
        while self._waiting:
            yield heapq.heappop(self._waiting)[2]
