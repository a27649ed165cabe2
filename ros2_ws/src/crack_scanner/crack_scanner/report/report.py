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
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.severity import SEVERITIES
from crack_scanner.report import colours
from crack_scanner.report.crack_map_sheet import SHOWN_GAPS, coverage_line, crack_map_svg
from crack_scanner.report.crack_words import width_text
from crack_scanner.report.photos import photo_rows, without_photo
from crack_scanner.report.statements import facts, method, no_cracks, notices
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.stamps import iso_seconds

TEMPLATES = Path(__file__).parent / "templates"


def report_html(record: SessionRecord) -> str:
    """The report of a session; every text from the data is escaped."""
    info, progress, coverage = record.info, record.progress, record.coverage
    return _template().render(
        colours=colours,
        session=info.name,
        robot=info.robot,
        started=_moment(progress.first_stamp_ns),
        finished=_moment(progress.last_stamp_ns),
        notices=notices(record),
        figures=_figures(record),
        # Made by SvgCanvas, which escapes what it is given.
        sheet=Markup(crack_map_svg(record)),
        cracks=[_crack_row(crack, crack.id in record.photos) for crack in record.cracks],
        severities=SEVERITIES,
        script=Markup(_script()),
        script_hash=_script_hash(),
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


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


@lru_cache(maxsize=1)
def _script() -> str:
    """The report's own script, the only one that its content security policy lets run."""
    return (TEMPLATES / "report.js").read_text(encoding="utf-8")


def _script_hash() -> str:
    digest = hashlib.sha256(_script().encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _figures(record: SessionRecord) -> list[dict[str, str]]:
    coverage, progress = record.coverage, record.progress
    length = sum(crack.length for crack in record.cracks)
    longest = max((crack.length for crack in record.cracks), default=0.0)
    resolution = "" if coverage.resolution is None else f"{coverage.resolution * 1e3:.2f} mm per pixel"
    density = f"{length / coverage.scanned:.2f} m/m² scanned" if coverage.scanned else ""
    missing = max(coverage.planned - coverage.scanned, 0.0)
    rows = [
        ("Cracks", f"{len(record.cracks)}", f"longest {longest:.2f} m" if record.cracks else "none found"),
        (
            "Crack length",
            f"{length:.2f} m",
            density,
        ),
        ("Scanned", f"{coverage.percent:.1f} %", f"{coverage.scanned:.2f} of {coverage.planned:.2f} m²"),
        ("Gaps", f"{len(coverage.gaps)}", f"{missing:.2f} m² not scanned"),
        ("Pictures", f"{progress.frames_scored}", resolution),
    ]
    return [{"name": name, "value": value, "note": note} for name, value, note in rows]


def _crack_row(crack: Crack, has_photo: bool) -> dict[str, Any]:
    low_u, low_v, high_u, high_v = crack.extent
    return {
        "id": crack.id,
        "has_photo": has_photo and crack.picture is not None,
        "length_m": crack.length,
        # Those finer than can be measured before those that are not measured at all, both before a number.
        "width_mm": _sortable_width(crack),
        "p": crack.probability,
        "sigma_m": crack.position_sigma,
        "where": f"{low_u:.2f} to {high_u:.2f} m, {low_v:.2f} to {high_v:.2f} m",
        "length": f"{crack.length * 1e3:.0f} mm",
        "width": width_text(crack),
        "colour": colours.crack_class(crack).colour,
        "severity": crack.severity,
        # Evidence is never certainty: "1.000" would say more than is known.
        "probability": f"{crack.probability:.3f}" if crack.probability < 0.9995 else "> 0.999",
        "looks": crack.observations,
        "sigma": f"{crack.position_sigma * 1e3:.0f} mm",
        "status": crack.status,
        "joined": ", ".join(map(str, crack.joined)),
        "first_seen": iso_seconds(crack.first_seen_ns),
        "last_seen": iso_seconds(crack.last_seen_ns),
    }


def _sortable_width(crack: Crack) -> float:
    if crack.width_max_mm is not None:
        return crack.width_max_mm
    return -1.0 if crack.smallest_width_mm is None else 0.0


def _gap_row(gap: Gap) -> dict[str, str]:
    return {
        "area": f"{gap.area:.3f} m²",
        "where": f"{gap.u:.2f} m, {gap.v:.2f} m",
        "extent": f"{gap.width:.2f} x {gap.height:.2f} m",
    }


def _moment(stamp_ns: int | None) -> str:
    return "no picture" if stamp_ns is None else iso_seconds(stamp_ns)
