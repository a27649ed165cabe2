"""Brings together what belongs to one frame and comes on two ways."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

First = TypeVar("First")
Second = TypeVar("Second")


class Pairing(Generic[First, Second]):
    """Pairs items of two streams by their stamp, whichever comes first.

    Each stream keeps its order: once a pair is found, what came before it on either side has lost its other
    half and is given up. At most `room` items of a stream wait; the oldest give way. `widowed` counts items
    of the second stream that were given up, `found` pairs.
    """

    def __init__(self, room: int) -> None:
        self.found = self.widowed = 0
        self._room = room
        self._firsts: OrderedDict[int, First] = OrderedDict()
        self._seconds: OrderedDict[int, Second] = OrderedDict()

    def first(self, stamp_ns: int, item: First) -> tuple[First, Second] | None:
        """Take an item of the first stream; the pair, if its other half waits."""
        if stamp_ns not in self._seconds:
            self._firsts[stamp_ns] = item
            if len(self._firsts) > self._room:
                self._firsts.popitem(last=False)
            return None
        self._firsts.clear()
        while True:
            other_ns, other = self._seconds.popitem(last=False)
            if other_ns == stamp_ns:
                self.found += 1
                return item, other
            self.widowed += 1

    def second(self, stamp_ns: int, item: Second) -> tuple[First, Second] | None:
        """Take an item of the second stream; the pair, if its other half waits."""
        if stamp_ns not in self._firsts:
            self._seconds[stamp_ns] = item
            if len(self._seconds) > self._room:
                self._seconds.popitem(last=False)
                self.widowed += 1
            return None
        self.widowed += len(self._seconds)
        self._seconds.clear()
        while True:
            other_ns, other = self._firsts.popitem(last=False)
            if other_ns == stamp_ns:
                self.found += 1
                return other, item
