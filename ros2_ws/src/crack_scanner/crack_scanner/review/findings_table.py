"""The findings of a session as the review page shows them: plain values for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.photo_layout import PhotoLayout
from crack_scanner.mapping.severity import NOT_MEASURED
from crack_scanner.report.crack_map_sheet import finding_class
from crack_scanner.report.crack_words import unbroken, verdict_text, width_text
from crack_scanner.storage.findings import Finding
from crack_scanner.storage.stamps import iso_minutes
from crack_scanner.storage.verdict import Verdict

Floats = NDArray[np.float64]


def list_row(finding: Finding) -> dict[str, Any]:
    """A line of the list; the path only where the map that the page has does not show it."""
    redrawn = finding.standing is not None and finding.standing.drawn is not None
    return {
        "name": finding.name,
        "verdict": finding.verdict,
        "disputed": finding.standing is not None and finding.standing.disputed,
        "length": unbroken(f"{finding.length * 1e3:.0f} mm"),
        "width": unbroken(width_text(finding)),
        "length_m": finding.length,
        "width_mm": finding.width_max_mm,
        "colour": finding_class(finding).colour,
        "path": finding.path.tolist() if redrawn or finding.found is None else None,
    }


def detail_row(
    finding: Finding, given: list[Verdict], photo: int | None, layout: PhotoLayout | None
) -> dict[str, Any]:
    """Everything about one finding.

    given: all verdicts on it, in order. photo: number of the crack whose photo shows it, None without one.
    """
    standing = finding.standing
    drawn = None if standing is None else standing.drawn
    return {
        "name": finding.name,
        "figures": unbroken(_figures(finding)),
        "said": unbroken(_said(finding)),
        "path": finding.path.tolist(),
        "corrected": {
            "width_mm": None if standing is None else standing.width_mm,
            "severity": "" if standing is None else standing.severity,
            "path": [] if drawn is None else [list(point) for point in drawn.path],
        },
        "history": [unbroken(_history(verdict)) for verdict in given],
        "photo": photo,
        "view": None if layout is None else _view(finding, layout, photo),
        "close_up": photo is not None and layout is not None,
        "profile": layout is not None and layout.profile is not None,
    }


def _figures(finding: Finding) -> str:
    crack = finding.found
    parts = [f"{finding.length * 1e3:.0f} mm long", f"width {width_text(finding)}"]
    if finding.severity != NOT_MEASURED:
        parts.append(finding.severity)
    if crack is not None:
        parts.append(f"probability {crack.probability:.2f} from {crack.observations} looks")
    return "; ".join(parts)


def _said(finding: Finding) -> str:
    standing = finding.standing
    if standing is None:
        return "not reviewed"
    text = f"{verdict_text(finding.verdict)} by {standing.author.reviewer}"
    if standing.last.reviewer != standing.author.reviewer:
        text += f", {verdict_text(standing.last.kind)} by {standing.last.reviewer}"
    if standing.disputed:
        text += "; reviewers disagree, the latest verdict counts"
    if standing.moved:
        text += "; the scan has drawn the crack anew since"
    if finding.found is not None and standing.figures:
        text += f"; found: {finding.found.length * 1e3:.0f} mm, {width_text(finding.found)}"
    return f"{text}; note: {standing.note}" if standing.note else text


def _history(verdict: Verdict) -> str:
    text = f"{iso_minutes(verdict.at_ns)}, {verdict.reviewer}: {verdict_text(verdict.kind)}"
    if verdict.width_mm is not None:
        text += f", {verdict.width_mm:g} mm"
    text += f", {verdict.severity}" if verdict.severity else ""
    text += ", with a line" if len(verdict.path) > 1 else ""
    return f"{text}: {verdict.note}" if verdict.note else text


def _view(finding: Finding, layout: PhotoLayout, photo: int | None) -> dict[str, Any]:
    """The surroundings: size, line as the camera saw it, and the way from its pixels to u, v and back.

    Pixels here are those of the picture shown, counted from its upper left corner, as SVG does.
    """
    area = layout.context
    to_picture = np.array(
        [
            [1 / area.scale, 0.0, area.x - 0.5],
            [0.0, 1 / area.scale, area.y - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )
    to_surface = np.array(layout.surface).reshape(3, 3) @ to_picture
    seen = np.empty((0, 2))
    if finding.found is not None and finding.found.id == photo:
        seen = area.to_part(np.array(layout.line)) + 0.5
    return {
        "width": area.width,
        "height": area.height,
        "seen": seen.tolist(),
        "to_surface": to_surface.tolist(),
        "to_photo": np.linalg.inv(to_surface).tolist(),
    }
