"""The sheets of a session: its crack map and its coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.coverage import Coverage
from crack_scanner.mapping.polyline import along, path_length
from crack_scanner.report.canvas import Canvas, Label, PictureCanvas, SvgCanvas
from crack_scanner.report.colours import (
    COVERAGE_COLOURS,
    COVERAGE_NAMES,
    CRACK_CLASSES,
    FAINT_INK,
    INK,
    NO_CRACK,
    UNSURE,
    CrackClass,
    crack_class,
)
from crack_scanner.report.crack_words import verdict_text
from crack_scanner.report.sheet import (
    TEXT,
    LegendEntry,
    Sheet,
    draw_axes,
    draw_coverage,
    draw_legend,
    draw_scale_bar,
    draw_title,
)
from crack_scanner.report.statements import NO_SCALE
from crack_scanner.storage.findings import Finding, ReviewCounts
from crack_scanner.storage.session import SessionRecord

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

# Gaps that get a number in the coverage picture and a row in the report.
SHOWN_GAPS = 20


def crack_map_png(record: SessionRecord) -> bytes:
    """crack_map.png."""
    sheet, entries = _crack_sheet(record)
    canvas = PictureCanvas(*sheet.size)
    _draw_crack_map(canvas, sheet, record, entries)
    return canvas.png()


def crack_map_svg(record: SessionRecord, with_legend: bool = True) -> str:
    """The same as an SVG element; each crack links to its row `crack-ID`."""
    sheet, entries = _crack_sheet(record)
    if not with_legend:
        sheet, entries = replace(sheet, legend_rows=0), []
    canvas = SvgCanvas(*sheet.size, title=f"Crack map of {record.info.name}")
    _draw_crack_map(canvas, sheet, record, entries)
    return canvas.markup()


def crack_map_sheet(record: SessionRecord) -> Sheet:
    """Where the surface lies on crack_map_png and crack_map_svg."""
    return _crack_sheet(record)[0]


def crack_map_legend(record: SessionRecord) -> list[LegendEntry]:
    """What the colours of crack_map_svg mean."""
    return _crack_sheet(record)[1]


def coverage_png(record: SessionRecord) -> bytes:
    """coverage.png."""
    entries = _coverage_entries()
    sheet = Sheet.of(record.info.surface.width, record.info.surface.height, _rows(entries))
    canvas = PictureCanvas(*sheet.size)
    draw_title(canvas, f"Coverage: {record.info.name}", coverage_line(record.coverage) + _scale_line(record))
    draw_coverage(canvas, sheet, record.coverage)
    draw_axes(canvas, sheet)
    for crack in record.cracks:
        canvas.line(sheet.pixels(crack.path), FAINT_INK, 2)
    _number_gaps(canvas, sheet, record.coverage)
    draw_scale_bar(canvas, sheet)
    draw_legend(canvas, sheet, entries)
    return canvas.png()


def coverage_line(coverage: Coverage) -> str:
    """Coverage in one line."""
    return (
        f"{coverage.scanned:.2f} of {coverage.planned:.2f} m² scanned ({coverage.percent:.1f} %), "
        f"{coverage.not_good_enough:.2f} m² seen but not good enough, gaps: {len(coverage.gaps)}"
    )


def _scale_line(record: SessionRecord) -> str:
    return "" if record.info.scale_known else f"; {NO_SCALE}"


def crack_line(findings: Sequence[Finding]) -> str:
    """The cracks in one line."""
    counts = ReviewCounts.of(findings)
    if not counts.standing:
        return f"all {counts.rejected} rejected" if counts.rejected else "no crack found in what was scanned"
    rejected = f"; {counts.rejected} rejected" if counts.rejected else ""
    noun = "crack" if counts.standing == 1 else "cracks"
    added = f" ({counts.added} added by hand)" if counts.added else ""
    return f"{counts.standing} {noun}{added}, {counts.standing_length:.2f} m in all{rejected}"


def finding_class(finding: Finding) -> CrackClass:
    """How a finding is drawn and named."""
    return NO_CRACK if finding.rejected else crack_class(finding)


def _crack_sheet(record: SessionRecord) -> tuple[Sheet, list[LegendEntry]]:
    present = {finding_class(finding) for finding in record.findings}
    classes = [kind for kind in (*CRACK_CLASSES.values(), UNSURE, NO_CRACK) if kind in present]
    entries = [LegendEntry(kind.colour, kind.name, True) for kind in classes] + _coverage_entries()
    surface = record.info.surface
    return Sheet.of(surface.width, surface.height, _rows(entries)), entries


def _coverage_entries() -> list[LegendEntry]:
    return [LegendEntry(COVERAGE_COLOURS[state], COVERAGE_NAMES[state], False) for state in (2, 1, 0)]


def _rows(entries: list[LegendEntry]) -> int:
    return (len(entries) + 1) // 2


def _draw_crack_map(canvas: Canvas, sheet: Sheet, record: SessionRecord, entries: list[LegendEntry]) -> None:
    interrupted = "" if record.progress.complete else " (interrupted scan)"
    draw_title(
        canvas,
        f"Crack map: {record.info.name}{interrupted}",
        f"{crack_line(record.findings)}; {record.coverage.percent:.1f} % of the surface scanned"
        f"{_scale_line(record)}",
    )
    draw_coverage(canvas, sheet, record.coverage)
    draw_axes(canvas, sheet)
    for finding in sorted(record.findings, key=lambda one: not one.rejected):
        title = f"crack {finding.name}: {finding.length * 1e3:.0f} mm, {_state(finding)}"
        width = 2 if finding.rejected else 4
        line = drawable(sheet.pixels(finding.path))
        canvas.line(line, finding_class(finding).colour, width, title, f"crack-{finding.name}")
    number_paths(canvas, [(drawable(sheet.pixels(one.path)), one.name) for one in record.findings])
    draw_scale_bar(canvas, sheet)
    draw_legend(canvas, sheet, entries)


def drawable(path: Floats) -> Floats:
    """A path (N, 2) in pixels; a place without a line becomes a short one."""
    return path if len(path) > 1 else np.add(path, [[-4.0, 0.0], [4.0, 0.0]])


def _state(finding: Finding) -> str:
    if finding.verdict:
        return verdict_text(finding.verdict)
    return f"probability {finding.probability:.2f}"


def number_paths(canvas: Canvas, paths: list[tuple[Floats, str]]) -> None:
    """Names beside paths (N, 2) in pixels, the longest first; none where there is no room left for it."""
    taken: list[Box] = []
    for path, name in sorted(paths, key=lambda one: -path_length(one[0])):
        labels = [Label(x, y, name, TEXT, INK, "middle", halo=True) for x, y in _label_places(path, name)]
        label = next((one for one in labels if not any(_meet(one.box, box) for box in taken)), None)
        if label is not None:
            taken.append(label.box)
            canvas.label(label)


def _label_places(path: Floats, name: str) -> list[tuple[float, float]]:
    """Places beside the path for its number, best first."""
    at = along(path)
    places: list[tuple[float, float]] = []
    for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.0, 1.0):
        before, here, after = (
            np.array([np.interp(s * at[-1], at, path[:, axis]) for axis in (0, 1)])
            for s in (share - 0.02, share, share + 0.02)
        )
        step = after - before
        normal = np.array([step[1], -step[0]]) / max(float(np.linalg.norm(step)), 1e-9)
        # Far enough that the box of the text clears the line, whichever way the line runs.
        distance = 10 + 0.3 * TEXT * len(name) * abs(normal[0]) + 0.4 * TEXT * abs(normal[1])
        for side in (distance, -distance):
            places.append((float(here[0] + side * normal[0]), float(here[1] + side * normal[1] + 6)))
    return places


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _number_gaps(canvas: Canvas, sheet: Sheet, coverage: Coverage) -> None:
    for number, gap in enumerate(coverage.gaps[:SHOWN_GAPS], start=1):
        x, y = sheet.pixels(np.array([[gap.u, gap.v]]))[0]
        canvas.label(Label(x, y + 6, f"gap {number}", TEXT, INK, "middle", halo=True))
