"""What a person says of a finding."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.severity import SEVERITIES

CONFIRMED, REJECTED, CORRECTED = "confirmed", "rejected", "corrected"
# A crack that the scan has missed; and that a reviewer takes back what he or she has said last.
ADDED, WITHDRAWN = "added", "withdrawn"
VERDICTS = (CONFIRMED, REJECTED, CORRECTED, ADDED, WITHDRAWN)

# Finding of a missed crack that has no number yet.
NEW_FINDING = ""

_FINDING = re.compile(r"M?[1-9][0-9]{0,8}")
_LONGEST_NAME, _LONGEST_NOTE, _MOST_POINTS, _WIDEST_MM, _FARTHEST = 80, 2000, 500, 1000.0, 1e5

Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Verdict:
    """One verdict. Nothing is ever changed: a later one on the same finding counts.

    finding: the number of a crack, or M and a number for one that a reviewer has added. kind: of VERDICTS.
    at_ns: when, by the clock of the machine that stores it. width_mm, severity: as corrected, None and empty
    where the crack's own hold. path: as drawn, surface coordinates in metres, a single point for a place;
    empty where the crack's own holds. judged: the crack's path at that time. photo: number of the crack in
    whose photo the path was drawn.
    """

    finding: str
    kind: str
    reviewer: str
    at_ns: int
    note: str = ""
    width_mm: float | None = None
    severity: str = ""
    path: Line = ()
    judged: Line = ()
    photo: int | None = None


def check_verdict(verdict: Verdict) -> None:
    """Refuse what makes no sense, in one line."""
    problem = _finding_problem(verdict) or _text_problem(verdict) or _figure_problem(verdict)
    if problem:
        raise CrackScannerError(f"verdict on {verdict.finding or 'a missed crack'}: {problem}")


def _finding_problem(verdict: Verdict) -> str:
    if verdict.kind not in VERDICTS:
        return f"kind {verdict.kind!r}; expected one of {', '.join(VERDICTS)}"
    if verdict.kind == ADDED:
        return "a missed crack gets its number when it is added" if verdict.finding != NEW_FINDING else ""
    if not _FINDING.fullmatch(verdict.finding):
        return f"finding {verdict.finding!r}; expected the number of a crack, or M and a number"
    return ""


def _text_problem(verdict: Verdict) -> str:
    name = verdict.reviewer
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        return f"reviewer {name[:40]!r}; expected a name of 1 to {_LONGEST_NAME} characters"
    if len(verdict.note) > _LONGEST_NOTE:
        return f"a note of {len(verdict.note)} characters; expected at most {_LONGEST_NOTE}"
    if "\0" in verdict.note:
        return "a note with a NUL character; expected text"
    return ""


def _figure_problem(verdict: Verdict) -> str:
    path, width = verdict.path, verdict.width_mm
    given = bool(path) or width is not None or bool(verdict.severity)
    if verdict.kind not in (ADDED, CORRECTED) and given:
        return f"a line or a figure with {verdict.kind}; expected them with {CORRECTED} or {ADDED}"
    if width is not None and not 0.0 < width <= _WIDEST_MM:
        return f"a width of {width} mm; expected more than 0 and at most {_WIDEST_MM:g}"
    if verdict.severity and verdict.severity not in SEVERITIES:
        return f"severity {verdict.severity[:40]!r}; expected one of {', '.join(SEVERITIES)}"
    if verdict.kind == ADDED and not path:
        return "no line; expected the points of the crack, or one for its place"
    return _path_problem(path, fewest=1 if verdict.kind == ADDED else 2)


def _path_problem(path: Line, fewest: int) -> str:
    if path and not fewest <= len(path) <= _MOST_POINTS:
        return f"a line of {len(path)} points; expected {fewest} to {_MOST_POINTS}"
    if not all(math.isfinite(value) and abs(value) <= _FARTHEST for point in path for value in point):
        return "a line with points that are nowhere; expected metres on the surface"
    if len(path) > 1 and len(set(path)) < 2:
        return "a line of one and the same point; expected two or more"
    return ""
