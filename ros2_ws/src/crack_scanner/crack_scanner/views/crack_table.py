"""Cracks in words: the label beside one, and a table of all."""

from __future__ import annotations

from collections.abc import Sequence

from crack_scanner.mapping.crack import Crack

# The widest are listed; a table of thousands is not read while a robot drives.
_ROWS = 200
_HEAD = (
    "| id | length mm | width mm | severity | probability | looks | u m | v m |\n"
    "|---:|---:|---:|---|---:|---:|---:|---:|"
)


def crack_width(crack: Crack) -> str:
    """The greatest width in mm with its sigma, "< x" where only a limit can be claimed, "-" without any."""
    if crack.width_max_mm is not None:
        sigma = "" if crack.width_sigma_mm is None else f" ± {crack.width_sigma_mm:.2f}"
        return f"{crack.width_max_mm:.2f}{sigma}"
    return "-" if crack.smallest_width_mm is None else f"< {crack.smallest_width_mm:.2f}"


def crack_label(crack: Crack) -> str:
    """What stands beside a crack: id, length and width."""
    width = crack_width(crack).partition(" ±")[0]
    return f"{crack.id}: {crack.length * 1e3:.0f} mm" + ("" if width == "-" else f", {width} mm wide")


def crack_table(cracks: Sequence[Crack]) -> str:
    """A table in Markdown, the widest and then the longest first."""
    ordered = sorted(cracks, key=lambda crack: (-(crack.width_max_mm or 0.0), -crack.length, crack.id))
    rows = [_row(crack) for crack in ordered[:_ROWS]]
    left = len(ordered) - len(rows)
    more = [f"\n{left} more are in the session's files."] if left else []
    return "\n".join([f"**{len(ordered)} cracks**\n", _HEAD, *rows, *more])


def _row(crack: Crack) -> str:
    u, v = crack.path[len(crack.path) // 2]
    cells = (
        str(crack.id),
        f"{crack.length * 1e3:.0f}",
        crack_width(crack),
        crack.severity,
        f"{crack.probability:.2f}",
        str(crack.observations),
        f"{u:.2f}",
        f"{v:.2f}",
    )
    return f"| {' | '.join(cells)} |"
