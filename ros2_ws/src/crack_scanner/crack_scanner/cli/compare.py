"""What has changed between two sessions of one surface: `crack_scanner compare`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

HELP = "what has changed between two sessions of one surface: new, grown, static, repaired, not covered"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument(
        "old", metavar="DIR_OLD", help="folder of the earlier session, or URL#NUMBER, FILE#NUMBER"
    )
    parser.add_argument("new", metavar="DIR_NEW", help="folder of the later session, or the like")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for changes.csv, changes.geojson and changes.png"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Compare two stored sessions and say what is different."""
    from crack_scanner.mapping.change import Survey, compare
    from crack_scanner.report.change_files import check_comparable, write_changes
    from crack_scanner.storage.change_exports import comparison_summary
    from crack_scanner.storage.scan_store import open_stored

    old, new = (open_stored(place).record() for place in (args.old, args.new))
    check_comparable(old, new)
    comparison = compare(Survey(old.cracks, old.coverage), Survey(new.cracks, new.coverage))
    summary = {
        "old": old.info.name,
        "new_session": new.info.name,
        "scale_known_old": old.info.scale_known,
        "scale_known_new": new.info.scale_known,
        **comparison_summary(comparison),
    }
    for line in describe(summary):
        args.output.say(line)
    if args.out is not None:
        write_changes(args.out, old, new, comparison)
        args.output.say(f"files: {args.out}")
    return summary


def describe(summary: dict[str, Any]) -> list[str]:
    """The changes as lines for people."""
    from crack_scanner.report.statements import NO_SCALE

    counts = ", ".join(
        f"{summary[name]} {name.replace('_', ' ')}"
        for name in ("new", "grown", "static", "repaired", "not_covered")
    )
    lines = [f"{summary['old']} to {summary['new_session']}: {counts}"]
    names = {"old": summary["old"], "new": summary["new_session"]}
    lines += [f"{name}: {NO_SCALE}" for key, name in names.items() if not summary[f"scale_known_{key}"]]
    shift = summary["correction"]
    if shift["matched_m"]:
        lines.append(
            f"new session moved by {shift['shift_u_mm']:.0f} mm in u and {shift['shift_v_mm']:.0f} mm in v, "
            f"turned by {shift['angle_deg']:.2f} degrees to fit {shift['matched_m']:.1f} m of cracks"
        )
    if not shift["fits"]:
        lines.append(
            f"warning: only {shift['matched_m']:.1f} of {shift['comparable_m']:.1f} m of cracks that both "
            "sessions could have seen fit: is this one surface with one origin? No change is sure"
        )
    return lines + [f"  {_row(row)}" for row in summary["cracks"]]


def _row(row: dict[str, Any]) -> str:
    old, new = (" and ".join(map(str, row[name])) or "none" for name in ("id_old", "id_new"))
    text = f"{row['status']:<12} old {old}, new {new}"
    if row["growth_mm"] is not None:
        text += f": {row['growth_mm']:+.0f} mm (sigma {row['growth_sigma_mm']:.0f} mm)"
    before, after = _width(row, "old"), _width(row, "new")
    if before and after:
        text += f"; width from {before} to {after} mm"
    elif (before or after) and not (row["id_old"] and row["id_new"]):
        text += f"; width {before or after} mm"
    return text if row["seen_before"] else f"{text}, in an area the old session had not scanned"


def _width(row: dict[str, Any], session: str) -> str:
    """The largest width in a session, or what it is less than, mm; empty where neither is known."""
    width, smallest = row[f"width_{session}_mm"], row[f"smallest_width_{session}_mm"]
    if width is not None:
        return f"{width:.2f}"
    return "" if smallest is None else f"< {smallest:.2f}"
