"""Where the robot's camera is, what it sees and where it has been, for rviz."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from geometry_msgs.msg import Point, Pose, Vector3
from numpy.typing import NDArray
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from crack_scanner.report.colours import ROBOT_COLOUR, rgb
from crack_scanner.ros.stamps import to_time
from crack_scanner.surface.footprint import FrameView

# Metres: between two points of the path, width of lines, size of the camera.
_STEP = 0.02
_LINE_WIDTH = 0.006
_CAMERA_SIZE = 0.04
# 400 m of path; the oldest goes first.
_MOST_POINTS = 20_000
SEES, _PATH, CAMERA = range(3)


class RobotMarkers:
    """Three markers that keep their ids: the camera, the outline of its picture, its path."""

    def __init__(self) -> None:
        self._path: deque[NDArray[np.float64]] = deque(maxlen=_MOST_POINTS)

    def message(self, view: FrameView, stamp_ns: int, frame_id: str) -> MarkerArray:
        """`view`: of the newest picture in the map."""
        header = Header(stamp=to_time(stamp_ns), frame_id=frame_id)
        here = view.camera_pose.position
        if not self._path or np.linalg.norm(here - self._path[-1]) > _STEP:
            self._path.append(here)
        camera = _marker(
            header, CAMERA, Marker.SPHERE, Vector3(x=_CAMERA_SIZE, y=_CAMERA_SIZE, z=_CAMERA_SIZE)
        )
        camera.pose.position = _points([here])[0]
        path = _marker(header, _PATH, Marker.LINE_STRIP, Vector3(x=_LINE_WIDTH))
        path.points = _points(self._path)
        sees = _marker(header, SEES, Marker.LINE_STRIP, Vector3(x=_LINE_WIDTH))
        if np.isfinite(view.outline).all():
            outline = view.surface.points(view.outline)
            sees.points = _points([*outline, outline[0]])
        # rviz refuses a strip of lines without two points.
        for marker in (path, sees):
            marker.action = Marker.ADD if len(marker.points) > 1 else Marker.DELETE
        return MarkerArray(markers=[camera, path, sees])


def _marker(header: Header, number: int, kind: int, scale: Vector3) -> Marker:
    marker = Marker(header=header, ns="robot", id=number, type=kind, pose=Pose(), scale=scale)
    red, green, blue = rgb(ROBOT_COLOUR)
    marker.color = ColorRGBA(r=red / 255, g=green / 255, b=blue / 255, a=1.0)
    return marker


def _points(positions: Iterable[NDArray[np.float64]]) -> list[Point]:
    return [Point(x=x, y=y, z=z) for x, y, z in (position.tolist() for position in positions)]
