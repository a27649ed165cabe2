"""Whether what a scan has found is what was expected of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from crack_scanner.mapping.crack import Crack
from crack_scanner.scenarios.quantities import LENGTH, WIDTH, Kind
from crack_scanner.scenarios.scenario import FIGURES, Bound, ExpectedCrack


@dataclass(frozen=True)
class Check:
    """A bound and the figure measured, in the unit the program computes with; None: there is none."""

    name: str
    kind: Kind
    bound: Bound
    measured: float | None

    @property
    def ok(self) -> bool:
        """Whether the figure is within the bound."""
        return self.bound.holds(self.measured)

    def row(self) -> dict[str, Any]:
        """For programs, in the unit that is shown."""
        low, high, measured = (
            None if value is None else round(self.kind.number(value), 6)
            for value in (self.bound.low, self.bound.high, self.measured)
        )
        return {
            "name": self.name,
            "unit": self.kind.shown,
            "min": low,
            "max": high,
            "measured": measured,
            "ok": self.ok,
        }


def figures_of(summary: Mapping[str, Any]) -> dict[str, float | None]:
    """The figures of a session's summary by name of FIGURES; None for what nobody knows."""
    truth = summary.get("truth") or {}
    return {
        "recall": truth.get("recall"),
        "false_cracks": truth.get("false_cracks"),
        "coverage": summary["coverage_percent"] / 100.0,
        "scanned": summary["scanned_m2"],
        "frames": summary["frames"],
        "dropped_frames": sum(summary["frames_dropped"].values()),
        "unreadable_messages": summary["bag"]["unreadable_messages"],
        "cracks": summary["cracks"],
        "crack_length": summary["crack_length_m"],
        "drift": summary["drift"]["largest_mm"] * 1e-3,
    }


def bound_checks(bounds: Mapping[str, Bound], summary: Mapping[str, Any]) -> list[Check]:
    """Each bounded figure against its bound."""
    figures = figures_of(summary)
    return [
        Check(name.replace("_", " "), FIGURES[name], bound, figures[name]) for name, bound in bounds.items()
    ]


def crack_checks(expected: Sequence[ExpectedCrack], found: Sequence[Crack]) -> list[Check]:
    """Each expected crack against the found one that passes closest to its points."""
    checks: list[Check] = []
    for number, wanted in enumerate(expected, start=1):
        name = f"crack {number}"
        distance, crack = _closest(wanted, found)
        within = distance is not None and distance <= wanted.within
        checks.append(Check(f"{name}: distance", LENGTH, Bound(high=wanted.within), distance))
        # A crack somewhere else has figures too, but they are not those of this one.
        length = crack.length if crack is not None and within else None
        width = crack.width_max_mm if crack is not None and within else None
        if wanted.length is not None:
            checks.append(Check(f"{name}: length", LENGTH, wanted.length, length))
        if wanted.width_max is not None:
            metres = None if width is None else width * 1e-3
            checks.append(Check(f"{name}: largest width", WIDTH, wanted.width_max, metres))
    return checks


def _closest(wanted: ExpectedCrack, found: Sequence[Crack]) -> tuple[float | None, Crack | None]:
    """The crack whose farthest of the points is nearest, and how far that one is, metres."""
    points = [shapely.Point(point) for point in wanted.through]
    farthest = [
        (max(float(shapely.LineString(crack.path).distance(point)) for point in points), crack)
        for crack in found
    ]
    return min(farthest, key=lambda pair: pair[0], default=(None, None))
