"""When the next message of a recorded or simulated source may go out."""

from __future__ import annotations

_NANOSECONDS = 1e9
# A source this late, seconds, does not try to catch up: frames in a burst would only be dropped.
_CATCH_UP = 0.1
# A longer pause of the source, seconds, is not waited for: rather a stamp that is wrong than a pause.
_LONGEST_PAUSE = 60.0


class Pacer:
    """Maps stamps to times of a steady clock, `factor` times as fast as they were; 0 never waits.

    Time that was lost is not made up for: the whole source is late from then on. Nor is a pause of more
    than a minute waited for.
    """

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._origin: tuple[int, float] | None = None

    def delay(self, stamp_ns: int, now: float) -> float:
        """Seconds from `now`, of a steady clock, until the message stamped `stamp_ns` is due."""
        if self._factor == 0:
            return 0.0
        if self._origin is None:
            self._origin = stamp_ns, now
        first_ns, start = self._origin
        late = now - start - (stamp_ns - first_ns) / _NANOSECONDS / self._factor
        if late > _CATCH_UP or -late > _LONGEST_PAUSE:
            self._origin = stamp_ns, now
            return 0.0
        return max(0.0, -late)


class FlightWindow:
    """Frames on their way through the graph: published, not known to have come through."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stamps: list[int] = []

    def __len__(self) -> int:
        return len(self._stamps)

    @property
    def full(self) -> bool:
        """Whether a further frame has to wait."""
        return len(self._stamps) >= self._limit

    def sent(self, stamp_ns: int) -> None:
        """A frame was published."""
        self._stamps.append(stamp_ns)

    def arrived(self, stamp_ns: int) -> None:
        """A frame has come through; what was sent before it has come through as well, or is lost."""
        if stamp_ns in self._stamps:
            self._stamps = self._stamps[self._stamps.index(stamp_ns) + 1 :]

    def give_up(self) -> int:
        """Forget the frames under way; returns how many."""
        count = len(self._stamps)
        self._stamps = []
        return count
