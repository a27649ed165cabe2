"""Two maps of one surface over each other, to see how one is off the other."""

from __future__ import annotations

from crack_scanner.report.canvas import PictureCanvas
from crack_scanner.report.colours import CrackClass
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

# The kept line is wide and light, the new one thin and dark on top of it: where they agree both are seen.
KEPT = CrackClass("golden", "#e69f00")
FOUND = CrackClass("found now", "#0072b2")
_KEPT_WIDTH, _FOUND_WIDTH = 9, 3


def golden_png(kept: SessionRecord, found: SessionRecord, figures: str) -> bytes:
    """The cracks of both, on the coverage of the new one. figures: the line below the title."""
    surface = found.info.surface
    sheet = Sheet.of(surface.width, surface.height, 1)
    canvas = PictureCanvas(*sheet.size)
    draw_title(canvas, f"Golden cracks of {found.info.name}, and those found now", figures)
    draw_coverage(canvas, sheet, found.coverage)
    draw_axes(canvas, sheet)
    for record, kind, width in ((kept, KEPT, _KEPT_WIDTH), (found, FOUND, _FOUND_WIDTH)):
        for crack in record.cracks:
            canvas.line(sheet.pixels(crack.path), kind.colour, width)
    number_paths(canvas, [(sheet.pixels(crack.path), str(crack.id)) for crack in found.cracks])
    draw_scale_bar(canvas, sheet)
    draw_legend(canvas, sheet, [LegendEntry(kind.colour, kind.name, True) for kind in (KEPT, FOUND)])
    return canvas.png()
