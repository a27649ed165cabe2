"""One review: the session as it was scanned, and the verdicts as they come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack_pictures import KeptPhoto
from crack_scanner.mapping.severity import GuideValue
from crack_scanner.review.findings_table import detail_row, list_row
from crack_scanner.storage.findings import Finding
from crack_scanner.storage.review import as_line, can_withdraw
from crack_scanner.storage.review_desk import ReviewDesk
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.verdict import ADDED, CORRECTED, WITHDRAWN, Line, Verdict

# Metres beyond the surface's edge at which a line may begin.
_MARGIN = 0.5


@dataclass(frozen=True)
class SessionReview:
    """What the page asks for; to be called from several threads at a time.

    record: without photos, which are asked for when they are needed, as the newest verdicts are.
    """

    record: SessionRecord
    desk: ReviewDesk

    def now(self) -> SessionRecord:
        """The session with all verdicts up to now."""
        return replace(self.record, verdicts=self.desk.verdicts())

    def rows(self) -> list[dict[str, Any]]:
        """All findings as lines of a list."""
        return [list_row(finding) for finding in self.now().findings]

    def detail(self, name: str) -> dict[str, Any] | None:
        """Everything about one finding; None if there is none of that name."""
        record = self.now()
        finding = _named(record, name)
        if finding is None:
            return None
        photo = _photo_number(finding)
        kept = None if photo is None else self.photo(photo)
        given = [verdict for verdict in record.verdicts if verdict.finding == name]
        return detail_row(
            finding, given, None if kept is None else photo, None if kept is None else kept.layout
        )

    def photo(self, number: int) -> KeptPhoto | None:
        """The photo of crack `number`, if there is one."""
        # A number that no crack can have is no question to a database.
        return self.desk.photo(number) if any(crack.id == number for crack in self.record.cracks) else None

    def give(self, said: Mapping[str, Any], at_ns: int) -> tuple[str, dict[str, Any] | None]:
        """Store what the page sends as a verdict; returns the finding's name and line, None if it is gone."""
        verdict = _verdict(said, at_ns)
        if verdict.kind != ADDED:
            finding = _named(self.now(), verdict.finding)
            if finding is None:
                raise CrackScannerError(f"there is no finding {verdict.finding[:20]!r}: load the page again")
            self._check_withdrawal(verdict)
            # What the scan has drawn, to tell whether it draws it anew: not what a reviewer has.
            drawn = finding.path if finding.found is None else finding.found.path
            verdict = replace(verdict, judged=as_line(drawn))
        self._check_place(verdict.path)
        stored = self.desk.add(self._rated(verdict))
        finding = _named(self.now(), stored.finding)
        return stored.finding, None if finding is None else list_row(finding)

    def _check_withdrawal(self, verdict: Verdict) -> None:
        given = [one for one in self.desk.verdicts() if one.finding == verdict.finding]
        if verdict.kind == WITHDRAWN and not can_withdraw(given, verdict.reviewer):
            raise CrackScannerError(
                f"{verdict.reviewer} has said nothing of crack {verdict.finding}: nothing can be taken back"
            )

    def _check_place(self, path: Line) -> None:
        surface = self.record.info.surface
        for u, v in path:
            if not (-_MARGIN <= u <= surface.width + _MARGIN and -_MARGIN <= v <= surface.height + _MARGIN):
                raise CrackScannerError(
                    f"the point {u:g}, {v:g} is off the surface of {surface.width:g} x {surface.height:g} m"
                )

    def _rated(self, verdict: Verdict) -> Verdict:
        """With the severity of its width, where the reviewer leaves that to the session's guide value."""
        if verdict.kind not in (ADDED, CORRECTED) or verdict.width_mm is None or verdict.severity:
            return verdict
        guide = GuideValue.of_text(str(self.record.info.settings.get("guide_value")))
        if guide is None:
            return verdict
        return replace(verdict, severity=guide.severity(verdict.width_mm, None))


def _named(record: SessionRecord, name: str) -> Finding | None:
    return next((finding for finding in record.findings if finding.name == name), None)


def _photo_number(finding: Finding) -> int | None:
    """The crack whose photo shows a finding: its own, or the one on which it was drawn."""
    if finding.found is not None:
        return finding.found.id if finding.found.picture is not None else None
    drawn = None if finding.standing is None else finding.standing.drawn
    return None if drawn is None else drawn.photo


def _verdict(said: Mapping[str, Any], at_ns: int) -> Verdict:
    """A verdict of what the page has sent, with everything of the right type."""
    texts = {name: said.get(name, "") for name in ("finding", "kind", "reviewer", "note", "severity")}
    width, photo, path = said.get("width_mm"), said.get("photo"), said.get("path", [])
    proper = all(isinstance(text, str) for text in texts.values())
    proper = proper and (width is None or _is_number(width)) and (photo is None or type(photo) is int)
    if not proper or not isinstance(path, list) or not all(_is_point(point) for point in path):
        raise CrackScannerError("this is no verdict: load the page again")
    line = tuple((float(u), float(v)) for u, v in path)
    return Verdict(
        **{name: text.strip() for name, text in texts.items()},
        at_ns=at_ns,
        width_mm=None if width is None else float(width),
        path=line,
        photo=photo if line else None,
    )


def _is_point(point: object) -> bool:
    return isinstance(point, list) and len(point) == 2 and all(map(_is_number, point))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
