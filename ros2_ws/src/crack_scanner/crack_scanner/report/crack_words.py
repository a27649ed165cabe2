"""A crack in words: its width, and the label beside it on a map."""

from __future__ import annotations

import re
from typing import Protocol

from crack_scanner.mapping.crack import Crack
from crack_scanner.storage.review import Standing
from crack_scanner.storage.stamps import iso_minutes
from crack_scanner.storage.verdict import ADDED

# The space before a unit, and those of "0.46 ± 0.05" and "< 0.30".
_BEFORE_UNIT = re.compile(
    r"(?<=\d) (?=(?:[µmck]?m|m²|m/m²|mrad|tiles/s|s|Hz|px|%)(?![\w/²]))|(?<=\d) (?=± \d)|(?<=[±<>]) (?=\d)"
)


class WithWidth(Protocol):
    """A crack, or a finding: its greatest width in mm, or the smallest that could have been claimed."""

    @property
    def width_max_mm(self) -> float | None:
        """Greatest width, mm; None where none can be claimed."""
        ...

    @property
    def width_sigma_mm(self) -> float | None:
        """Standard deviation of that width, mm."""
        ...

    @property
    def smallest_width_mm(self) -> float | None:
        """Smallest width that could have been claimed, mm; None where nobody measured."""
        ...


def crack_count(count: int, kind: str = "") -> str:
    """So many cracks. kind: an adjective."""
    return f"{count} {kind + ' ' if kind else ''}{'crack' if count == 1 else 'cracks'}"


def unbroken(text: str) -> str:
    """A text for a page: no line of it ends between a number and its unit."""
    return _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", text)


def verdict_text(verdict: str) -> str:
    """A verdict as a reader sees it."""
    return {"": "not reviewed", ADDED: "added by hand"}.get(verdict, verdict)


def judged_text(standing: Standing) -> str:
    """Who has made a finding what it is, when, and who has agreed since."""
    author, last = standing.author, standing.last
    agreed = f"; {verdict_text(last.kind)} by {last.reviewer}" if last.reviewer != author.reviewer else ""
    return f"{author.reviewer}, {iso_minutes(author.at_ns)}{agreed}"


def width_text(crack: WithWidth) -> str:
    """The greatest width with its standard deviation, or what it is less than."""
    if crack.width_max_mm is not None and crack.width_sigma_mm is not None:
        return f"{crack.width_max_mm:.2f} ± {crack.width_sigma_mm:.2f} mm"
    return largest_width(crack) or "not measured"


def largest_width(crack: WithWidth) -> str:
    """The greatest width, or what it is less than where no more can be claimed; empty without any."""
    if crack.width_max_mm is not None:
        return f"{crack.width_max_mm:.2f} mm"
    return "" if crack.smallest_width_mm is None else f"< {crack.smallest_width_mm:.2f} mm"


def crack_label(crack: Crack) -> str:
    """What stands beside a crack: id, length and width."""
    width = largest_width(crack)
    return f"{crack.id}: {crack.length * 1e3:.0f} mm" + (f", {width} wide" if width else "")
