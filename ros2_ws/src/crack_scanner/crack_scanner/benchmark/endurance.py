"""Whether a long scan keeps its memory: the service at a steady rate, its resident memory now and then."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_scanner.benchmark.runs import scanner
from crack_scanner.settings import ScanSettings

# Between two looks at the memory, seconds.
_EVERY = 5.0
# Minutes after which memory is compared with that at the end: by then everything has been used once.
SETTLED = 2.0


def resident_mb() -> float:
    """Resident memory of this process now, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def endure(
    model: Path, pictures: list[NDArray[np.uint8]], settings: ScanSettings, minutes: float, rate: float
) -> list[tuple[float, float]]:
    """Minutes since the start and MB, of a live scan at `rate` Hz over the same wall again and again."""
    samples: list[tuple[float, float]] = []
    over, begin = threading.Event(), time.perf_counter()

    def watch() -> None:
        while not over.wait(_EVERY):
            samples.append(((time.perf_counter() - begin) / 60, resident_mb()))

    watcher = threading.Thread(target=watch, name="memory", daemon=True)
    watcher.start()
    try:
        scanner(model, pictures, settings, minutes * 60, rate)
        if not samples:
            # Less than it held while it ran, as the scan is over.
            samples.append(((time.perf_counter() - begin) / 60, resident_mb()))
    finally:
        over.set()
        watcher.join()
    return samples


def growth(samples: list[tuple[float, float]]) -> float:
    """Memory of the last tenth of the time over that at SETTLED minutes, or the middle if that is sooner."""
    minutes, memory = np.array(samples).T
    early = min(SETTLED, minutes[-1] / 2)
    at_first = memory[np.argsort(np.abs(minutes - early))[:5]]
    at_last = memory[minutes >= 0.9 * minutes[-1]]
    return float(np.median(at_last) / np.median(at_first))
