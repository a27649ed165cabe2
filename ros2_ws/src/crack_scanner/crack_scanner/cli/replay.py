"""Scan a recorded bag: `crack_scanner replay`."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_scanner.cli.bag_arguments import add_bag_arguments, replay_options
from crack_scanner.cli.interrupts import DeferredInterrupt
from crack_scanner.cli.scanning import PROGRESS_EVERY_S, say_summary, scanning_settings
from crack_scanner.errors import SessionThereError
from crack_scanner.resources import DEFAULT_CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable

    from crack_scanner.cli.output import Output
    from crack_scanner.pipeline.scan_session import ScanSession
    from crack_scanner.replay import Events
    from crack_scanner.sources.bag import BagSource

    Through = Callable[[Events], Events]

_EXIT_USAGE = 2
HELP = "scan a recorded bag: a rosbag2 folder, an .mcap or .db3 file, or a ROS 1 bag"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument("bag", type=Path, metavar="BAG", help="rosbag2 folder, .mcap, .db3 or .bag file")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the session")
    parser.add_argument("--overwrite", action="store_true", help="replace what is in DIR or BAG_recovered")
    parser.add_argument("--name", default="", help="name of the session (that of DIR)")
    parser.add_argument("--robot", default="", metavar="NAME", help="who scanned")
    parser.add_argument("--structure", default="", metavar="NAME", help="what was scanned, for the report")
    add_bag_arguments(parser)
    parser.add_argument(
        "--rate",
        type=_rate,
        metavar="R",
        help="at R times the recorded pace (0: flat out), published on image, camera_info, odom and /clock "
        "for other ROS nodes, with or without --out",
    )
    parser.add_argument(
        "--recover",
        action="store_true",
        help="first write what can be read of a damaged bag into BAG_recovered, which other programs read "
        "too; without --out that is all",
    )


def run(args: argparse.Namespace) -> dict[str, Any] | int:
    """Recover the bag, publish it, scan it; returns what was found out."""
    if args.out is None and args.rate is None and not args.recover:
        args.output.log(
            "crack_scanner replay: error: give --out DIR for a session, --rate R to publish it, or --recover"
        )
        return _EXIT_USAGE
    recovery = _recover(args) if args.recover else {}
    if args.out is None:
        return recovery | (_publish(args) if args.rate is not None else {})
    if args.rate is None:
        summary = _scan(args)
    else:
        from crack_scanner.cli.topics import live_topics

        with live_topics(args) as publisher:
            summary = _scan(args, publisher.publish_all)
    say_summary(args.output, summary, args.out)
    return summary | recovery


def _scan(args: argparse.Namespace, through: Through | None = None) -> dict[str, Any]:
    from crack_scanner.pipeline.scan_session import Beginning
    from crack_scanner.replay import replay_bag
    from crack_scanner.storage.session_folder import holds_session

    options = replace(
        replay_options(args),
        begin=Beginning(overwrite=args.overwrite),
        name=args.name,
        robot=args.robot,
        structure=args.structure,
    )
    if through is not None:
        options = replace(options, through=through)
    progress, shield = _Progress(args.output), DeferredInterrupt()
    settings = scanning_settings(args, _recorded_settings(args))
    try:
        return replay_bag(args.bag, args.out, settings, options, args.output.log, progress, shield)
    except SessionThereError as error:
        raise SessionThereError(error.folder, "give --overwrite to replace that one") from error
    except KeyboardInterrupt:
        again = f"; to begin again in {args.out} give --overwrite" if holds_session(args.out) else ""
        args.output.log(f"stopped before the end of the bag: no results are written{again}")
        raise


def _recorded_settings(args: argparse.Namespace) -> Path | None:
    """The settings that were recorded beside the bag, unless the command line names others."""
    from crack_scanner.bags.new_bag import settings_beside

    beside = settings_beside(args.bag)
    if args.config != DEFAULT_CONFIG or not beside.is_file():
        return None
    args.output.log(f"settings of {beside}")
    return beside


def _recover(args: argparse.Namespace) -> dict[str, Any]:
    from crack_scanner.bags.recovery import recover_bag

    recovery = recover_bag(args.bag, args.overwrite)
    args.output.say(recovery.words)
    args.bag = recovery.path
    return {
        "recovery": {
            "bag": str(recovery.path),
            "messages": recovery.saved,
            "lost": recovery.lost,
            "written": recovery.written,
        }
    }


def _publish(args: argparse.Namespace) -> dict[str, Any]:
    from crack_scanner.cli.topics import publish_bag

    return publish_bag(args)


def _rate(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 to 100")
    return value


class _Progress:
    """Says now and then how far the replay has got."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._start = time.monotonic()
        self._every = PROGRESS_EVERY_S[sys.stderr.isatty()]
        self._next = self._start + self._every

    def __call__(self, session: ScanSession, source: BagSource) -> None:
        from crack_scanner.report.crack_words import crack_count

        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        frames, expected = session.logger.progress().frames, source.frames_expected or 0
        left = (now - self._start) / max(frames, 1) * max(expected - frames, 0)
        self._output.progress(
            f"frame {frames} of {expected}, {session.map.scanned_area:.2f} m2, "
            f"{crack_count(len(session.map.cracks))}, {left:.0f} s left"
        )
