"""The runs of the benchmark: the bare network, and the service in one process."""

from __future__ import annotations

import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from crack_scanner.benchmark.memory_source import MemorySource
from crack_scanner.pipeline.scan import run_scan
from crack_scanner.pipeline.scan_session import ScanSession
from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.session import SessionInfo
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.tile_grid import TileGrid


@dataclass(frozen=True)
class Run:
    """One measured run.

    tiles: scored. seconds: of the wall clock. cpu_seconds: of all threads. frames, dropped: pictures.
    latencies_ms: from handing a picture over to its being in the map, in order.
    """

    tiles: int
    seconds: float
    cpu_seconds: float
    frames: int = 0
    dropped: int = 0
    latencies_ms: tuple[float, ...] = ()

    @property
    def tiles_per_s(self) -> float:
        """Tiles a second."""
        return self.tiles / self.seconds

    @property
    def tiles_per_cpu_s(self) -> float:
        """Tiles a second of processor time."""
        return self.tiles / self.cpu_seconds


def peak_rss_mb() -> float:
    """Largest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare_network(
    model: Path, pictures: list[NDArray[np.uint8]], settings: ScanSettings, seconds: float
) -> Run:
    """Nothing but the interpreters, one a core, over tiles that lie ready: the limit of every other run."""
    height, width = pictures[0].shape[:2]
    grid = TileGrid(width, height, settings.tile_size, settings.overlap)
    tiles = list(grid.gather(pictures[0]))
    threads = settings.threads or len(os.sched_getaffinity(0))
    classifiers = [TileClassifier.load(model, 1) for _ in range(threads)]

    def loop(classifier: TileClassifier) -> int:
        done, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            classifier.score(tiles)
            done += len(tiles)
        return done

    start, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(loop, classifiers))
    return Run(done, time.perf_counter() - start, time.process_time() - cpu)


def scanner(
    model: Path,
    pictures: list[NDArray[np.uint8]],
    settings: ScanSettings,
    seconds: float,
    rate: float | None = None,
) -> Run:
    """The whole service in one process, picture to stored map; with `rate` (Hz) live, else lossless."""
    source = MemorySource(pictures, rate, seconds)
    arrived: list[float] = []
    with TileClassifier.load(model, settings.threads) as classifier, TemporaryDirectory() as folder:
        card = classifier.card
        info = SessionInfo(
            "benchmark",
            "memory",
            source.surface,
            "",
            card.name,
            card.sha256,
            settings={"cell_size": settings.cell_size},
        )
        session = ScanSession(Path(folder), info, settings, settings.mount)
        start, cpu = time.perf_counter(), time.process_time()
        run_scan(
            source,
            FrameScorer(classifier, settings),
            session.logger,
            rate is not None,
            lambda: arrived.append(time.perf_counter()),
        )
        took, cpu_took = time.perf_counter() - start, time.process_time() - cpu
        progress = session.logger.progress()
        session.abandon()
    dropped = sum(progress.frames_dropped.values())
    latencies = () if dropped else tuple((b - a) * 1e3 for a, b in zip(source.sent, arrived, strict=True))
    return Run(progress.tiles, took, cpu_took, progress.frames, dropped, latencies)
