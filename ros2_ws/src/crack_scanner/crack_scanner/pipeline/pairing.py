"""Brings together what belongs to one frame and comes on two ways."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

First = TypeVar("First")
Second = TypeVar("Second")
Item = TypeVar("Item")


class Pairing(Generic[First, Second]):
    """Pairs items of two streams by their stamp, whichever comes first.

    Each stream keeps its order: once a pair is found, what came before it on either side has lost its other
    half and is given up. At most `room` items of a stream wait; the oldest give way. `widowed` counts items
    of the second stream that were given up.
    """

    def __init__(self, room: int) -> None:
        self.widowed = 0
        self._room = room
        self._firsts: OrderedDict[int, First] = OrderedDict()
        self._seconds: OrderedDict[int, Second] = OrderedDict()

    def first(self, stamp_ns: int, item: First) -> tuple[First, Second] | None:
        """Take an item of the first stream; the pair, if its other half waits."""
        if stamp_ns not in self._seconds:
            self._keep(self._firsts, stamp_ns, item)
            return None
        self._firsts.clear()
        other, passed = _up_to(self._seconds, stamp_ns)
        self.widowed += passed
        return item, other

    def second(self, stamp_ns: int, item: Second) -> tuple[First, Second] | None:
        """Take an item of the second stream; the pair, if its other half waits."""
        if stamp_ns not in self._firsts:
            self.widowed += self._keep(self._seconds, stamp_ns, item)
            return None
        self.widowed += len(self._seconds)
        self._seconds.clear()
        return _up_to(self._firsts, stamp_ns)[0], item

    def _keep(self, waiting: OrderedDict[int, Item], stamp_ns: int, item: Item) -> int:
        """Let an item wait; returns how many gave way."""
        waiting[stamp_ns] = item
        given_up = max(len(waiting) - self._room, 0)
        for _ in range(given_up):
            waiting.popitem(last=False)
        return given_up


def _up_to(waiting: OrderedDict[int, Item], stamp_ns: int) -> tuple[Item, int]:
    """Take out the item of a stamp, which is there, and those before it: the item, and how many those are."""
    passed = list(waiting).index(stamp_ns)
    for _ in range(passed):
        waiting.popitem(last=False)
    return waiting.pop(stamp_ns), passed
