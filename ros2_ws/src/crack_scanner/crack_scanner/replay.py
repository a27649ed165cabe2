"""A recorded scan, scanned again: one bag into one session, in process and losing nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crack_scanner.bags.topics import WantedTopics
from crack_scanner.frames import Frame, Odometry
from crack_scanner.pipeline.scan import run_scan
from crack_scanner.pipeline.scan_session import Beginning, ScanSession, session_info
from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.precision import chosen_model
from crack_scanner.resources import DEFAULT_MODEL, DEFAULT_SEGMENTER
from crack_scanner.save_pace import SavePace
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.bag import BagSource
from crack_scanner.surface.camera import Camera
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.tile_grid import tile_grid

OnFrame = Callable[[ScanSession, BagSource], None]
Events = Iterable[Frame | Odometry]


def _unchanged(events: Events) -> Events:
    return events


@dataclass(frozen=True)
class ReplayOptions:
    """What a replay needs besides the bag and the settings.

    segmenter: None leaves pixels alone. calibration: instead of the bag's camera_info. frames: parent
    and child of the transform that is the odometry, where it comes from tf. through: what all events go
    through on their way into the scan, in its own pace.
    """

    topics: WantedTopics = field(default_factory=WantedTopics)
    calibration: Camera | None = None
    frames: tuple[str, str] = ("odom", "base_link")
    model: Path = DEFAULT_MODEL
    segmenter: Path | None = DEFAULT_SEGMENTER
    begin: Beginning = field(default_factory=Beginning)
    name: str = ""
    robot: str = ""
    through: Callable[[Events], Events] = _unchanged
    structure: str = ""


def replay_bag(
    bag: Path,
    out: Path,
    settings: ScanSettings,
    options: ReplayOptions | None = None,
    log: Callable[[str], None] = lambda _: None,
    on_frame: OnFrame = lambda _session, _source: None,
    shield: AbstractContextManager[None] | None = None,
) -> dict[str, Any]:
    """Scan a bag into the session folder `out`; returns the summary.

    The result depends on the bag and the settings alone: precision auto is float32 here, whatever is
    faster on this machine. A bag that is cut gives a session that is not complete.
    """
    options, settings = options or ReplayOptions(), settings.repeatable().patient()
    with ExitStack() as stack:
        source = BagSource(bag, settings, options.topics, options.calibration, options.frames, log)
        stack.callback(source.close)
        # A session that is begun can only be overwritten: what is wrong with the bag is said before.
        width, height = source.check()
        tile_grid(width, height, settings.tile_size)
        model = chosen_model(options.model, settings.precision, log)
        classifier = stack.enter_context(TileClassifier.load(model, settings.threads))
        segmenter = None
        if options.segmenter is not None:
            segmenter = stack.enter_context(CrackSegmenter.load(options.segmenter, settings.threads))
        name, segments = options.name or out.resolve().name, None if segmenter is None else segmenter.card
        info = session_info(
            name, source, settings, classifier.card, segments, options.robot, structure=options.structure
        )
        scorer = FrameScorer(classifier, settings, segmenter)
        begin, start = replace(options.begin, save_due=SavePace()), time.monotonic()
        session = ScanSession(out, info, settings, source.mount, begin)
        try:
            events = options.through(source)
            run_scan(events, scorer, session.logger, False, lambda: on_frame(session, source), shield)
        except BaseException:
            session.abandon()
            raise
        if source.bag.problem:
            log(f"bag {bag} {source.bag.problem}; the part before is in the session")
        speed = session.logger.progress().tiles / max(time.monotonic() - start, 1e-9)
        return session.finish(not source.bag.problem, speed, more=source.findings())
