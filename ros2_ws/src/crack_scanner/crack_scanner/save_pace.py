"""How often a scan is stored while nothing is found."""

from __future__ import annotations

import time
from collections.abc import Callable

EVERY_S = 0.4
"""Seconds of the clock; a little less than lies between two saves of a live scan, which are all due."""


class SavePace:
    """Asked for leave to save, gives it some time after it last did; see pipeline.logger.SaveDue."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds."""
        self._clock = clock
        self._last = clock()

    def __call__(self) -> bool:
        """Whether a save is due; if it is, the next one is so after EVERY_S seconds."""
        now = self._clock()
        due = now - self._last >= EVERY_S
        if due:
            self._last = now
        return due
