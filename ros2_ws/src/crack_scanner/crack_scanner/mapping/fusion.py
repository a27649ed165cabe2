"""How the looks at a cell become one probability."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from crack_scanner.mapping.evidence import Evidence
from crack_scanner.mapping.evidence_grid import (
    NOT_GOOD_ENOUGH,
    SCANNED,
    Cells,
    EvidenceGrid,
    Indices,
    put,
    taken,
)
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.camera import FINE_LATTICE, LATTICE, RayBundle
from crack_scanner.surface.footprint import FrameView

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Position variance where a picture looks past the surface, square metres.
_ANYWHERE = 1e6
# A picture is blind where its pixels are so many times coarser than those that count as scanned. Otherwise a
# camera that turns along a wall would mark hundreds of metres of it.
BLIND = 5.0
# Least position variance, square metres.
_TINY = 1e-18

# Rounding to the half precision of a cell's camera, as a share of the value.
_HALF_ROUNDING = float(np.finfo(np.float16).eps) / 2

# Probability, before anything was seen, of a crack in the area that one statement about a cell speaks of: a
# tile of a hand's breadth, as most of the evidence comes from tiles. One in ten on a wall worth inspecting.
PRIOR = 0.1

# How alike the errors of two looks are. The same stain fools a network again and again, so however
# many looks there are, together they are worth at most 1 / LOOK_CORRELATION independent ones.
LOOK_CORRELATION = 0.3


# Log-odds that tiles are worth at most, either way, for a cell whose pixels were looked at: as much as the
# prior, so that the pixels decide.
TILE_LIMIT = 2.2


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
    grid: EvidenceGrid,
    view: FrameView,
    evidence: Evidence,
    stamp_ns: int,
    settings: ScanSettings,
    lines: Evidence | None = None,
) -> int:
    """Fuse one picture into the grid; returns the number of cells it shows, where it is not blind.

    evidence: of its tiles. lines: of its pixels, where somebody looked at them.
    """
    coarsest = BLIND * settings.max_gsd
    window = grid.window(view.extent(coarsest))
    if min(window.rows, window.columns) < 2:
        return 0
    centres = window.centres(grid.cell_size)
    pixels = view.surface_to_pixels(centres)
    resolution = cell_resolution(pixels.reshape(window.rows, window.columns, 2), grid.cell_size).ravel()
    shown = np.flatnonzero(view.inside(pixels) & (resolution <= coarsest))
    if len(shown) == 0:
        return 0
    centres, pixels, resolution = (values.take(shown, axis=0) for values in (centres, pixels, resolution))
    look = _look(view, evidence, centres, pixels, resolution, stamp_ns)
    cells = grid.read(window).reshape(-1)
    seen = fuse(taken(cells, shown), look, settings)
    if lines is not None:
        log_odds, quality = lines.at(pixels)
        support = resolution * lines.support_px
        seen = fuse_lines(seen, replace(look, log_odds=log_odds, quality=quality, support=support), settings)
    put(cells, shown, seen)
    grid.write(window, cells.reshape(window.rows, window.columns))
    return len(shown)


def fuse(cells: Cells, look: Look, settings: ScanSettings) -> Cells:
    """Cells (N,) after one more look; the input is not kept.

    A look that says nothing or is too coarse only marks the cell as seen. An acceptable look always
    betters the best quality and resolution, but adds evidence only from a new point of view. One of poor
    quality may show a crack but proves no absence of one: it counts for a crack, never against it, and
    does not make the cell scanned.
    """
    good = np.isfinite(look.log_odds) & (look.resolution <= settings.max_gsd)
    clear = good & (look.quality >= settings.min_quality)
    cells["state"] = np.maximum(cells["state"], np.where(clear, SCANNED, NOT_GOOD_ENOUGH))
    evidence = np.where(clear, look.log_odds, np.maximum(look.log_odds, 0.0))
    first = good & (cells["last_ns"] == 0)
    np.copyto(cells["quality"], np.maximum(cells["quality"], look.quality), "same_kind", good)
    for name, values in (("resolution", look.resolution), ("support", look.support)):
        np.copyto(cells[name], values, "same_kind", first | (good & (values < cells[name])))
    cells["first_ns"][first] = look.stamp_ns
    np.copyto(cells["last_ns"], np.maximum(cells["last_ns"], look.stamp_ns), where=good)
    counted = _count(cells, "", look, good, evidence, settings)
    cells["variance"][counted] += look.variance[counted].astype(np.float32)
    return cells


def fuse_lines(cells: Cells, look: Look, settings: ScanSettings) -> Cells:
    """Cells (N,) after a look at their pixels, which goes with one at their tiles; the input is not kept."""
    good = np.isfinite(look.log_odds) & (look.resolution <= settings.max_gsd)
    clear = look.quality >= settings.min_quality
    evidence = np.where(clear, look.log_odds, np.maximum(look.log_odds, 0.0))
    counted = _count(cells, "line_", look, good, evidence, settings)
    cells["support"][counted] = np.minimum(cells["support"][counted], look.support[counted])
    return cells


def _count(
    cells: Cells, kind: str, look: Look, good: Mask, evidence: Floats, settings: ScanSettings
) -> Indices:
    """Add the evidence (N,) of a look's `good` cells from a new point of view; returns which those are.

    kind: what the names of the fields begin with, empty for tiles.
    """
    looks, camera = f"{kind}looks", f"{kind}camera"
    x, y, z = (look.camera - cells[camera].astype(np.float64)).T
    # The stored place is rounded: by what that may be off, far away decimetres, the camera has not moved.
    distance = float(np.sqrt(np.einsum("ij,ij->i", look.camera, look.camera).max(initial=0.0)))
    baseline = settings.min_baseline + distance * _HALF_ROUNDING
    new = (x * x + y * y + z * z >= baseline**2) | (cells[looks] == 0)
    counted = np.flatnonzero(good & new & (cells[looks] < np.iinfo(np.uint16).max))
    cells[f"{kind}evidence"][counted] += evidence[counted].astype(np.float32)
    cells[looks][counted] += 1
    cells[camera][counted] = look.camera[counted]
    return counted


def posterior_log_odds(cells: Cells) -> Floats:
    """Log-odds of a crack in each cell, any shape.

    What the tiles say is about a whole hand's breadth: once the pixels of a cell have been looked at, it
    is worth no more than TILE_LIMIT for or against a crack in that very cell.
    """
    tiles = _fused(cells["evidence"], cells["looks"])
    tiles = np.where(cells["line_looks"] > 0, np.clip(tiles, -TILE_LIMIT, TILE_LIMIT), tiles)
    lines = _fused(cells["line_evidence"], cells["line_looks"])
    result: Floats = np.log(PRIOR / (1.0 - PRIOR)) + tiles + lines
    return result


def _fused(evidence: Floats, looks: NDArray[np.uint16]) -> Floats:
    """Log-odds of all looks together, from their sum and number.

    Looks share part of their errors, so n of them count as n / (1 + (n - 1) r) independent ones
    (the effective sample size under equal correlation r).
    """
    count = looks.astype(np.float64)
    result: Floats = evidence / (1.0 + np.maximum(count - 1.0, 0.0) * LOOK_CORRELATION)
    return result


def probability(cells: Cells) -> Floats:
    """Posterior probability of a crack in each cell, any shape."""
    result: Floats = 1.0 / (1.0 + np.exp(-posterior_log_odds(cells)))
    return result


def cell_resolution(pixels: Floats, cell_size: float) -> Floats:
    """Ground sampling distance (R, C) in metres per pixel, from the pixels (R, C, 2) of cell centres.

    The coarser direction counts: cell_size over the smaller singular value of the change of pixel
    with cell, which has a closed form for two by two.
    """
    # As x + iy, which takes half the passes.
    down, right = np.gradient(np.ascontiguousarray(pixels).view(np.complex128)[..., 0])
    half = ((down.real**2 + down.imag**2) + (right.real**2 + right.imag**2)) / 2
    determinant = right.real * down.imag - right.imag * down.real
    smaller = half - np.sqrt(np.maximum(half**2 - determinant**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = cell_size / np.sqrt(smaller)
    # A cell beside one behind the camera has no resolution: infinitely coarse.
    return np.where(np.isfinite(result), result, np.inf)


def _look(
    view: FrameView, evidence: Evidence, centres: Floats, pixels: Floats, resolution: Floats, stamp_ns: int
) -> Look:
    log_odds, quality = evidence.at(pixels)
    surface = view.surface
    offset = view.camera_pose.position - surface.origin
    camera = np.array([offset @ surface.u_axis, offset @ surface.v_axis, offset @ surface.normal])
    from_cell = np.empty((len(centres), 3))
    from_cell[:, :2] = camera[:2] - centres
    from_cell[:, 2] = camera[2]
    support = resolution * evidence.support_px
    return Look(log_odds, quality, resolution, _variance(view, pixels), from_cell, support, stamp_ns)


def _variance(view: FrameView, pixels: Floats) -> Floats:
    """Position variance (N,) in square metres per axis at pixels (N, 2)."""
    camera, shape = view.camera, LATTICE
    table = _nearness(view, camera.lattice)
    if not table.all():
        table, shape = _nearness(view, camera.fine_lattice), FINE_LATTICE
    rows, columns = shape
    places = pixels * [(columns - 1) / (camera.width - 1.0), (rows - 1) / (camera.height - 1.0)]
    nearness = map_coordinates(table.reshape(shape), places.T[::-1], order=1, mode="nearest")
    # Powers written out: NumPy's are slow.
    squared = np.maximum(nearness * nearness, _ANYWHERE**-0.5)
    result: Floats = 1.0 / (squared * squared)
    return result


def _nearness(view: FrameView, bundle: RayBundle) -> Floats:
    """(N,) inverse fourth root of the position variance where rays meet the surface; 0 where they miss.

    On a plane it goes to the horizon nearly evenly with the pixel, while the variance goes to infinity.
    """
    covariance = view.position_covariance(bundle)
    variance = (covariance[:, 0, 0] + covariance[:, 1, 1]) / 2
    return np.where(np.isfinite(variance), np.maximum(variance, _TINY) ** -0.25, 0.0)
