"""The map's topics as values again: the other way round of map_messages and robot_markers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.evidence_grid import NOT_GOOD_ENOUGH, NOT_SCANNED, SCANNED
from crack_scanner.mapping.severity import NOT_MEASURED, SEVERITIES
from crack_scanner.messages.stamps import to_nanoseconds
from crack_scanner.ros.map_messages import STATUS
from crack_scanner.ros.robot_markers import CAMERA, SEES
from crack_scanner.surface.plane import SurfacePlane

Floats = NDArray[np.float64]

_STATUS_NAMES = {number: name for name, number in STATUS.items()}


def cracks_from_message(message: Any) -> tuple[Crack, ...]:
    """The cracks of a CrackArray."""
    return tuple(_crack(sent) for sent in message.cracks)


def coverage_from_message(message: OccupancyGrid) -> tuple[SurfacePlane, NDArray[np.uint8]]:
    """Surface and states (rows, columns) of crack_map/coverage; the surface to the size of its cells."""
    info = message.info
    values = np.array(message.data, np.int8)
    if values.size != info.width * info.height or not info.width * info.height or info.resolution <= 0:
        raise CrackScannerError(
            f"grid of {info.width} x {info.height} cells of {info.resolution:g} m with {values.size} values; "
            "expected as many values as cells"
        )
    place, turn = info.origin.position, info.origin.orientation
    axes = Rotation.from_quat([turn.x, turn.y, turn.z, turn.w]).as_matrix()
    width, height = info.width * info.resolution, info.height * info.resolution
    origin = np.array([place.x, place.y, place.z])
    surface = SurfacePlane(origin, axes[:, 0], axes[:, 1], width, height)
    states = np.where(values >= 100, SCANNED, np.where(values >= 0, NOT_GOOD_ENOUGH, NOT_SCANNED))
    return surface, states.reshape(info.height, info.width).astype(np.uint8)


def robot_from_message(message: Any) -> tuple[Floats | None, Floats]:
    """Camera (3,) and outline of its picture (N, 3), metres, of crack_map/robot; None and empty without."""
    markers = {marker.id: marker for marker in message.markers}
    outline = _points(markers[SEES].points)[:-1] if SEES in markers else np.zeros((0, 3))
    return (_points([markers[CAMERA].pose.position])[0] if CAMERA in markers else None), outline


def _crack(sent: Any) -> Crack:
    if not sent.id.isdigit() or len(sent.u) != len(sent.v) or len(sent.u) < 2:
        raise CrackScannerError(
            f"crack {sent.id!r} with {len(sent.u)} u and {len(sent.v)} v; expected a number, and as many of "
            "each, 2 or more"
        )
    return Crack(
        id=int(sent.id),
        path=np.stack([np.array(sent.u, np.float64), np.array(sent.v, np.float64)], axis=1),
        position_sigma=sent.position_sigma,
        probability=sent.probability,
        observations=sent.observations,
        first_seen_ns=to_nanoseconds(sent.first_seen),
        last_seen_ns=to_nanoseconds(sent.last_seen),
        width_max_mm=_or_none(sent.width_max_mm),
        width_mean_mm=_or_none(sent.width_mean_mm),
        width_sigma_mm=_or_none(sent.width_sigma_mm),
        smallest_width_mm=_or_none(sent.smallest_width_mm),
        severity=sent.severity if sent.severity in SEVERITIES else NOT_MEASURED,
        status=_STATUS_NAMES.get(sent.status, "unknown"),
        measured_length=sent.length_mm / 1e3,
    )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _points(points: Any) -> Floats:
    return np.array([[point.x, point.y, point.z] for point in points], np.float64).reshape(-1, 3)
