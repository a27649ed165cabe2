"""Figures with their units, as people write them: "310 mm", "95 %", "8 s"."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crack_scanner.errors import CrackScannerError


@dataclass(frozen=True)
class Kind:
    """What sort of figure it is.

    units: by name, each with its size in the unit that the program computes with (metres, seconds, shares
    of 1). shown: the unit it is shown in, with so many decimals.
    """

    name: str
    units: dict[str, float]
    shown: str
    decimals: int
    example: str

    def show(self, value: float | None) -> str:
        """For people; None is a figure that could not be measured."""
        if value is None:
            return "not measured"
        return f"{self.number(value):.{self.decimals}f} {self.shown}".strip()

    def number(self, value: float) -> float:
        """In the unit that it is shown in."""
        return value / self.units[self.shown]


LENGTH = Kind("length", {"m": 1.0, "cm": 0.01, "mm": 0.001}, "mm", 1, "310 mm")
WIDTH = Kind("width", {"mm": 0.001}, "mm", 2, "1.2 mm")
AREA = Kind("area", {"m2": 1.0}, "m2", 3, "0.5 m2")
SHARE = Kind("share", {"%": 0.01}, "%", 1, "95 %")
TIME = Kind("time", {"s": 1.0}, "s", 1, "8 s")
COUNT = Kind("count", {"": 1.0}, "", 0, "3")


def quantity(value: object, kind: Kind) -> float:
    """A figure in the program's own unit; one without its unit, or with a wrong one, is refused."""
    number, _, unit = str(value).strip().partition(" ")
    try:
        if isinstance(value, bool):
            raise ValueError
        result = float(number) * kind.units[unit.strip()]
    except (ValueError, KeyError):
        raise CrackScannerError(_expected(value, kind)) from None
    if not math.isfinite(result) or result < 0.0 or (kind is COUNT and result != int(result)):
        raise CrackScannerError(_expected(value, kind))
    return result


def _expected(value: object, kind: Kind) -> str:
    if kind is COUNT:
        return f"{value!r} is no count; expected a whole number, for example {kind.example}"
    units = " or ".join(kind.units)
    return f"{value!r} is no {kind.name}; expected a number and {units}, for example {kind.example}"
