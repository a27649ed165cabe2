"""Ctrl-C that never falls into the middle of a write."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType


class DeferredInterrupt:
    """While entered, SIGINT and SIGTERM wait; on leaving, one that came is raised as KeyboardInterrupt.

    Outside of it they raise at once. Entering it again inside is allowed. Once `ignore_further` was
    called they do nothing any more: the process is on its way out.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._pending = False
        self._ignored = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._arrived)

    def ignore_further(self) -> None:
        """From now on signals are ignored."""
        self._ignored = True

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._pending and not self._depth and kind is None:
            self._pending = False
            raise KeyboardInterrupt

    def _arrived(self, _signal: int, _frame: FrameType | None) -> None:
        if self._ignored:
            return
        if self._depth:
            self._pending = True
        else:
            raise KeyboardInterrupt
