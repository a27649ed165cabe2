"""How long a scan waits for a database server that has gone away."""

from __future__ import annotations

import time
from collections.abc import Callable

# Seconds before each further attempt: a minute in all, in which a server can be started anew.
WAITS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


class Patience:
    """Waits between attempts, and says so; see storage.scan_store.Patience."""

    def __init__(self, warn: Callable[[str], None], wait: Callable[[float], None] = time.sleep) -> None:
        """`warn` takes a line for people."""
        self._warn = warn
        self._wait = wait

    def __call__(self, attempt: int, reason: str) -> bool:
        """Wait after a failed attempt, 1 for the first; False if there should be no further one."""
        if attempt > len(WAITS_S):
            return False
        seconds = WAITS_S[attempt - 1]
        self._warn(
            f"the database server does not answer ({reason}): attempt {attempt + 1} of {len(WAITS_S) + 1} in "
            f"{seconds:g} s; nothing is lost so far"
        )
        self._wait(seconds)
        return True
