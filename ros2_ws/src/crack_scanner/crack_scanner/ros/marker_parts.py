"""What markers for rviz are made of."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point, Pose, Vector3
from numpy.typing import NDArray
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker

from crack_scanner.report.colours import rgb

LETTER_HEIGHT = 0.05
"""Metres; a letter is about half as wide."""
_LETTERS = "#ffffff"


def lines(
    header: Header, namespace: str, number: int, kind: int, colour: str, width: float, points: list[Point]
) -> Marker:
    """A list or a strip of lines; without any it is taken away, as rviz refuses an empty one."""
    marker = _marker(header, namespace, number, kind, colour, Vector3(x=width))
    marker.points = points
    marker.action = Marker.ADD if len(points) > 1 else Marker.DELETE
    return marker


def ball(header: Header, namespace: str, number: int, colour: str, size: float, where: Point) -> Marker:
    """A sphere."""
    marker = _marker(header, namespace, number, Marker.SPHERE, colour, Vector3(x=size, y=size, z=size))
    marker.pose.position = where
    return marker


def label(header: Header, namespace: str, number: int, text: str, where: Point) -> Marker:
    """Words about a place; rviz draws a space as wide as a whole word, so they should have none."""
    marker = _marker(header, namespace, number, Marker.TEXT_VIEW_FACING, _LETTERS, Vector3(z=LETTER_HEIGHT))
    marker.pose.position = where
    marker.text = text
    return marker


def to_points(positions: NDArray[np.float64]) -> list[Point]:
    """Of positions (N, 3) in metres."""
    return [Point(x=x, y=y, z=z) for x, y, z in positions.tolist()]


def _marker(header: Header, namespace: str, number: int, kind: int, colour: str, scale: Vector3) -> Marker:
    marker = Marker(header=header, ns=namespace, id=number, type=kind, pose=Pose(), scale=scale)
    red, green, blue = rgb(colour)
    marker.color = ColorRGBA(r=red / 255, g=green / 255, b=blue / 255, a=1.0)
    return marker
