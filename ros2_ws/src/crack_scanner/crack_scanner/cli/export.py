"""Files of a stored session: `crack_scanner export`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

HELP = "write the cracks or the report of a stored session, finished or not, from its database"

# The keys of report.session_export.EXPORT_FORMATS, spelt out so that --help needs no heavy import.
FORMATS = ("csv", "geojson", "json", "html", "dxf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument("session", metavar="DIR", help="folder of the session, or URL#NUMBER, FILE#NUMBER")
    parser.add_argument("--format", choices=FORMATS, required=True, help="what to write")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write it (its usual name in DIR, or here)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Read the database, write the file, say where it is."""
    from crack_scanner.report.session_export import export_session
    from crack_scanner.storage.scan_store import open_stored

    store = open_stored(args.session)
    try:
        record = store.record()
    finally:
        store.close()
    folder = Path(args.session) if Path(args.session).is_dir() else Path()
    path = export_session(record, args.format, folder, args.out)
    state = "" if record.progress.complete else " (an interrupted scan)"
    args.output.say(f"{len(record.cracks)} cracks of {record.info.name}{state}: {path}")
    return {
        "session": record.info.name,
        "format": args.format,
        "file": str(path),
        "cracks": len(record.cracks),
        "complete": record.progress.complete,
    }
