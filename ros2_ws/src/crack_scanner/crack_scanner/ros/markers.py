"""The cracks for rviz: one list of lines for each class, and a label for each crack."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
from geometry_msgs.msg import Point, Pose, Vector3
from numpy.typing import NDArray
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from crack_scanner.mapping.crack import Crack
from crack_scanner.report.colours import CRACK_CLASSES, UNSURE, crack_class, rgb
from crack_scanner.report.crack_words import largest_width
from crack_scanner.ros.stamps import to_time
from crack_scanner.surface.plane import SurfacePlane

# Drawn this wide and this far in front of the surface, metres, so that grids do not hide them.
_LINE_WIDTH = 0.008
_IN_FRONT = 0.005
_LETTER_HEIGHT = 0.05
# Half of what a label covers, metres along u and v: nine letters, three lines.
_HALF_LABEL = np.array([0.11, 0.085])
_LABEL_COLOUR = "#ffffff"
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
            _marker(header, "cracks", number, Marker.LINE_LIST, kind.colour, _LINE_WIDTH, points[kind.name])
            for number, kind in enumerate(_CLASSES)
        ]

    def _label(self, crack: Crack, header: Header) -> Marker:
        where = self._raised(_beside(crack.path)[None])[0]
        label = _marker(header, "labels", crack.id, Marker.TEXT_VIEW_FACING, _LABEL_COLOUR, 0.0, [])
        label.pose.position = where
        label.scale = Vector3(z=_LETTER_HEIGHT)
        label.text = _label_text(crack)
        return label

    def _raised(self, path: NDArray[np.float64]) -> list[Point]:
        raised = self._surface.points(path) + self._surface.normal * _IN_FRONT
        return [Point(x=x, y=y, z=z) for x, y, z in raised.tolist()]


def _beside(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) u, v where a label leaves a crack's line free: right of its middle, or above a level one."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    reach = float(_HALF_LABEL.min())
    places = along[-1] / 2 + np.array([-reach, 0.0, reach])
    before, middle, after = np.stack([np.interp(places, along, values) for values in path.T], axis=1)
    across = np.array([after[1] - before[1], before[0] - after[0]])
    across /= np.copysign(max(float(np.linalg.norm(across)), 1e-9), across[np.argmax(np.abs(across))])
    beside: NDArray[np.float64] = middle + across * (np.abs(across) @ _HALF_LABEL)
    return beside


def _label_text(crack: Crack) -> str:
    """Id, length L and largest width w, a line each: rviz draws a space as wide as a whole word."""
    width = largest_width(crack).replace(" ", "")
    lines = [str(crack.id), f"L={crack.length * 1e3:.0f}mm"]
    return "\n".join(lines + ([f"w{'' if width.startswith('<') else '='}{width}"] if width else []))


def _marker(
    header: Header, namespace: str, number: int, kind: int, colour: str, width: float, points: list[Point]
) -> Marker:
    marker = Marker(header=header, ns=namespace, id=number, type=kind, points=points)
    # rviz refuses a list of lines without points; such a class is taken away instead.
    empty = kind == Marker.LINE_LIST and not points
    marker.action = Marker.DELETE if empty else Marker.ADD
    marker.pose = Pose()
    marker.scale = Vector3(x=width)
    red, green, blue = rgb(colour)
    marker.color = ColorRGBA(r=red / 255, g=green / 255, b=blue / 255, a=1.0)
    return marker


def _deleted(number: int, header: Header) -> Marker:
    return Marker(header=header, ns="labels", id=number, action=Marker.DELETE)
