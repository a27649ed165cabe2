"""The crack map as messages: CrackArray and OccupancyGrid."""

from __future__ import annotations

import math
from array import array

import numpy as np
from crack_scanner_interfaces.msg import Crack as CrackMessage
from crack_scanner_interfaces.msg import CrackArray
from geometry_msgs.msg import Point
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.mapping.evidence_grid import NOT_GOOD_ENOUGH, NOT_SCANNED, SCANNED
from crack_scanner.ros.geometry import pose_to_message
from crack_scanner.ros.stamps import to_time
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

UNKNOWN = -1
_COVERAGE = {NOT_SCANNED: UNKNOWN, NOT_GOOD_ENOUGH: 50, SCANNED: 100}
STATUS = {
    "new": CrackMessage.STATUS_NEW,
    "static": CrackMessage.STATUS_STATIC,
    "grown": CrackMessage.STATUS_GROWN,
    "repaired": CrackMessage.STATUS_REPAIRED,
    "not seen": CrackMessage.STATUS_NOT_SEEN,
}


def cracks_to_message(
    cracks: tuple[Crack, ...], surface: SurfacePlane, stamp_ns: int, frame_id: str, session_id: str
) -> CrackArray:
    """A CrackArray with paths as points of the frame that `surface` is given in."""
    message = CrackArray(session_id=session_id)
    message.header.stamp = to_time(stamp_ns)
    message.header.frame_id = frame_id
    message.cracks = [_crack(crack, surface) for crack in cracks]
    return message


def crack_points(crack: Crack, surface: SurfacePlane) -> list[Point]:
    """A crack's path as points of the frame that `surface` is given in."""
    return [Point(x=x, y=y, z=z) for x, y, z in surface.points(crack.path).tolist()]


def coverage_to_message(crack_map: CrackMap, stamp_ns: int, frame_id: str) -> OccupancyGrid:
    """Coverage: 100 scanned, 50 seen but not good enough, -1 not scanned."""
    coverage = crack_map.coverage()
    values = np.full(coverage.states.shape, UNKNOWN, np.int8)
    for state, value in _COVERAGE.items():
        values[coverage.states == state] = value
    return _grid(values, coverage.cell_size, crack_map.surface, stamp_ns, frame_id)


def probability_to_message(crack_map: CrackMap, stamp_ns: int, frame_id: str) -> OccupancyGrid:
    """Probability of a crack in percent, -1 where nothing was scanned."""
    likely = crack_map.overview().probability_map()
    percent = np.rint(np.nan_to_num(100 * likely.values, nan=UNKNOWN)).astype(np.int8)
    return _grid(percent, likely.cell_size, crack_map.surface, stamp_ns, frame_id)


def _crack(crack: Crack, surface: SurfacePlane) -> CrackMessage:
    return CrackMessage(
        id=str(crack.id),
        path=crack_points(crack, surface),
        u=array("f", crack.path[:, 0].tolist()),
        v=array("f", crack.path[:, 1].tolist()),
        position_sigma=crack.position_sigma,
        length_mm=crack.length * 1e3,
        width_max_mm=_or_nan(crack.width_max_mm),
        width_mean_mm=_or_nan(crack.width_mean_mm),
        width_sigma_mm=_or_nan(crack.width_sigma_mm),
        smallest_width_mm=_or_nan(crack.smallest_width_mm),
        probability=crack.probability,
        observations=crack.observations,
        severity=crack.severity,
        status=STATUS.get(crack.status, CrackMessage.STATUS_UNKNOWN),
        first_seen=to_time(crack.first_seen_ns),
        last_seen=to_time(crack.last_seen_ns),
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _grid(
    values: NDArray[np.int8], cell_size: float, surface: SurfacePlane, stamp_ns: int, frame_id: str
) -> OccupancyGrid:
    """A grid whose x is u and whose y is v."""
    message = OccupancyGrid()
    message.header.stamp = message.info.map_load_time = to_time(stamp_ns)
    message.header.frame_id = frame_id
    message.info.resolution = cell_size
    message.info.height, message.info.width = values.shape
    axes = np.stack([surface.u_axis, surface.v_axis, surface.normal], axis=1)
    message.info.origin = pose_to_message(Pose(surface.origin, Rotation.from_matrix(axes).as_quat()))
    data = array("b")
    data.frombytes(np.ascontiguousarray(values).tobytes())
    message.data = data
    return message
