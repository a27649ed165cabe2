"""Cracks as GeoJSON, CSV and JSON: equal cracks give equal bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Sequence
from typing import Any

from crack_scanner.storage.findings import Finding
from crack_scanner.storage.stamps import iso_time

# Names and order of a crack's properties in every export.
PROPERTIES = (
    "id",
    "length_mm",
    "width_max_mm",
    "width_mean_mm",
    "width_sigma_mm",
    "smallest_width_mm",
    "position_sigma_mm",
    "probability",
    "observations",
    "severity",
    "status",
    "first_seen",
    "last_seen",
    "picture",
    "verdict",
    "reviewer",
    "reviewed",
    "note",
    "disputed",
    "found_length_mm",
    "found_width_max_mm",
    "found_severity",
    "scale_known",
)


def crack_properties(finding: Finding, photos: Collection[int] = ()) -> dict[str, Any]:
    """The exported properties of one crack; lengths to 0.1 mm, widths to 0.01 mm, None if not measured.

    photos: ids of the cracks whose photos are written with the session; of any other `picture` is None.
    A greatest width that is None is less than smallest_width_mm, where that is known. Where scale_known is
    False, what the scan has measured is given as if a pixel were 1 mm.
    Length, greatest width and severity are those that a reviewer has given, where one has; what the scan had
    found instead then follows as found_...
    """
    return dict.fromkeys(PROPERTIES) | _figures(finding, photos) | _said(finding)


def _figures(finding: Finding, photos: Collection[int]) -> dict[str, Any]:
    crack = finding.found
    figures = {
        "id": finding.name if crack is None else crack.id,
        "length_mm": rounded(finding.length * 1e3, 1),
        "width_max_mm": rounded(finding.width_max_mm, 2),
        "width_sigma_mm": rounded(finding.width_sigma_mm, 2),
        "smallest_width_mm": rounded(finding.smallest_width_mm, 2),
        "severity": finding.severity,
        "scale_known": finding.scale_known,
    }
    if crack is None:
        return figures
    return figures | {
        "width_mean_mm": rounded(crack.width_mean_mm, 2),
        "position_sigma_mm": rounded(crack.position_sigma * 1e3, 1),
        "probability": rounded(crack.probability, 4),
        "observations": crack.observations,
        "status": crack.status,
        "first_seen": iso_time(crack.first_seen_ns),
        "last_seen": iso_time(crack.last_seen_ns),
        "picture": picture_name(crack.id) if crack.id in photos else None,
    }


def _said(finding: Finding) -> dict[str, Any]:
    """What people have said of it."""
    crack, standing = finding.found, finding.standing
    if standing is None:
        return {}
    corrected = crack is not None and bool(standing.figures)
    return {
        "verdict": finding.verdict,
        "reviewer": standing.author.reviewer,
        "reviewed": iso_time(standing.author.at_ns),
        "note": standing.note or None,
        "disputed": standing.disputed,
        "found_length_mm": rounded(crack.length * 1e3, 1) if crack and corrected else None,
        "found_width_max_mm": rounded(crack.width_max_mm, 2) if crack and corrected else None,
        "found_severity": crack.severity if crack and corrected else None,
    }


def picture_name(crack_id: int) -> str:
    """Where a crack's best picture is, in the folder of a finished session."""
    return f"pictures/crack_{crack_id}.jpg"


def cracks_geojson(findings: Sequence[Finding], photos: Collection[int] = ()) -> str:
    """A FeatureCollection in surface coordinates u, v: metres, to 0.1 mm.

    LineStrings, and a Point for a place that a reviewer has marked without drawing a line.
    """
    features = [
        {
            "type": "Feature",
            "id": properties["id"],
            "properties": properties,
            "geometry": _geometry(finding),
        }
        for finding in findings
        for properties in [crack_properties(finding, photos)]
    ]
    # Not a place on earth, so nobody should read the numbers as longitude and latitude.
    unit = "metres" if all(one.scale_known for one in findings) else "thousands of pixels"
    note = f"surface coordinates in {unit}: u to the right, v up, from the first corner of the surface"
    return rows_as_json({"type": "FeatureCollection", "coordinate_note": note}, "features", features)


def cracks_csv(findings: Sequence[Finding], photos: Collection[int] = ()) -> str:
    """One row a crack: its properties and the two ends of its path in metres."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*PROPERTIES, "start_u_m", "start_v_m", "end_u_m", "end_v_m"])
    for finding in findings:
        properties = crack_properties(finding, photos)
        points = _coordinates(finding)
        values = [properties[name] for name in PROPERTIES]
        writer.writerow([table_field(value) for value in [*values, *points[0], *points[-1]]])
    return text.getvalue()


def cracks_json(findings: Sequence[Finding], session: dict[str, Any], photos: Collection[int] = ()) -> str:
    """One object: the session's summary and a list of cracks with their paths in metres."""
    rows = [{**crack_properties(finding, photos), "path_m": _coordinates(finding)} for finding in findings]
    return rows_as_json({"session": session}, "cracks", rows)


def table_field(value: Any) -> Any:
    """A value as it stands in a table: empty for none, and never one that a spreadsheet computes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value[:1] in "=+-@\t\r":
        return f"'{value}"
    return "" if value is None else value


def _geometry(finding: Finding) -> dict[str, Any]:
    points = _coordinates(finding)
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "LineString", "coordinates": points}


def _coordinates(finding: Finding) -> list[list[float]]:
    # Adding zero turns the -0.0 of a rounded small negative number into 0.0.
    return [[round(u, 4) + 0.0, round(v, 4) + 0.0] for u, v in finding.path.tolist()]


def rounded(value: float | None, digits: int) -> float | None:
    """A number to so many decimals, never -0.0; None stays None."""
    return None if value is None else round(float(value), digits) + 0.0


def rows_as_json(head: dict[str, Any], name: str, rows: list[dict[str, Any]]) -> str:
    """An object of `head` and, as its last entry, a list with one line a row: easy to read and to diff."""
    entries = [f"{_line(key)}: {_line(value)}" for key, value in head.items()]
    listed = ",\n".join(map(_line, rows))
    entries.append(f"{_line(name)}: [{chr(10) if rows else ''}{listed}]")
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
