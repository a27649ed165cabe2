"""The cracks for rviz: one list of lines for each class, and a label for each crack."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
from geometry_msgs.msg import Point
from numpy.typing import NDArray
from std_msgs.msg import Header
from visualization_msgs.msg import Marker, MarkerArray

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.polyline import beside
from crack_scanner.report.colours import CRACK_CLASSES, UNSURE, crack_class
from crack_scanner.report.crack_words import largest_width
from crack_scanner.ros.marker_parts import LETTER_HEIGHT, label, lines, to_points
from crack_scanner.ros.stamps import to_time
from crack_scanner.surface.plane import SurfacePlane

# Drawn this wide and this far in front of the surface, metres, so that grids do not hide them.
_LINE_WIDTH = 0.008
_IN_FRONT = 0.005
# Half of what a label covers, metres along u and v: nine letters, three lines.
_HALF_LABEL = np.array([2.2, 1.7]) * LETTER_HEIGHT
_CLASSES = (*CRACK_CLASSES.values(), UNSURE)


class CrackMarkers:
    """Markers with ids that stay: a class keeps its own, a crack's label has the crack's id."""

    def __init__(self, surface: SurfacePlane) -> None:
        self._surface = surface
        self._labelled: set[int] = set()
        self._first = True

    def message(self, cracks: tuple[Crack, ...], stamp_ns: int, frame_id: str) -> MarkerArray:
        """The markers of all cracks; labels of cracks that are no more are deleted."""
        header = Header(stamp=to_time(stamp_ns), frame_id=frame_id)
        present = {crack.id for crack in cracks}
        gone = sorted(self._labelled - present)
        self._labelled = present
        # What an earlier session has left on a screen is not of this map.
        start = [Marker(header=header, action=Marker.DELETEALL)] if self._first else []
        self._first = False
        shown = self._lines(cracks, header) + [self._label(crack, header) for crack in cracks]
        return MarkerArray(markers=start + shown + [_deleted(number, header) for number in gone])

    def _lines(self, cracks: tuple[Crack, ...], header: Header) -> list[Marker]:
        points: dict[str, list[Point]] = defaultdict(list)
        for crack in cracks:
            for pair in pairwise(self._raised(crack.path)):
                points[crack_class(crack).name] += pair
        return [
            lines(header, "cracks", number, Marker.LINE_LIST, kind.colour, _LINE_WIDTH, points[kind.name])
            for number, kind in enumerate(_CLASSES)
        ]

    def _label(self, crack: Crack, header: Header) -> Marker:
        [where] = self._raised(beside(crack.path, _HALF_LABEL)[None])
        return label(header, "labels", crack.id, _label_text(crack), where)

    def _raised(self, path: NDArray[np.float64]) -> list[Point]:
        return to_points(self._surface.points(path) + self._surface.normal * _IN_FRONT)


def _label_text(crack: Crack) -> str:
    """Id, length L and largest width w, a line each."""
    width = largest_width(crack).replace(" ", "")
    words = [str(crack.id), f"L={crack.length * 1e3:.0f}mm"]
    return "\n".join(words + ([f"w{'' if width.startswith('<') else '='}{width}"] if width else []))


def _deleted(number: int, header: Header) -> Marker:
    return Marker(header=header, ns="labels", id=number, action=Marker.DELETE)
