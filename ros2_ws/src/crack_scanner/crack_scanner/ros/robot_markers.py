"""Where the robot's camera is, what it sees and where it has been, and how its scan goes, for rviz."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point, Pose, Vector3
from numpy.typing import NDArray
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from crack_scanner.report.colours import ROBOT_COLOUR, rgb
from crack_scanner.ros.stamps import to_time
from crack_scanner.storage.session import ScanProgress
from crack_scanner.surface.camera_path import CameraPath
from crack_scanner.surface.footprint import FrameView

# Metres: width of lines, size of the camera.
_LINE_WIDTH = 0.006
_CAMERA_SIZE = 0.04
SEES, PATH, CAMERA, STATE = range(4)
# Of the words on the scan: height of letters, and u, v of their middle, below the surface's first corner.
_LETTER_HEIGHT = 0.05
_WORDS_AT = np.array([[0.25, -0.16]])
_WORDS_COLOUR = "#ffffff"


def robot_to_message(
    view: FrameView, path: CameraPath, words: str, stamp_ns: int, frame_id: str
) -> MarkerArray:
    """Markers that keep their ids: the camera, the outline of its picture, its path, words on the scan.

    view: of the newest picture in the map.
    """
    header = Header(stamp=to_time(stamp_ns), frame_id=frame_id)
    camera = _marker(header, CAMERA, Marker.SPHERE, Vector3(x=_CAMERA_SIZE, y=_CAMERA_SIZE, z=_CAMERA_SIZE))
    camera.pose.position = _points(view.camera_pose.position[None])[0]
    way = _marker(header, PATH, Marker.LINE_STRIP, Vector3(x=_LINE_WIDTH))
    way.points = _points(path.points)
    sees = _marker(header, SEES, Marker.LINE_STRIP, Vector3(x=_LINE_WIDTH))
    if np.isfinite(view.outline).all():
        outline = view.surface.points(view.outline)
        sees.points = _points(np.vstack([outline, outline[:1]]))
    # rviz refuses a strip of lines without two points.
    for marker in (way, sees):
        marker.action = Marker.ADD if len(marker.points) > 1 else Marker.DELETE
    state = _marker(header, STATE, Marker.TEXT_VIEW_FACING, Vector3(z=_LETTER_HEIGHT), _WORDS_COLOUR)
    state.ns = "state"
    state.pose.position = _points(view.surface.points(_WORDS_AT))[0]
    state.text = words
    return MarkerArray(markers=[camera, way, sees, state])


def scan_words(progress: ScanProgress, scanned: float) -> str:
    """How a scan goes, a line each without spaces: rviz draws one as wide as a whole word.

    scanned: share of the planned surface.
    """
    lost = sum(progress.frames_dropped.values())
    useless = progress.tiles_useless / max(progress.tiles, 1)
    return f"pictures={progress.frames}\nlost={lost}\nuseless-tiles={useless:.1%}\nscanned={scanned:.1%}"


def _marker(header: Header, number: int, kind: int, scale: Vector3, colour: str = ROBOT_COLOUR) -> Marker:
    marker = Marker(header=header, ns="robot", id=number, type=kind, pose=Pose(), scale=scale)
    red, green, blue = rgb(colour)
    marker.color = ColorRGBA(r=red / 255, g=green / 255, b=blue / 255, a=1.0)
    return marker


def _points(positions: NDArray[np.float64]) -> list[Point]:
    """Of (N, 3) positions."""
    return [Point(x=x, y=y, z=z) for x, y, z in positions.tolist()]
