"""Scan a surface and write its session: `crack_scanner scan`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_scanner.cli.interrupts import DeferredInterrupt
from crack_scanner.cli.scanning import (
    PROGRESS_EVERY_S,
    add_scanning_arguments,
    say_summary,
    scanning_settings,
)
from crack_scanner.cli.sources import add_source_arguments, open_source, source_settings
from crack_scanner.cli.topics import TOPIC, scan_topics
from crack_scanner.cli.viewing import ScanViewer, add_view_argument
from crack_scanner.errors import CrackScannerError, SessionThereError
from crack_scanner.views.targets import NONE

if TYPE_CHECKING:
    from crack_scanner.bags.recorder import BagRecorder
    from crack_scanner.cli.output import Output
    from crack_scanner.frames import Frame, Odometry
    from crack_scanner.pipeline.scorer import FrameScorer
    from crack_scanner.settings import ScanSettings
    from crack_scanner.sources.source import Source
    from crack_scanner.storage.session import SessionInfo
    from crack_scanner.vision.model_card import ModelCard
    from crack_scanner.vision.segmenter import CrackSegmenter

HELP = "scan a surface with the simulated robot, a camera or files and map its cracks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the session")
    there = parser.add_mutually_exclusive_group()
    there.add_argument("--overwrite", action="store_true", help="replace a session that is in DIR already")
    there.add_argument(
        "--resume",
        action="store_true",
        help="go on with the session in DIR after a crash or Ctrl-C; the other arguments as then",
    )
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="keep the session on a server, postgresql://USER@HOST/DATABASE, instead of in DIR/scan.db",
    )
    parser.add_argument("--robot", default="", metavar="NAME", help="who scans, where several share a server")
    parser.add_argument("--name", help="name of the session (that of DIR)")
    parser.add_argument("--structure", default="", metavar="NAME", help="what is scanned, for the report")
    add_scanning_arguments(parser)
    parser.add_argument(
        "--record",
        type=Path,
        metavar="BAG",
        help="also write what is scanned into a bag; precision auto is float32 then, as in its replay",
    )
    parser.add_argument(
        "--record-pictures",
        choices=("raw", "png", "jpeg"),
        default="raw",
        help="in the bag; jpeg changes pixels, so a replay finds slightly other cracks (raw)",
    )
    parser.add_argument(
        "--record-split",
        type=int,
        default=0,
        metavar="MB",
        help="go on in another file of the bag at this size",
    )
    add_view_argument(parser)
    add_source_arguments(parser)


def run(args: argparse.Namespace) -> dict[str, Any] | int:
    """Scan and return the summary; 130 after Ctrl-C, 1 when a camera goes away, all so far being saved."""
    if args.source == TOPIC:
        if args.record is not None:
            raise CrackScannerError(
                "--record does not go with --source topic: use recorder_node, or record:= of scan.launch.py"
            )
        if args.view != NONE:
            raise CrackScannerError(
                "--view shows the command's own sources; a scan of topics is shown by ros2 run crack_scanner "
                "views, or by view.launch.py"
            )
        summary = scan_topics(args)
        say_summary(args.output, summary, args.out)
        return summary
    if args.record_split < 0:
        raise CrackScannerError(f"--record-split is {args.record_split} MB; expected 0 or more")
    try:
        return _scan_source(args)
    except SessionThereError as error:
        ways = "give --resume to go on with that one, or --overwrite to replace it"
        raise SessionThereError(error.folder, ways) from error
    except KeyboardInterrupt:
        # From the first picture on the scan itself takes it and saves what there is.
        args.output.log("stopped before the first picture: nothing is saved")
        raise


def _scan_source(args: argparse.Namespace) -> dict[str, Any] | int:
    from crack_scanner.pipeline.scorer import FrameScorer
    from crack_scanner.precision import chosen_model
    from crack_scanner.vision.classifier import TileClassifier
    from crack_scanner.vision.segmenter import CrackSegmenter

    settings = scanning_settings(args)
    if args.record is not None:
        settings = settings.repeatable()
    model = chosen_model(args.model, settings.precision, args.output.log)
    with ExitStack() as models:
        classifier = models.enter_context(TileClassifier.load(model, settings.threads))
        segmenter = None
        if not args.tiles_only:
            segmenter = models.enter_context(CrackSegmenter.load(args.segmenter, settings.threads))
        source, settings = open_source(args, settings)
        scorer = FrameScorer(classifier, settings, segmenter)
        try:
            info = _session_info(args, source, settings, classifier.card, segmenter)
            with ScanViewer(args.view, args.output.log) as viewer:
                return _Scan(args, source, settings, info, viewer).run(scorer)
        finally:
            source.close()


class _Scan:
    """One run: what the steps of `scan` share."""

    def __init__(
        self,
        args: argparse.Namespace,
        source: Source,
        settings: ScanSettings,
        info: SessionInfo,
        viewer: ScanViewer,
    ) -> None:
        from crack_scanner.bags.new_bag import keep_settings, kept_with_session
        from crack_scanner.patience import Patience
        from crack_scanner.pipeline.scan_session import Beginning, ScanSession
        from crack_scanner.save_pace import SavePace

        self._output: Output = args.output
        self._source = source
        self._viewer = viewer
        patience = Patience(args.output.log)
        begin = Beginning(args.overwrite, args.resume, args.database, patience, SavePace())
        if args.resume and source.live:
            source.start_at(0)
        self._bag, self._recorder = self._begin_bag(args)
        with kept_with_session(self._bag):
            self._session = ScanSession(args.out, info, settings, source.mount, begin)
            self._before = self._session.logger.progress()
            if self._session.resumed:
                self._go_on()
        if self._bag is not None:
            keep_settings(self._bag, settings, source.surface, source.mount)
        self._start = time.monotonic()
        self._line_every = PROGRESS_EVERY_S[sys.stderr.isatty()]
        self._next_line = self._start + self._line_every

    def _begin_bag(self, args: argparse.Namespace) -> tuple[Path | None, BagRecorder | None]:
        """The bag to record into, before anything of an earlier session is removed."""
        if args.record is None:
            return None, None
        from crack_scanner.bags.new_bag import bag_beside
        from crack_scanner.bags.recorder import BagRecorder

        bag = bag_beside(args.out, args.record, args.resume)
        if bag != args.record:
            self._output.log(f"bag {args.record} is there already: recording into {bag}")
        return bag, BagRecorder(bag, args.record_pictures, args.record_split * 10**6)

    def _go_on(self) -> None:
        from crack_scanner.report.crack_words import crack_count

        self._source.start_at(self._before.last_stamp_ns or 0)
        self._output.log(
            f"going on with session {self._session.info.name} after {self._before.frames} frames, "
            f"{crack_count(len(self._session.map.cracks))}"
        )

    def run(self, scorer: FrameScorer) -> dict[str, Any] | int:
        """Scan to the end or to Ctrl-C; an error leaves the database, unfinished, and no results.

        When a live source goes away, what was scanned until then is kept as after Ctrl-C, but not complete.
        """
        if self._recorder is None:
            return self._run(scorer, lambda _: None)
        try:
            return self._run(scorer, self._recorder.add)
        finally:
            self._recorder.close()
            self._output.log(f"{self._recorder.messages} messages recorded in {self._bag}")

    def _run(self, scorer: FrameScorer, record: Callable[[Frame | Odometry], None]) -> dict[str, Any] | int:
        from crack_scanner.pipeline.scan import run_scan
        from crack_scanner.sources.capture import SourceGoneError

        complete, code, interrupt = False, 130, DeferredInterrupt()
        logger, live = self._session.logger, self._source.live
        try:
            run_scan(self._source, scorer, logger, live, self._on_frame, interrupt, record, self._viewer.look)
            complete = True
            interrupt.ignore_further()
        except KeyboardInterrupt:
            interrupt.ignore_further()
            # For a live camera this is the ordinary end of a scan.
            complete = live
            self._output.log("stopped: saving what has been scanned so far")
        except SourceGoneError as error:
            interrupt.ignore_further()
            code = 1
            self._output.log(f"crack_scanner: error: {error}; what was scanned before is saved")
        except BaseException:
            self._session.abandon()
            raise
        summary = self._session.finish(complete, self._tiles_per_s(), self._source.truth)
        self._viewer.update(self._session, live, self._tiles_per_s(), at_last=True)
        say_summary(self._output, summary, self._session.folder)
        if complete:
            return summary
        self._output.result(summary)
        return code

    def _on_frame(self) -> None:
        from crack_scanner.report.crack_words import crack_count

        self._viewer.update(self._session, self._source.live, self._tiles_per_s())
        now = time.monotonic()
        if now < self._next_line:
            return
        self._next_line = now + self._line_every
        crack_map, expected = self._session.map, self._source.frames_expected
        frames = self._session.logger.progress().frames
        of_all = f" of {expected}" if expected else ""
        left = f", {self._seconds_left(frames, expected, now):.0f} s left" if expected else ""
        self._output.progress(
            f"{crack_map.scanned_area:6.2f} of {crack_map.surface.area:.2f} m2, frame {frames}{of_all}, "
            f"{self._tiles_per_s():.0f} tiles/s, {crack_count(len(crack_map.cracks))}{left}"
        )

    def _seconds_left(self, frames: int, expected: int, now: float) -> float:
        return (now - self._start) / max(frames - self._before.frames, 1) * max(expected - frames, 0)

    def _tiles_per_s(self) -> float:
        tiles = self._session.logger.progress().tiles - self._before.tiles
        return tiles / max(time.monotonic() - self._start, 1e-9)


def _session_info(
    args: argparse.Namespace,
    source: Source,
    settings: ScanSettings,
    card: ModelCard,
    segmenter: CrackSegmenter | None,
) -> SessionInfo:
    from crack_scanner.pipeline.scan_session import session_info

    more = source_settings(args)
    seed = args.seed if source.name == "simulator" else None
    name = args.name or args.out.resolve().name
    segments = None if segmenter is None else segmenter.card
    return session_info(name, source, settings, card, segments, args.robot, seed, more, args.structure)
