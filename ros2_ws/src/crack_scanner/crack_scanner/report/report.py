"""report.html: one file with nothing to fetch, for whoever decides what to do about the cracks."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from crack_scanner.mapping.coverage import Gap
from crack_scanner.mapping.severity import SEVERITIES
from crack_scanner.report import colours
from crack_scanner.report.crack_map_sheet import SHOWN_GAPS, coverage_line, crack_map_svg, finding_class
from crack_scanner.report.crack_words import judged_text, unbroken, verdict_text, width_text
from crack_scanner.report.photos import photo_rows, without_photo
from crack_scanner.report.statements import (
    facts,
    method,
    no_cracks,
    notices,
    review_line,
    smallest_width,
)
from crack_scanner.storage.findings import Finding, ReviewCounts
from crack_scanner.storage.session import ScanProgress, SessionRecord
from crack_scanner.storage.stamps import has_date, moment

TEMPLATES = Path(__file__).parent / "templates"


def report_html(record: SessionRecord) -> str:
    """The report of a session; every text from the data is escaped."""
    info, progress, coverage = record.info, record.progress, record.coverage
    return _template().render(
        session=info.name,
        robot=info.robot,
        structure=info.structure,
        period=_period(progress),
        notices=notices(record),
        figures=_figures(record),
        # Made by SvgCanvas, which escapes what it is given.
        sheet=Markup(crack_map_svg(record)),
        cracks=[_crack_row(finding, _has_photo(finding, record)) for finding in record.findings],
        severities=SEVERITIES,
        verdicts=sorted({verdict_text(finding.verdict) for finding in record.findings}),
        review=review_line(record),
        style=Markup(_style()),
        script=Markup(_script()),
        policy=report_policy(),
        photos=photo_rows(record),
        without_photo=without_photo(record),
        no_cracks=no_cracks(record),
        coverage=coverage_line(coverage),
        gaps=[_gap_row(gap) for gap in coverage.gaps[:SHOWN_GAPS]],
        more_gaps=max(0, len(coverage.gaps) - SHOWN_GAPS),
        facts=facts(record),
        method=method(record),
        settings=[(name, str(value)) for name, value in sorted(info.settings.items())],
    )


def report_policy() -> str:
    """The content security policy of the report: its own style sheet and script count, nothing is fetched."""
    return (
        f"default-src 'none'; style-src '{_hash(_style())}'; script-src '{_hash(_script())}'; img-src data:"
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Markup is drawn, or never breaks.
        finalize=lambda value: unbroken(value) if type(value) is str else value,
    )
    return environment.get_template("report.html.j2")


@lru_cache(maxsize=1)
def _style() -> str:
    """The report's own style sheet, the only one that its content security policy lets count."""
    return colours.css_colours() + (TEMPLATES / "report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _script() -> str:
    """The report's own script, the only one that its content security policy lets run."""
    return (TEMPLATES / "report.js").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _figures(record: SessionRecord) -> list[dict[str, str]]:
    coverage, progress, counts = record.coverage, record.progress, ReviewCounts.of(record.findings)
    longest = max((one.length for one in record.findings if not one.rejected), default=0.0)
    resolution = "" if coverage.resolution is None else f"{coverage.resolution * 1e3:.2f} mm per pixel"
    density = f"{counts.standing_length / coverage.scanned:.2f} m/m² scanned" if coverage.scanned else ""
    missing = max(coverage.planned - coverage.scanned, 0.0)
    none = "all rejected" if counts.rejected else "none found"
    rows = [
        ("Cracks", f"{counts.standing}", f"longest {longest:.2f} m" if counts.standing else none),
        ("Crack length", f"{counts.standing_length:.2f} m", density),
        ("Smallest claimable width", *smallest_width(record)),
        ("Reviewed", f"{counts.given} of {len(record.findings)}", _verdict_counts(counts)),
        ("Scanned", f"{coverage.percent:.1f} %", f"{coverage.scanned:.2f} of {coverage.planned:.2f} m²"),
        ("Gaps", f"{len(coverage.gaps)}", f"{missing:.2f} m² not scanned"),
        ("Pictures", f"{progress.frames_scored}", resolution),
    ]
    return [{"name": name, "value": value, "note": note} for name, value, note in rows]


def _verdict_counts(counts: ReviewCounts) -> str:
    said = [
        (counts.confirmed, "confirmed"),
        (counts.corrected, "corrected"),
        (counts.added, "added by hand"),
        (counts.rejected, "rejected"),
    ]
    return ", ".join(f"{count} {word}" for count, word in said if count) or "no verdict yet"


def _has_photo(finding: Finding, record: SessionRecord) -> bool:
    crack = finding.found
    return crack is not None and crack.picture is not None and crack.id in record.photos


def _crack_row(finding: Finding, has_photo: bool) -> dict[str, Any]:
    low, high = finding.path.min(axis=0), finding.path.max(axis=0)
    row = {
        "id": finding.name,
        "has_photo": has_photo,
        "length_m": finding.length,
        # Those finer than can be measured before those that are not measured at all, both before a number.
        "width_mm": _sortable_width(finding),
        "where": f"{low[0]:.2f} to {high[0]:.2f} m, {low[1]:.2f} to {high[1]:.2f} m",
        "length": f"{finding.length * 1e3:.0f} mm",
        "width": width_text(finding),
        "colour": finding_class(finding).colour,
        "severity": finding.severity,
        **_verdict(finding),
    }
    return row | _found(finding)


def _verdict(finding: Finding) -> dict[str, Any]:
    """What people have said of a finding, for its row."""
    standing = finding.standing
    values = {"verdict": verdict_text(finding.verdict), "rejected": finding.rejected, "said": "", "note": ""}
    if standing is None:
        return values
    said = judged_text(standing)
    said += "; reviewers disagree" if standing.disputed else ""
    said += "; drawn anew since" if standing.moved else ""
    if finding.found is not None and standing.figures:
        said += f"; found: {finding.found.length * 1e3:.0f} mm, {width_text(finding.found)}"
    return values | {"said": said, "note": standing.note}


def _found(finding: Finding) -> dict[str, Any]:
    """What the scan knows of a finding, for its row; nothing of one that a reviewer has added."""
    crack = finding.found
    if crack is None:
        words = dict.fromkeys(("probability", "sigma", "status", "joined", "first_seen", "last_seen"), "")
        return {**words, "p": 1.0, "looks": 0, "looks_text": "", "sigma_m": 0.0}
    return {
        "p": crack.probability,
        "sigma_m": crack.position_sigma,
        # Evidence is never certainty: "1.000" would say more than is known.
        "probability": f"{crack.probability:.3f}" if crack.probability < 0.9995 else "> 0.999",
        "looks": crack.observations,
        "looks_text": str(crack.observations),
        "sigma": f"{crack.position_sigma * 1e3:.0f} mm",
        "status": crack.status,
        "joined": ", ".join(map(str, crack.joined)),
        "first_seen": moment(crack.first_seen_ns),
        "last_seen": moment(crack.last_seen_ns),
    }


def _sortable_width(finding: Finding) -> float:
    if finding.width_max_mm is not None:
        return finding.width_max_mm
    return -1.0 if finding.smallest_width_mm is None else 0.0


def _gap_row(gap: Gap) -> dict[str, str]:
    return {
        "area": f"{gap.area:.3f} m²",
        "where": f"{gap.u:.2f} m, {gap.v:.2f} m",
        "extent": f"{gap.width:.2f} x {gap.height:.2f} m",
    }


def _period(progress: ScanProgress) -> str:
    first, last = progress.first_stamp_ns, progress.last_stamp_ns
    if first is None or last is None:
        return "no picture"
    own = "" if has_date(first) else " of the source's own time"
    return f"{moment(first)} to {moment(last)}{own}"
