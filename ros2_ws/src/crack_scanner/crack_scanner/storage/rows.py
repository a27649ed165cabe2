"""Values of the program as rows of the database, and back."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from crack_scanner.mapping.crack import BestPicture, Crack
from crack_scanner.storage.schema import CrackRow, SessionRow
from crack_scanner.storage.session import ScanProgress, SessionInfo
from crack_scanner.surface.plane import SurfacePlane

# Blocks are written several times a second: speed counts more than the last tenth of size.
_COMPRESSION = 1


def info_values(info: SessionInfo) -> dict[str, Any]:
    """Columns of `sessions` that are known from the start."""
    return {
        "name": info.name,
        "robot": info.robot,
        "structure": info.structure,
        "source": info.source,
        "seed": info.seed,
        "software": info.software,
        "model_name": info.model_name,
        "model_sha256": info.model_sha256,
        "surface": _surface_values(info.surface),
        "settings": dict(info.settings),
    }


def progress_values(progress: ScanProgress) -> dict[str, Any]:
    """Columns of `sessions` that change while the scan runs."""
    return {
        "frames": progress.frames,
        "frames_scored": progress.frames_scored,
        "frames_dropped": dict(progress.frames_dropped),
        "tiles": progress.tiles,
        "tiles_useless": progress.tiles_useless,
        "tiles_per_s": progress.tiles_per_s,
        "first_stamp_ns": progress.first_stamp_ns,
        "last_stamp_ns": progress.last_stamp_ns,
        "complete": progress.complete,
    }


def info_of(row: SessionRow) -> SessionInfo:
    """What was known when the session began."""
    surface = row.surface
    origin, u_axis, v_axis = (np.array(surface[name], float) for name in ("origin", "u_axis", "v_axis"))
    return SessionInfo(
        name=row.name,
        robot=row.robot,
        structure=row.structure,
        uid=row.uid,
        source=row.source,
        seed=row.seed,
        software=row.software,
        model_name=row.model_name,
        model_sha256=row.model_sha256,
        surface=SurfacePlane(origin, u_axis, v_axis, surface["width"], surface["height"]),
        settings=row.settings,
    )


def progress_of(row: SessionRow) -> ScanProgress:
    """How far the session had got."""
    return ScanProgress(
        frames=row.frames,
        frames_scored=row.frames_scored,
        frames_dropped=row.frames_dropped,
        tiles=row.tiles,
        tiles_useless=row.tiles_useless,
        tiles_per_s=row.tiles_per_s,
        first_stamp_ns=row.first_stamp_ns,
        last_stamp_ns=row.last_stamp_ns,
        complete=row.complete,
    )


def crack_values(crack: Crack, faded: bool) -> dict[str, Any]:
    """Columns of `cracks` but the session."""
    return {
        "number": crack.id,
        "faded": faded,
        "length": crack.length,
        "position_sigma": crack.position_sigma,
        "probability": crack.probability,
        "observations": crack.observations,
        "width_max_mm": crack.width_max_mm,
        "width_mean_mm": crack.width_mean_mm,
        "width_sigma_mm": crack.width_sigma_mm,
        "smallest_width_mm": crack.smallest_width_mm,
        "severity": crack.severity,
        "status": crack.status,
        "first_seen_ns": crack.first_seen_ns,
        "last_seen_ns": crack.last_seen_ns,
        "joined": list(crack.joined),
    }


def crack_of(row: CrackRow, path: list[tuple[float, float]], picture: BestPicture | None) -> Crack:
    """A crack from its row and its points u, v."""
    return Crack(
        id=row.number,
        path=np.array(path, dtype=np.float64).reshape(-1, 2),
        position_sigma=row.position_sigma,
        probability=row.probability,
        observations=row.observations,
        first_seen_ns=row.first_seen_ns,
        last_seen_ns=row.last_seen_ns,
        width_max_mm=row.width_max_mm,
        width_mean_mm=row.width_mean_mm,
        width_sigma_mm=row.width_sigma_mm,
        smallest_width_mm=row.smallest_width_mm,
        severity=row.severity,
        status=row.status,
        joined=tuple(row.joined),
        measured_length=row.length,
        picture=picture,
    )


def packed(cells: bytes) -> bytes:
    """A grid block's bytes as they are stored."""
    return zlib.compress(cells, _COMPRESSION)


def unpacked(data: bytes) -> bytes:
    """A stored grid block's bytes."""
    return zlib.decompress(data)


def _surface_values(surface: SurfacePlane) -> dict[str, Any]:
    return {
        "origin": [float(value) for value in surface.origin],
        "u_axis": [float(value) for value in surface.u_axis],
        "v_axis": [float(value) for value in surface.v_axis],
        "width": float(surface.width),
        "height": float(surface.height),
    }
