"""Where the robot's camera is, what it sees and where it has been, and how its scan goes, for rviz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from std_msgs.msg import Header
from visualization_msgs.msg import Marker, MarkerArray

from crack_scanner.report.colours import ROBOT_COLOUR
from crack_scanner.ros.marker_parts import ball, label, lines, to_points
from crack_scanner.ros.stamps import to_time
from crack_scanner.storage.session import ScanProgress
from crack_scanner.surface.camera_path import CameraPath
from crack_scanner.surface.footprint import FrameView

# Metres: width of lines, size of the camera.
_LINE_WIDTH = 0.006
_CAMERA_SIZE = 0.04
SEES, PATH, CAMERA, STATE = range(4)
# u, v of the middle of the words on the scan, below the surface's first corner.
_WORDS_AT = np.array([[0.25, -0.16]])


def robot_to_message(
    view: FrameView, path: CameraPath, words: str, stamp_ns: int, frame_id: str
) -> MarkerArray:
    """Markers that keep their ids: the camera, the outline of its picture, its path, words on the scan.

    view: of the newest picture in the map.
    """
    header = Header(stamp=to_time(stamp_ns), frame_id=frame_id)
    outline = view.surface.points(view.outline)
    # A camera that looks past the plane sees no outline.
    around = np.vstack([outline, outline[:1]]) if np.isfinite(outline).all() else outline[:0]
    [here], [below] = to_points(view.camera_pose.position[None]), to_points(view.surface.points(_WORDS_AT))
    return MarkerArray(
        markers=[
            ball(header, "robot", CAMERA, ROBOT_COLOUR, _CAMERA_SIZE, here),
            _strip(header, PATH, path.points),
            _strip(header, SEES, around),
            label(header, "state", STATE, words, below),
        ]
    )


def _strip(header: Header, number: int, positions: NDArray[np.float64]) -> Marker:
    points = to_points(positions)
    return lines(header, "robot", number, Marker.LINE_STRIP, ROBOT_COLOUR, _LINE_WIDTH, points)


def scan_words(progress: ScanProgress, scanned: float, scale_known: bool = True) -> str:
    """How a scan goes, a line each.

    scanned: share of the planned surface. scale_known: whether mm are mm.
    """
    lost = sum(progress.frames_dropped.values())
    useless = progress.tiles_useless / max(progress.tiles, 1)
    scale = "" if scale_known else "\nscale=not-known"
    return (
        f"pictures={progress.frames}\nlost={lost}\nuseless-tiles={useless:.1%}\nscanned={scanned:.1%}{scale}"
    )
