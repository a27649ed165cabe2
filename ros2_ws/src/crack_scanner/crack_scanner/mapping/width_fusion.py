"""Widths measured in pictures, brought onto the surface and put together over all looks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from crack_scanner.mapping.evidence_grid import Cells, CellWindow, EvidenceGrid, put, taken
from crack_scanner.mapping.fusion import LOOK_CORRELATION
from crack_scanner.mapping.polyline import resampled
from crack_scanner.surface.footprint import FrameView
from crack_scanner.vision.width import LineWidths

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Widths are looked up at every so many points of a line; its points lie about a pixel apart and a
# cell is several pixels wide.
_STRIDE = 4
# The largest width in a cell is this quantile of those that one look measured there.
PEAK = 0.75
# A width counts up to so many times the median of it and its neighbours, if enough looks measured it.
STEEPEST, _SURE_LOOKS = 1.5, 3
# Of largest widths, as a share of them, what no number of looks takes away: the model of a profile errs alike
# in all of them, and between its samples a crack may be wider still. On simulated walls most came out 2 to
# 8 % too small, 4 % in the middle.
LARGEST_ERROR = 0.05
# Smallest widths that differ by less than this factor are alike: looks from about the same distance.
_ALIKE = 1.25
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
    """Width of one crack, metres. None where no look could measure it, or where it is below `smallest`.

    sigma: of the maximum. smallest: None where no look could measure it.
    """

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
    """Add samples to flat cells; `place` (N,) is the cell of each of the `chosen` (N,) samples.

    A look that measured less than it can claim says only that the crack is finer than that. Such looks
    are put together with others of their kind, as leaving them out would leave the largest of them; but
    what they measured never counts as a width that a finer look could claim.
    """
    measured = np.isfinite(samples.width[chosen]) & (samples.sigma[chosen] > 0)
    chosen = chosen[measured]
    where, first, index = np.unique(place[measured], return_index=True, return_inverse=True)
    if len(where) == 0:
        return
    # Neighbouring samples of one look share their errors: their median is no surer than each of them.
    width = _quantiles(index, samples.width[chosen], 0.5)
    peak = _quantiles(index, samples.width[chosen], PEAK)
    weight = _quantiles(index, samples.sigma[chosen], 0.5) ** -2.0
    smallest = samples.smallest[chosen][first]
    held = taken(cells, where)
    before = held["width_smallest"].astype(np.float64)
    known = held["width_looks"] > 0
    said = np.divide(held["width_sum"], held["width_weight"], out=np.zeros(len(where)), where=known)
    outdone = known & (said < before) & (said >= smallest)
    for name in ("width_looks", "width_weight", "width_sum", "width_peak"):
        held[name][outdone] = 0
    too_coarse = known & (width < smallest) & (smallest > _ALIKE * before)
    counted = ~too_coarse & (held["width_looks"] < np.iinfo(np.uint16).max)
    held["width_smallest"][counted] = np.where(known, np.minimum(before, smallest), smallest)[counted]
    for name, values in (("weight", weight), ("sum", weight * width), ("peak", weight * peak)):
        held[f"width_{name}"][counted] += values[counted].astype(np.float32)
    held["width_looks"][counted] += 1
    put(cells, where, held)


def _quantiles(index: NDArray[np.intp], values: Floats, share: float) -> Floats:
    """(G,) quantile, the next larger value, of values (N,) by group; `index` (N,) names groups from 0."""
    count = np.bincount(index)
    start = np.cumsum(count) - count
    place = np.ceil(share * (count - 1)).astype(np.intp)
    result: Floats = values[np.lexsort((values, index))][start + place]
    return result


def widths_along(
    cells: Cells, window: CellWindow, path: Floats, reach: float, cell_size: float, own: Mask | None = None
) -> PathWidths:
    """Width of the crack along a path (N, 2), from the cells (rows, columns) within `reach` metres of it.

    reach: two standard deviations of what looks are off against each other.
    own: (rows, columns) whether the path is the nearest one; without, all cells are its.
    """
    profile = _profile(cells, window, path, reach, cell_size, own)
    if len(profile.mean) == 0:
        return NO_WIDTHS
    # The largest of n equal widths is measured this much too large on average (Gumbel's limit for a normal
    # error). The widest place is the one that is widest without it: not that which is known least.
    chance = profile.sigma * np.sqrt(2.0 * np.log(len(profile.peak)))
    widest = int(np.argmax(profile.peak - chance))
    # What can be told apart at the widest place and, mostly, along the crack.
    smallest = max(profile.smallest, float(profile.limit[widest]))
    maximum, mean = float(profile.peak[widest]), float(np.mean(profile.mean))
    # Only what stays resolvable without chance is claimed; of the others it is said what they are below.
    if maximum - chance[widest] < smallest:
        return PathWidths(None, None, None, max(float(profile.peak.max()), smallest))
    # Less than could be told apart is never claimed.
    claimed = mean if mean >= profile.smallest else None
    # Looks that are off against each other mix neighbouring widths, which lowers the largest about as much
    # as mixing them once more would.
    mixed = gaussian_filter1d(profile.peak, reach / 2 / cell_size, mode="nearest")
    lost = max(maximum - float(mixed[widest]), 0.0)
    # Chance may have made the largest so much too large, or nothing of it.
    sigma = math.hypot(profile.sigma[widest], chance[widest] / 2, lost, LARGEST_ERROR * maximum)
    return PathWidths(maximum, claimed, sigma, profile.smallest)


@dataclass(frozen=True, eq=False)
class _Profile:
    """Widths at M places in order along a path, metres: mean, largest nearby, and the sigma of both.

    limit: (M,) the smallest width that could have been claimed there. smallest: its median.
    """

    mean: Floats
    peak: Floats
    sigma: Floats
    limit: Floats
    smallest: float


def _profile(
    cells: Cells, window: CellWindow, path: Floats, reach: float, cell_size: float, own: Mask | None
) -> _Profile:
    known = cells["width_looks"] > 0
    measured = np.argwhere(known if own is None else known & own)
    steps = resampled(path, cell_size)
    centres = (measured[:, ::-1] + [window.column, window.row] + 0.5) * cell_size
    distance, step = cKDTree(steps).query(centres)
    near = distance <= max(reach, _NARROWEST_REACH * cell_size)
    if not near.any():
        return _Profile(np.empty(0), np.empty(0), np.empty(0), np.empty(0), 0.0)
    chosen, step = cells[tuple(measured[near].T)], step[near]
    smallest = float(np.median(chosen["width_smallest"]))
    weight, total, peak, looks, limit = (
        np.bincount(step, values.astype(np.float64), minlength=len(steps)).astype(np.float64)
        for values in (
            *(chosen[f"width_{name}"] for name in ("weight", "sum", "peak", "looks")),
            chosen["width_weight"] * chosen["width_smallest"],
        )
    )
    known = weight > 0
    # As with evidence, n looks with correlated errors are worth n / (1 + (n - 1) r).
    inflation = 1.0 + np.maximum(looks[known] - 1.0, 0.0) * LOOK_CORRELATION
    mean: Floats = total[known] / weight[known]
    peak = _borne_out(peak[known] / weight[known], looks[known], mean, smallest)
    sigma: Floats = np.sqrt(inflation / weight[known])
    return _Profile(mean, peak, sigma, limit[known] / weight[known], smallest)


def _borne_out(peak: Floats, looks: Floats, mean: Floats, smallest: float) -> Floats:
    """Largest widths (M,) that what is next to them bears out.

    Openings widen and narrow over centimetres. What is far wider than both its neighbours is a pore that
    the crack runs through, or one look that erred; on a crack about as fine as what can be told apart,
    anything wider than its neighbours is.
    """
    # A path's first and last place have one neighbour, which counts for both.
    beside = np.pad(peak, 1, mode="reflect")
    around = np.median([beside[:-2], peak, beside[2:]], axis=0)
    plain = np.clip(2 * (float(np.mean(mean)) / max(smallest, 1e-9) - 0.8), 0.0, 1.0)
    steepest = np.where(looks >= _SURE_LOOKS, 1.0 + (STEEPEST - 1.0) * plain, 1.0)
    result: Floats = np.minimum(peak, steepest * around)
    return result


def _scale_error(view: FrameView) -> float:
    """Relative error of the ground sampling distance: that of the distance to the surface."""
    normal = view.surface.normal
    variance = float(normal @ view.camera_pose.covariance[:3, :3] @ normal)
    return float(np.sqrt(max(variance, 0.0))) / max(view.distance, 1e-6)
