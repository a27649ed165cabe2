"""A stored session in the formats it can be exported to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crack_scanner.report.dxf import cracks_dxf
from crack_scanner.report.pdf import report_pdf
from crack_scanner.report.report import report_html
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.storage.exports import cracks_csv, cracks_geojson, cracks_json
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.summary import session_summary


@dataclass(frozen=True)
class ExportFormat:
    """Name of the file it is written to, and its content."""

    file_name: str
    content: Callable[[SessionRecord], str | bytes]


EXPORT_FORMATS = {
    "csv": ExportFormat("cracks.csv", lambda record: cracks_csv(record.findings, record.photos)),
    "geojson": ExportFormat("cracks.geojson", lambda record: cracks_geojson(record.findings, record.photos)),
    "json": ExportFormat(
        "cracks.json",
        lambda record: cracks_json(record.findings, session_summary(record, ""), record.photos),
    ),
    "html": ExportFormat("report.html", report_html),
    "pdf": ExportFormat("report.pdf", report_pdf),
    "dxf": ExportFormat("cracks.dxf", cracks_dxf),
}


def export_session(record: SessionRecord, name: str, folder: Path, target: Path | None = None) -> Path:
    """Write a session as `name` of EXPORT_FORMATS to `target`, or under its usual name into `folder`.

    The target may be a folder too.
    """
    chosen = EXPORT_FORMATS[name]
    path = target or folder / chosen.file_name
    if path.is_dir():
        path /= chosen.file_name
    write_atomically(path, chosen.content(record))
    return path
