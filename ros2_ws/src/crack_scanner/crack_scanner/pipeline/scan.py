"""A whole scan in one process: source, scorer and logger hand to hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from crack_scanner.frames import Frame, Odometry
from crack_scanner.pipeline.handoff import Handoff
from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores

# Pictures that may lie ready between two stages.
_BUFFERED = 4
# Odometry comes several times as often as pictures and must not fill the buffer.
_BUFFERED_EVENTS = 8 * _BUFFERED
LATE = "scoring too slow"

Scored = tuple[TileScores, Camera]
Events = Iterable[Frame | Odometry]


class Log(Protocol):
    """Takes what a scan has found: a ScanLogger, or whoever hands it on to one."""

    def add_odometry(self, stamp_ns: int, pose: Pose) -> None:
        """Take a pose of base_link in the odom frame."""
        ...

    def add_scores(self, scores: TileScores, camera: Camera) -> None:
        """Take the scores of a picture, taken with `camera`."""
        ...

    def count_dropped(self, reason: str, frames: int) -> None:
        """Account for pictures that were lost before they came here."""
        ...


def run_scan(
    events: Events,
    scorer: FrameScorer,
    logger: Log,
    live: bool,
    on_frame: Callable[[], None],
    shield: AbstractContextManager[None] | None = None,
    record: Callable[[Frame | Odometry], None] = lambda _: None,
    look: Callable[[Frame, TileScores], None] = lambda *_: None,
) -> None:
    """Score and log all events of a source, in their order.

    The source runs in a thread of its own, the scorer in another, the logger in the caller's. With
    `live`, pictures that nobody can score in time are dropped, oldest first, and counted with the next
    one that comes through; otherwise the source waits and nothing is lost. `on_frame` is called after
    each picture. `shield` is entered around each item's logging, where an interrupt must wait. In the
    scorer's thread, `record` is called with each item that is not dropped, in order, before it is scored,
    and `look` with each picture after it; neither must take time. Any exception, Ctrl-C included, ends
    the threads before it goes on to the caller.
    """
    shield = shield or nullcontext()
    droppable = _is_frame if live else None
    arriving = Handoff(events, _BUFFERED if live else _BUFFERED_EVENTS, "source", droppable)
    scored = Handoff(_score(arriving, scorer, record, look), _BUFFERED_EVENTS, "scorer")
    late = 0
    try:
        for item in scored:
            with shield:
                if isinstance(item, Odometry):
                    logger.add_odometry(item.stamp_ns, item.pose)
                else:
                    logger.add_scores(*item)
                    late = _count_late(logger, arriving, late)
                    on_frame()
    finally:
        arriving.close()
        scored.close()
        _count_late(logger, arriving, late)


def _count_late(logger: Log, arriving: Handoff[Frame | Odometry], told: int) -> int:
    """Account for pictures dropped since `told` of them were; returns how many there are in all."""
    dropped = arriving.dropped
    logger.count_dropped(LATE, dropped - told)
    return dropped


def _score(
    events: Iterable[Frame | Odometry],
    scorer: FrameScorer,
    record: Callable[[Frame | Odometry], None],
    look: Callable[[Frame, TileScores], None],
) -> Iterator[Scored | Odometry]:
    for event in events:
        record(event)
        if isinstance(event, Odometry):
            yield event
        else:
            scores = scorer.score(event.stamp_ns, event.image)
            look(event, scores)
            yield scores, event.camera


def _is_frame(event: Frame | Odometry) -> bool:
    return isinstance(event, Frame)
