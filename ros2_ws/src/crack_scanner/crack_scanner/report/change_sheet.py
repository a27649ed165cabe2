"""The changes between two sessions as a picture to scale."""

from __future__ import annotations

from crack_scanner.mapping.change import NEW, Change, Comparison
from crack_scanner.report.canvas import PictureCanvas
from crack_scanner.report.colours import CHANGE_CLASSES, COVERAGE_COLOURS, COVERAGE_NAMES
from crack_scanner.report.crack_map_sheet import number_paths
from crack_scanner.report.sheet import (
    LegendEntry,
    Sheet,
    draw_axes,
    draw_coverage,
    draw_legend,
    draw_scale_bar,
    draw_title,
)
from crack_scanner.storage.session import SessionRecord


def changes_png(old: SessionRecord, new: SessionRecord, comparison: Comparison) -> bytes:
    """Cracks coloured by what became of them, on the coverage of the new session."""
    entries = [LegendEntry(kind.colour, kind.name, True) for kind in CHANGE_CLASSES.values()]
    entries += [
        LegendEntry(COVERAGE_COLOURS[state], f"{COVERAGE_NAMES[state]} by the new session", False)
        for state in (2, 1, 0)
    ]
    surface = old.info.surface
    sheet = Sheet.of(surface.width, surface.height, (len(entries) + 1) // 2)
    canvas = PictureCanvas(*sheet.size)
    draw_title(canvas, f"Changes from {old.info.name} to {new.info.name}", _counts(comparison))
    draw_coverage(canvas, sheet, new.coverage)
    draw_axes(canvas, sheet)
    for change in comparison.changes:
        canvas.line(sheet.pixels(change.path), CHANGE_CLASSES[change.status].colour, 4)
    number_paths(canvas, [(sheet.pixels(change.path), _name(change)) for change in comparison.changes])
    draw_scale_bar(canvas, sheet)
    draw_legend(canvas, sheet, entries)
    return canvas.png()


def _counts(comparison: Comparison) -> str:
    found = [change.status for change in comparison.changes]
    doubt = (
        ""
        if comparison.fits
        else f"NOT RELIABLE, only {comparison.correction.matched:.1f} of {comparison.comparable:.1f} m fit: "
    )
    unseen = sum(not change.seen_before for change in comparison.changes)
    more = {NEW: f" ({unseen} where the old session had not looked)"} if unseen else {}
    counts = ", ".join(f"{found.count(status)} {status}{more.get(status, '')}" for status in CHANGE_CLASSES)
    return f"{doubt}{counts}; labels: old id > new id"


def _name(change: Change) -> str:
    old, new = ("+".join(map(str, ids)) or "none" for ids in (change.old, change.new))
    return old if old == new else f"{old} > {new}"
