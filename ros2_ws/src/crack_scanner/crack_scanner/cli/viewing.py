"""`--view` of the command line: the running scan in Rerun."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from crack_scanner.views.targets import BROWSER, FILE_SUFFIX, NONE, WINDOW

if TYPE_CHECKING:
    from crack_scanner.frames import Frame
    from crack_scanner.pipeline.scan_session import ScanSession
    from crack_scanner.vision.scores import TileScores


def add_view_argument(parser: argparse.ArgumentParser) -> None:
    """`--view`."""
    parser.add_argument(
        "--view",
        type=_target,
        default=NONE,
        metavar="WHERE",
        help="watch the scan: rerun (a window), rerun-web (a browser on this machine), FILE.rrd (for later); "
        "the first time installs Rerun (none)",
    )


class ScanViewer:
    """Shows what a scan in this process does; without a view it costs nothing."""

    def __init__(self, target: str, say: Callable[[str], None]) -> None:
        """`target`: what `--view` says."""
        self._view = None
        if target == NONE:
            return
        from crack_scanner.views.opening import open_live_view

        self._view = open_live_view(target, say)

    def __enter__(self) -> ScanViewer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._view is not None:
            self._view.close()

    def look(self, frame: Frame, scores: TileScores) -> None:
        """Show a picture that was scored just now, if it is time."""
        if self._view is not None and self._view.wants_picture():
            from crack_scanner.views.seen import ScoredPicture

            self._view.show_picture(ScoredPicture(frame.image, scores))

    def update(self, session: ScanSession, live: bool, tiles_per_s: float, at_last: bool = False) -> None:
        """Show the map, if it is time or, `at_last`, anyhow. live: stamps are of this machine's clock."""
        if self._view is not None and (self._view.wants_map() or at_last):
            from crack_scanner.views.scan_state import map_state

            now_ns = time.time_ns() if live else None
            self._view.show_map(map_state(session, tiles_per_s, now_ns))


def _target(text: str) -> str:
    if text in (NONE, WINDOW, BROWSER) or text.endswith(FILE_SUFFIX):
        return text
    raise argparse.ArgumentTypeError(f"'{text}'; expected {WINDOW}, {BROWSER}, FILE{FILE_SUFFIX} or {NONE}")
