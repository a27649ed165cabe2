"""Runs in one process: the bare network, and the service from picture to stored map."""

from __future__ import annotations

import os
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from crack_scanner.benchmark.figures import Run
from crack_scanner.benchmark.memory_source import MemorySource
from crack_scanner.pipeline.scan import Log, run_scan
from crack_scanner.pipeline.scan_session import Beginning, ScanSession
from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.save_pace import SavePace
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.session import SessionInfo
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.tile_grid import tile_grid


def peak_rss_mb() -> float:
    """Largest resident memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare_network(
    model: Path, pictures: list[NDArray[np.uint8]], settings: ScanSettings, seconds: float
) -> Run:
    """Nothing but the interpreters, one a core, over tiles that lie ready: the limit of every other run."""
    height, width = pictures[0].shape[:2]
    grid = tile_grid(width, height, settings.tile_size, settings.overlap)
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
    return Run(done, time.perf_counter() - start, time.process_time() - cpu, done // len(tiles))


class _TimedLog:
    """Hands everything on to a log and notes when each picture was in the map."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.arrived: dict[int, float] = {}

    def add_odometry(self, stamp_ns: int, pose: Pose) -> None:
        self._log.add_odometry(stamp_ns, pose)

    def add_scores(self, scores: TileScores, camera: Camera) -> None:
        self._log.add_scores(scores, camera)
        self.arrived[scores.stamp_ns] = time.perf_counter()

    def count_dropped(self, reason: str, frames: int) -> None:
        self._log.count_dropped(reason, frames)


def scanner(
    model: Path,
    pictures: list[NDArray[np.uint8]],
    settings: ScanSettings,
    seconds: float,
    rate: float | None = None,
    born: float | None = None,
) -> Run:
    """The whole service in one process, picture to stored map; with `rate` (Hz) live, else lossless.

    born: time.time() at which the process was started, to tell how long the first picture took.
    """
    source = MemorySource(pictures, rate, seconds)
    with TileClassifier.load(model, settings.threads) as classifier, TemporaryDirectory() as folder:
        session = _session(Path(folder), source, settings, classifier)
        log, firsts = _TimedLog(session.logger), list[float]()
        start, cpu = time.perf_counter(), time.process_time()
        run_scan(
            source,
            FrameScorer(classifier, settings),
            log,
            rate is not None,
            lambda: None if firsts else firsts.append(time.time()),
        )
        took, cpu_took = time.perf_counter() - start, time.process_time() - cpu
        progress = session.logger.progress()
        session.abandon()
    run = Run(
        progress.tiles,
        took,
        cpu_took,
        progress.frames,
        sum(progress.frames_dropped.values()),
        tuple(
            (log.arrived[stamp] - sent) * 1e3 for stamp, sent in source.sent.items() if stamp in log.arrived
        ),
        peak_rss_mb(),
    )
    return run if born is None or not firsts else replace(run, start_s=firsts[0] - born)


def _session(
    folder: Path, source: MemorySource, settings: ScanSettings, classifier: TileClassifier
) -> ScanSession:
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
    return ScanSession(folder, info, settings, settings.mount, Beginning(save_due=SavePace()))
