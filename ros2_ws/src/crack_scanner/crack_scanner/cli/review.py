"""A page on which people judge what a scan has found: `crack_scanner review`."""

from __future__ import annotations

import argparse
import getpass
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crack_scanner.storage.session import SessionRecord

HELP = "look through the findings of a session in a browser: confirm, reject, correct and add cracks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument("session", metavar="DIR", help="folder of the session, or URL#NUMBER, FILE#NUMBER")
    parser.add_argument(
        "--reviewer", default=_user(), metavar="NAME", help="whose verdicts they are; the page can change it"
    )
    parser.add_argument("--port", type=_port, default=0, help="of 127.0.0.1, where the page is (a free one)")
    parser.add_argument(
        "--tiles",
        type=Path,
        metavar="FOLDER",
        help="where labelled tiles for train go at the end (DIR/tiles)",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Serve the page until Ctrl-C, then write the session's files anew."""
    from crack_scanner.review.desk import SessionReview
    from crack_scanner.review.server import serve_review
    from crack_scanner.storage.scan_store import open_stored

    with closing(open_stored(args.session)) as store:
        desk = store.review()
        review = SessionReview(store.record(with_photos=False), desk)
        before = len(desk.verdicts())

        def ready(address: str) -> None:
            args.output.say(f"review of {review.record.info.name}: {address} (Ctrl-C ends it)")

        serve_review(review, args.reviewer, args.port, ready)
        record = store.record()
        given = len(record.verdicts) - before
        args.output.say(f"{given} verdicts given, {len(record.verdicts)} in all")
        files = _write_results(args, record, store.folder) if record.verdicts else {}
        while desk.verdicts() != record.verdicts:
            # Of another reviewer, who may have ended and written meanwhile.
            record = store.record()
            files = _write_results(args, record, store.folder)
    return {"session": record.info.name, "verdicts_given": given, "verdicts": len(record.verdicts), **files}


def _write_results(args: argparse.Namespace, record: SessionRecord, folder: Path | None) -> dict[str, Any]:
    """The files of the session and the tiles, with the verdicts."""
    from crack_scanner.report.labelled_tiles import write_tiles
    from crack_scanner.report.session_files import renew_session

    results: dict[str, Any] = {}
    if folder is not None and renew_session(folder, record):
        args.output.say(f"report: {folder / 'report.html'}")
        results["report"] = str(folder / "report.html")
    else:
        args.output.say("this session has no files of its own; `crack_scanner export` writes them")
    tiles = args.tiles or (None if folder is None else folder / "tiles")
    if tiles is not None:
        counts = write_tiles(record, tiles)
        args.output.say(f"{counts.positive} tiles with cracks, {counts.negative} without: {tiles}")
        results["tiles"] = {"folder": str(tiles), "positive": counts.positive, "negative": counts.negative}
    return results


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "reviewer"


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}'; expected a port from 1 to 65535, or 0 for a free one")
    return int(text)
