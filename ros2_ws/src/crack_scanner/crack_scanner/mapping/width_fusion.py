"""Widths measured in pictures, brought onto the surface and put together over all looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.spatial import cKDTree

from crack_scanner.mapping.evidence_grid import Cells, CellWindow, EvidenceGrid
from crack_scanner.mapping.fusion import LOOK_CORRELATION
from crack_scanner.mapping.polyline import resampled
from crack_scanner.surface.footprint import FrameView
from crack_scanner.vision.width import LineWidths

Floats = NDArray[np.float64]

# Widths are looked up at every so many points of a line; its points lie about a pixel apart and a
# cell is several pixels wide.
_STRIDE = 4
# A crack's profile is freed of single outliers by the median over so many cells.
_MEDIAN = 3
# Width of a path's surroundings, in cells, from which widths are taken even if its sigma is smaller.
_NARROWEST_REACH = 1.5


@dataclass(frozen=True, eq=False)
class WidthSamples:
    """Widths at N points of the surface. uv: (N, 2) metres.

    width, sigma: (N,) metres, NaN where not measurable. smallest: (N,) metres, the smallest width that
    could have been claimed.
    """

    uv: Floats
    width: Floats
    sigma: Floats
    smallest: Floats


@dataclass(frozen=True)
class PathWidths:
    """Width of one crack, metres. All None, but `smallest`, where no look could measure it."""

    maximum: float | None
    mean: float | None
    sigma: float | None
    smallest: float | None


NO_WIDTHS = PathWidths(None, None, None, None)


def located_widths(view: FrameView, line: LineWidths) -> WidthSamples:
    """A line's widths in pixels as widths on the surface.

    A square pixel becomes a parallelogram of area |det J| there (J: change of surface coordinates with
    pixel). The strip of one pixel's length along the crack is |J t| long, so it is |det J| / |J t| wide
    for each pixel of width: right under any angle of view.
    """
    points = line.points[::_STRIDE]
    jacobian = view.pixel_jacobian(points)
    along = np.gradient(points, axis=0) if len(points) > 1 else np.ones_like(points)
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    strip = np.linalg.norm(np.einsum("nij,nj->ni", jacobian, along), axis=1)
    scale = np.abs(np.linalg.det(jacobian)) / np.maximum(strip, 1e-12)
    width = line.width[::_STRIDE] * scale
    sigma = np.hypot(line.sigma[::_STRIDE] * scale, width * _scale_error(view))
    return WidthSamples(view.pixels_to_surface(points), width, sigma, line.smallest * scale)


def add_widths(grid: EvidenceGrid, samples: WidthSamples) -> None:
    """Fuse the widths of one line of one picture into the grid: one value for each cell it crosses."""
    window = grid.window(samples.uv)
    columns, rows = np.floor(samples.uv / grid.cell_size).T - [[window.column], [window.row]]
    inside = (rows >= 0) & (rows < window.rows) & (columns >= 0) & (columns < window.columns)
    inside &= np.isfinite(samples.smallest)
    if not inside.any():
        return
    cells = grid.read(window).reshape(-1)
    place = (rows[inside] * window.columns + columns[inside]).astype(np.intp)
    _fuse(cells, place, samples, np.flatnonzero(inside))
    grid.write(window, cells.reshape(window.rows, window.columns))


def _fuse(cells: Cells, place: NDArray[np.intp], samples: WidthSamples, chosen: NDArray[np.intp]) -> None:
    """Add samples to flat cells; `place` (N,) is the cell of each of the `chosen` (N,) samples."""
    touched, first = np.unique(place, return_index=True)
    smallest = samples.smallest[chosen][first].astype(np.float32)
    before = cells["width_smallest"][touched]
    cells["width_smallest"][touched] = np.where(before > 0, np.minimum(before, smallest), smallest)
    measured = np.isfinite(samples.width[chosen]) & (samples.sigma[chosen] > 0)
    where, index = np.unique(place[measured], return_inverse=True)
    if len(where) == 0:
        return
    # Neighbouring samples of one look share their errors: their median is no surer than each of them.
    width = _medians(index, samples.width[chosen][measured])
    weight = _medians(index, samples.sigma[chosen][measured]) ** -2.0
    cells["width_weight"][where] += weight.astype(np.float32)
    cells["width_sum"][where] += (weight * width).astype(np.float32)
    cells["width_looks"][where] += 1


def _medians(index: NDArray[np.intp], values: Floats) -> Floats:
    """(G,) upper median of the values (N,) of each group; `index` (N,) names the groups from 0."""
    count = np.bincount(index)
    start = np.cumsum(count) - count
    result: Floats = values[np.lexsort((values, index))][start + count // 2]
    return result


def widths_along(
    cells: Cells, window: CellWindow, path: Floats, reach: float, cell_size: float
) -> PathWidths:
    """Width of the crack along a path (N, 2), from the cells (rows, columns) within `reach` metres of it."""
    profile, sigmas, smallest = _profile(cells, window, path, reach, cell_size)
    if len(profile) == 0:
        return PathWidths(None, None, None, smallest)
    smooth = median_filter(profile, size=_MEDIAN, mode="nearest")
    widest = int(np.argmax(smooth))
    return PathWidths(float(smooth[widest]), float(np.mean(profile)), float(sigmas[widest]), smallest)


def _profile(
    cells: Cells, window: CellWindow, path: Floats, reach: float, cell_size: float
) -> tuple[Floats, Floats, float | None]:
    """Widths and sigmas (M,) in order along the path, and the smallest width that could be claimed."""
    looked = np.argwhere(cells["width_smallest"] > 0)
    if len(looked) == 0:
        return np.empty(0), np.empty(0), None
    steps = resampled(path, cell_size)
    centres = (looked[:, ::-1] + [window.column, window.row] + 0.5) * cell_size
    distance, step = cKDTree(steps).query(centres)
    near = distance <= max(reach, _NARROWEST_REACH * cell_size)
    chosen = cells[tuple(looked[near].T)]
    smallest = float(np.median(chosen["width_smallest"])) if near.any() else None
    measured = chosen["width_looks"] > 0
    chosen, step = chosen[measured], step[near][measured]
    weight = np.bincount(step, chosen["width_weight"], minlength=len(steps))
    total = np.bincount(step, chosen["width_sum"], minlength=len(steps))
    looks = np.bincount(step, chosen["width_looks"], minlength=len(steps))
    known = weight > 0
    # As with evidence, n looks with correlated errors are worth n / (1 + (n - 1) r).
    inflation = 1.0 + np.maximum(looks[known] - 1.0, 0.0) * LOOK_CORRELATION
    return total[known] / weight[known], np.sqrt(inflation / weight[known]), smallest


def _scale_error(view: FrameView) -> float:
    """Relative error of the ground sampling distance: that of the distance to the surface."""
    normal = view.surface.normal
    distance = abs(float((view.camera_pose.position - view.surface.origin) @ normal))
    variance = float(normal @ view.camera_pose.covariance[:3, :3] @ normal)
    return float(np.sqrt(max(variance, 0.0))) / max(distance, 1e-6)
