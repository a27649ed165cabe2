"""Runs a source and the scorer beside the executor and hands their results to it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from rclpy.node import Node

from crack_scanner.frames import Frame, Odometry
from crack_scanner.pipeline.scan import Events, run_scan
from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores

# Results that may wait for the executor; when it is full the source waits.
_WAITING = 64
_LOOK_UP = 0.2
_GOODBYE = 2.0

Scored = tuple[TileScores, Camera]
Lost = tuple[str, int]


class _StoppedError(Exception):
    """Unwinds the worker's thread."""


class SourceWorker:
    """A whole scan but for its map, in threads of its own.

    `take` is called in the executor's thread with each result in order: odometry, scores with their
    camera, or a reason and a number of frames that were dropped. `record` is called in the scan's thread with
    each event of the source that is not dropped.
    """

    def __init__(
        self,
        node: Node,
        source: Events,
        live: bool,
        scorer: FrameScorer,
        take: Callable[[Odometry | Scored | Lost], None],
        record: Callable[[Frame | Odometry], None] = lambda _: None,
    ) -> None:
        self._take = take
        self._record = record
        self._results: queue.Queue[Odometry | Scored | Lost] = queue.Queue(_WAITING)
        self._last_lost: list[Lost] = []
        self._stopping = False
        self._ended = False
        self._error: BaseException | None = None
        self._arrived = node.create_guard_condition(self._hand_over)
        self._thread = threading.Thread(
            target=self._run, args=(source, live, scorer), name="scan", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def is_finished(self) -> bool:
        """Whether the source has ended, not been stopped, and all results were taken; raises its error."""
        if self._thread.is_alive() or not self._ended:
            return False
        self._hand_over()
        if self._error is not None:
            raise self._error
        return True

    def stop(self) -> None:
        """End the threads; results that were not taken are forgotten, but for what was dropped."""
        self._stopping = True
        self._thread.join(_GOODBYE)
        while not self._results.empty():
            result = self._results.get_nowait()
            if _is_lost(result):
                self._take(result)
        for lost in self._last_lost:
            self._take(lost)
        self._last_lost.clear()

    def add_odometry(self, stamp_ns: int, pose: Pose) -> None:
        """Called by the scan."""
        self._put(Odometry(stamp_ns, pose))

    def add_scores(self, scores: TileScores, camera: Camera) -> None:
        """Called by the scan."""
        self._put((scores, camera))

    def count_dropped(self, reason: str, frames: int) -> None:
        """Called by the scan."""
        if frames and self._stopping:
            # Nobody takes results any more, and this thread is about to end.
            self._last_lost.append((reason, frames))
        elif frames:
            self._put((reason, frames))

    def _run(self, source: Events, live: bool, scorer: FrameScorer) -> None:
        try:
            run_scan(source, scorer, self, live, lambda: None, record=self._record)
        except _StoppedError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again in is_finished
            self._error = error
        self._ended = True

    def _put(self, result: Odometry | Scored | Lost) -> None:
        while not self._stopping:
            try:
                self._results.put(result, timeout=_LOOK_UP)
            except queue.Full:
                continue
            self._arrived.trigger()
            return
        raise _StoppedError

    def _hand_over(self) -> None:
        for _ in range(_WAITING):
            try:
                self._take(self._results.get_nowait())
            except queue.Empty:
                return
        self._arrived.trigger()


def _is_lost(result: Odometry | Scored | Lost) -> bool:
    return not isinstance(result, Odometry) and isinstance(result[0], str)
