"""How the looks at a cell become one probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from crack_scanner.mapping.evidence import Evidence
from crack_scanner.mapping.evidence_grid import Cells, CellWindow, EvidenceGrid
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.footprint import FrameView

Floats = NDArray[np.float64]

# Resolution and position variance change slowly over a picture: this lattice is interpolated.
_LATTICE = (4, 6)

# Probability of a crack in a cell before anything was seen.
PRIOR = 0.02

# How alike the errors of two looks are. The same stain fools a network again and again, so however
# many looks there are, together they are worth at most 1 / LOOK_CORRELATION independent ones.
LOOK_CORRELATION = 0.3


@dataclass(frozen=True, eq=False)
class Look:
    """One picture's statement about N cells.

    log_odds: NaN where the picture shows a cell but says nothing about it. quality: 0 to 1.
    resolution: metres per pixel. variance: square metres per axis. camera: (N, 3) metres from the
    cell to the camera along u, v and the surface's normal. support: metres across.
    """

    log_odds: Floats
    quality: Floats
    resolution: Floats
    variance: Floats
    camera: Floats
    support: Floats
    stamp_ns: int


def add_look(
    grid: EvidenceGrid, view: FrameView, evidence: Evidence, stamp_ns: int, settings: ScanSettings
) -> int:
    """Fuse one picture into the grid; returns the number of cells it shows."""
    window = grid.window(view.outline)
    if window.rows * window.columns == 0:
        return 0
    centres = window.centres(grid.cell_size)
    pixels = view.surface_to_pixels(centres)
    shown = np.flatnonzero(view.inside(pixels))
    if len(shown) == 0:
        return 0
    look = _look(view, evidence, centres[shown], pixels[shown], stamp_ns)
    cells = grid.read(window).reshape(-1)
    cells[shown] = fuse(cells[shown], look, settings)
    grid.write(window, cells.reshape(window.rows, window.columns))
    return len(shown)


def fuse(cells: Cells, look: Look, settings: ScanSettings) -> Cells:
    """Cells (N,) after one more look; the input is not kept.

    A look that says nothing or is too coarse only marks the cell as seen. An acceptable look always
    betters the best quality and resolution, but adds evidence only from a new point of view.
    """
    cells["seen"] = 1
    good = np.isfinite(look.log_odds) & (look.resolution <= settings.max_gsd)
    first = good & (cells["last_ns"] == 0)
    cells["quality"] = np.where(good, np.maximum(cells["quality"], look.quality), cells["quality"])
    for name, values in (("resolution", look.resolution), ("support", look.support)):
        best = np.where(first, values, np.minimum(cells[name], values))
        cells[name] = np.where(good, best, cells[name])
    cells["first_ns"] = np.where(first, look.stamp_ns, cells["first_ns"])
    cells["last_ns"] = np.where(good, np.maximum(cells["last_ns"], look.stamp_ns), cells["last_ns"])
    moved = np.linalg.norm(look.camera - cells["camera"].astype(np.float64), axis=1)
    counted = good & ((cells["looks"] == 0) | (moved >= settings.min_baseline))
    counted &= cells["looks"] < np.iinfo(np.uint16).max
    cells["evidence"] += np.where(counted, look.log_odds, 0.0).astype(np.float32)
    cells["variance"] += np.where(counted, look.variance, 0.0).astype(np.float32)
    cells["looks"] += counted
    cells["camera"] = np.where(counted[:, None], look.camera, cells["camera"])
    return cells


def posterior_log_odds(cells: Cells) -> Floats:
    """Log-odds of a crack in each cell, any shape.

    Looks share part of their errors, so n of them count as n / (1 + (n - 1) r) independent ones
    (the effective sample size under equal correlation r).
    """
    looks = cells["looks"].astype(np.float64)
    effective = looks / (1.0 + np.maximum(looks - 1.0, 0.0) * LOOK_CORRELATION)
    mean = cells["evidence"] / np.maximum(looks, 1.0)
    result: Floats = np.log(PRIOR / (1.0 - PRIOR)) + effective * mean
    return result


def probability(cells: Cells) -> Floats:
    """Posterior probability of a crack in each cell, any shape."""
    result: Floats = 1.0 / (1.0 + np.exp(-posterior_log_odds(cells)))
    return result


def all_cells(grid: EvidenceGrid) -> Cells:
    """Every cell of the surface (rows, columns)."""
    return grid.read(CellWindow(0, 0, grid.extent.rows, grid.extent.columns))


def _look(view: FrameView, evidence: Evidence, centres: Floats, pixels: Floats, stamp_ns: int) -> Look:
    log_odds, quality = evidence.at(pixels)
    resolution, variance = _interpolated(view, pixels)
    surface = view.surface
    offset = view.camera_pose.position - surface.origin
    camera = np.array([offset @ surface.u_axis, offset @ surface.v_axis, offset @ surface.normal])
    from_cell = camera - np.concatenate([centres, np.zeros((len(centres), 1))], axis=1)
    return Look(
        log_odds, quality, resolution, variance, from_cell, resolution * evidence.support_px, stamp_ns
    )


def _interpolated(view: FrameView, pixels: Floats) -> tuple[Floats, Floats]:
    """Ground sampling distance and position variance (N,) at pixels (N, 2), from a coarse lattice."""
    rows, columns = _LATTICE
    last = np.array([view.camera.width - 1.0, view.camera.height - 1.0])
    y, x = np.meshgrid(np.linspace(0, last[1], rows), np.linspace(0, last[0], columns), indexing="ij")
    lattice = np.stack([x.ravel(), y.ravel()], axis=1)
    resolution = view.ground_sampling_distance(lattice)
    variance = np.trace(view.position_covariance(lattice), axis1=1, axis2=2) / 2
    where = np.stack([pixels[:, 1] / last[1] * (rows - 1), pixels[:, 0] / last[0] * (columns - 1)])
    # A ray past the plane has no resolution: infinitely coarse.
    tables = [np.where(np.isfinite(t), t, 1e6).reshape(_LATTICE) for t in (resolution, variance)]
    fine, spread = (map_coordinates(t, where, order=1, mode="nearest") for t in tables)
    return fine, spread
