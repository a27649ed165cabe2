"""The one colour scheme of all pictures, reports and displays.

Crack classes are from the palette of Okabe & Ito (2008), which people with any kind of colour vision
tell apart; the coverage classes differ in lightness as well. Colours are "#rrggbb".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2

from crack_scanner.mapping.change import GROWN, NEW, NOT_COVERED, REPAIRED, STATIC
from crack_scanner.mapping.evidence_grid import NOT_GOOD_ENOUGH, NOT_SCANNED, SCANNED
from crack_scanner.mapping.severity import ABOVE, AROUND, BELOW, NOT_MEASURED

INK = "#1b1b1b"
FAINT_INK = "#6a6a6a"
PAPER = "#ffffff"
GRID_LINE = "#cfcdc6"
FRAME = "#4a4a4a"
# Ground of a width that was measured, behind a profile.
OPENING = "#f6dfcf"
ROBOT_COLOUR = "#56b4e9"
# Of pages: beside what a reader must know, beside what is well, around what has the focus, behind what a
# link has led to.
NOTICE, SERIOUS, FINE, FOCUS, TARGET = "#e69f00", "#d55e00", "#009e73", "#0072b2", "#fff3d6"

COVERAGE_COLOURS = {SCANNED: "#eeede8", NOT_GOOD_ENOUGH: "#f3d38c", NOT_SCANNED: "#a8a8ac"}
COVERAGE_NAMES = {
    SCANNED: "scanned",
    NOT_GOOD_ENOUGH: "seen, not good enough",
    NOT_SCANNED: "not scanned",
}

# OpenCV's number of a colour map that rises evenly in lightness, for anybody's colour vision.
HEAT_COLOURS = cv2.COLORMAP_CIVIDIS

SURE_PROBABILITY = 0.95


@dataclass(frozen=True)
class CrackClass:
    """How a kind of crack is drawn and named."""

    name: str
    colour: str


CRACK_CLASSES = {
    ABOVE: CrackClass("width above the guide value", "#d55e00"),
    AROUND: CrackClass("width around the guide value", "#e69f00"),
    BELOW: CrackClass("width below the guide value", "#009e73"),
    NOT_MEASURED: CrackClass(f"width not measured, probability {SURE_PROBABILITY:g} or more", "#0072b2"),
}
UNSURE = CrackClass(f"width not measured, probability under {SURE_PROBABILITY:g}", "#cc79a7")


# What a reviewer has rejected is still drawn, thin.
NO_CRACK = CrackClass("rejected by a reviewer", "#6a6a6a")


class Rated(Protocol):
    """A crack, or a finding."""

    @property
    def severity(self) -> str:
        """One of mapping.severity.SEVERITIES."""
        ...

    @property
    def probability(self) -> float:
        """That it is a crack, 0 to 1."""
        ...


def crack_class(crack: Rated) -> CrackClass:
    """By severity; where no width was measured, by probability."""
    if crack.severity == NOT_MEASURED and crack.probability < SURE_PROBABILITY:
        return UNSURE
    return CRACK_CLASSES[crack.severity]


CHANGE_CLASSES = {
    NEW: CrackClass("new", "#d55e00"),
    GROWN: CrackClass("grown", "#e69f00"),
    STATIC: CrackClass("static", "#0072b2"),
    REPAIRED: CrackClass("repaired", "#009e73"),
    NOT_COVERED: CrackClass("not covered by the new session", "#3d3d3d"),
}


def css_colours() -> str:
    """The colours of pages as custom properties of a style sheet."""
    named = {
        "ink": INK,
        "paper": PAPER,
        "line": GRID_LINE,
        "notice": NOTICE,
        "serious": SERIOUS,
        "fine": FINE,
        "focus": FOCUS,
        "target": TARGET,
    }
    return ":root { " + " ".join(f"--{name}: {colour};" for name, colour in named.items()) + " }\n"


def rgb(colour: str) -> tuple[int, int, int]:
    """ "#rrggbb" as red, green, blue from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
