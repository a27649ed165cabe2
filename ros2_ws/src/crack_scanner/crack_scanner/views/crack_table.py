"""The cracks as a table, for the live view."""

from __future__ import annotations

from collections.abc import Sequence

from crack_scanner.mapping.crack import Crack
from crack_scanner.report.crack_words import crack_count, width_text
from crack_scanner.report.statements import NO_SCALE

# The widest are listed; a table of thousands is not read while a robot drives.
_ROWS = 200
_HEAD = (
    "| id | length mm | width | severity | probability | looks | u m | v m |\n"
    "|---:|---:|---:|---|---:|---:|---:|---:|"
)


def crack_table(cracks: Sequence[Crack], scale_known: bool = True) -> str:
    """A table in Markdown, the widest and then the longest first. scale_known: whether mm are mm."""
    ordered = sorted(cracks, key=lambda crack: (-(crack.width_max_mm or 0.0), -crack.length, crack.id))
    rows = [_row(crack) for crack in ordered[:_ROWS]]
    left = len(ordered) - len(rows)
    more = [f"\n{left} more are in the session's files."] if left else []
    scale = "" if scale_known else f"; {NO_SCALE}"
    return "\n".join([f"**{crack_count(len(ordered))}**{scale}\n", _HEAD, *rows, *more])


def _row(crack: Crack) -> str:
    u, v = crack.path[len(crack.path) // 2]
    cells = (
        str(crack.id),
        f"{crack.length * 1e3:.0f}",
        width_text(crack),
        crack.severity,
        f"{crack.probability:.2f}",
        str(crack.observations),
        f"{u:.2f}",
        f"{v:.2f}",
    )
    return f"| {' | '.join(cells)} |"
