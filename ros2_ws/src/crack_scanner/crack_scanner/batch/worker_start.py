"""What a worker on this machine does before it works: leaves Ctrl-C to the process that started it.

A terminal sends it to all of them, and a worker that raises in the middle of its work says so at length.
"""

from __future__ import annotations

import signal


def dask_setup(_worker: object) -> None:
    """Called by Dask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
