"""Files of a stored session: `crack_scanner export`."""

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crack_scanner.storage.session import SessionRecord

HELP = "write the cracks, the report or the reviewed tiles of a stored session, finished or not"

TILES = "tiles"
# TILES, and the keys of report.session_export.EXPORT_FORMATS, spelt out so that --help needs no heavy import.
FORMATS = ("csv", "geojson", "json", "html", "pdf", "dxf", TILES)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument("session", metavar="DIR", help="folder of the session, or URL#NUMBER, FILE#NUMBER")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        required=True,
        help="what to write; tiles: what was reviewed as Positive/ and Negative/ pictures for train",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="where to write it (its usual name in DIR, or here); of tiles the folder, which may hold others",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Read the database, write the file, say where it is."""
    from crack_scanner.report.crack_words import crack_count
    from crack_scanner.report.session_export import export_session
    from crack_scanner.report.statements import NO_SCALE
    from crack_scanner.storage.scan_store import open_stored

    with closing(open_stored(args.session)) as store:
        record = store.record()
    folder = Path(args.session) if Path(args.session).is_dir() else Path()
    result = {
        "session": record.info.name,
        "format": args.format,
        "cracks": len(record.cracks),
        "complete": record.progress.complete,
    }
    if args.format == TILES:
        return result | _export_tiles(args, record, args.out or folder / TILES)
    result["scale_known"] = record.info.scale_known
    path = export_session(record, args.format, folder, args.out)
    state = "" if record.progress.complete else " (an interrupted scan)"
    scale = "" if record.info.scale_known else f" ({NO_SCALE})"
    args.output.say(f"{crack_count(len(record.cracks))} of {record.info.name}{state}{scale}: {path}")
    return result | {"file": str(path)}


def _export_tiles(args: argparse.Namespace, record: SessionRecord, folder: Path) -> dict[str, Any]:
    from crack_scanner.report.labelled_tiles import write_tiles

    counts = write_tiles(record, folder)
    args.output.say(
        f"{counts.positive} tiles with cracks, {counts.negative} without, of what was reviewed in "
        f"{record.info.name}: {folder}"
    )
    return {"file": str(folder), "positive": counts.positive, "negative": counts.negative}
