"""All files of a finished session."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.report.crack_map_sheet import coverage_png, crack_map_png
from crack_scanner.report.report import report_html
from crack_scanner.report.session_export import EXPORT_FORMATS
from crack_scanner.storage.atomic_file import write_atomically, write_together
from crack_scanner.storage.exports import cracks_csv, cracks_geojson, picture_name
from crack_scanner.storage.replacing import replace_together
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.session_folder import EXPORTS, PICTURES, SUMMARY, TRUTH, make_folder
from crack_scanner.storage.summary import session_summary

# In the order of writing. The summary is written after them: where it is, the others are complete.
_FILES: dict[str, Callable[[SessionRecord], str | bytes]] = {
    "cracks.geojson": lambda record: cracks_geojson(record.findings, record.photos),
    "cracks.csv": lambda record: cracks_csv(record.findings, record.photos),
    "coverage.png": coverage_png,
    "crack_map.png": crack_map_png,
    "report.html": report_html,
}


def renew_session(out: Path, record: SessionRecord) -> bool:
    """Write the files of a finished session anew after a review; False if it has none.

    They are replaced as one, see storage.replacing. What only the scan knew stays in the summary.
    What was exported beside them under its usual name is written anew too.
    """
    try:
        before = json.loads((out / SUMMARY).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise CrackScannerError(f"{out / SUMMARY} cannot be read ({error}): remove it") from error
    exports = {form.file_name: form.content for form in EXPORT_FORMATS.values() if form.file_name in EXPORTS}
    exported = {name: make for name, make in exports.items() if (out / name).is_file()}
    contents = {name: make(record) for name, make in (_FILES | exported).items()}
    summary = before | session_summary(record, str(out))
    replace_together(out, contents | {SUMMARY: _summary_text(summary)})
    return True


def write_session(
    out: Path, record: SessionRecord, findings: Mapping[str, Any] | None = None, truth: str | None = None
) -> dict[str, Any]:
    """Write every file of the session into its folder, summary.json last; returns the summary.

    findings: more entries for the summary, JSON values. truth: GeoJSON of the cracks really there.
    """
    contents = {out / name: make(record) for name, make in _FILES.items()}
    write_together(contents if truth is None else {out / TRUTH: truth, **contents})
    if record.photos:
        make_folder(out / PICTURES)
    for crack_id, photo in record.photos.items():
        write_atomically(out / picture_name(crack_id), photo.context)
    summary = session_summary(record, str(out)) | dict(findings or {})
    write_atomically(out / SUMMARY, _summary_text(summary))
    return summary


def _summary_text(summary: Mapping[str, Any]) -> str:
    return json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
