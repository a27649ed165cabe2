"""Confirmed cells of the evidence grid as lines on the surface."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    binary_fill_holes,
    distance_transform_edt,
    find_objects,
    gaussian_filter,
    label,
    maximum_filter,
)
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

from crack_scanner.mapping.crack_bridging import bridged
from crack_scanner.mapping.crack_ends import with_full_ends
from crack_scanner.mapping.crack_graph import crack_lines
from crack_scanner.mapping.evidence_grid import Cells, CellWindow
from crack_scanner.mapping.fusion import PRIOR, posterior_log_odds
from crack_scanner.mapping.line_length import crack_length
from crack_scanner.mapping.polyline import path_length, resampled, simplified, smoothed
from crack_scanner.mapping.skeleton import ridge_skeleton
from crack_scanner.mapping.width_fusion import NO_WIDTHS, PathWidths, widths_along
from crack_scanner.settings import ScanSettings

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_EIGHT = np.ones((3, 3), dtype=bool)

# Log-odds that a cell's distance from the edge of its confirmed area is worth, for each cell.
_FLAT = 0.05

# A statement about a tile can come from anywhere in it. Where many tiles overlap, the crest of the
# sum is found to within about half a tile's step; this share of the support is its standard
# deviation across the line, measured with the forward model of the tests.
LOCALISATION = 0.14

# A line ends where its crest has fallen to this share of the highest log-odds within half a tile.
END_SHARE = 0.65

# A crack is as sure as this somewhere, and goes on as far as `confirm_probability` holds. The many places
# of a clean wall that look a little like one would otherwise add up to a crack now and then.
CORE_PROBABILITY = 0.99

# The same where a single look may confirm a crack, as one look alone never comes to more than 0.98. Of
# held-out tiles as pictures of their own, 30 of either set with a crack and 60 without, some 28, 20 and none
# come to it.
ONE_LOOK_CORE_PROBABILITY = 0.9

# Statements about less than so many cells are not about tiles but about pixels.
FINEST_TILE = 4.0

# A look is off the line drawn from all of them by this many cells at most, as a standard deviation.
WANDER_CELLS = 1.5

# Junctions closer than this share of the support are one: a tile cannot tell them apart.
BRIDGE = 1.3


@dataclass(frozen=True, eq=False)
class CrackLine:
    """One line as it stands in the grid now, without identity.

    path: (N, 2) surface coordinates u, v in metres. probability: mean posterior along it.
    observations: median number of counted looks along it. position_sigma: metres, across the line.
    drawing_sigma: the part of it that is not the poses': from drawing the line out of the cells.
    first_ns, last_ns: stamps of the first and last look at it. length, widths: of the crack, over all looks.
    """

    path: Floats
    probability: float
    observations: int
    position_sigma: float
    drawing_sigma: float
    first_ns: int
    last_ns: int
    length: float
    widths: PathWidths = NO_WIDTHS


def extract(cells: Cells, window: CellWindow, settings: ScanSettings) -> list[CrackLine]:
    """Lines of all confirmed cells (rows, columns) of a window of the grid."""
    ridge = _ridge(cells, settings.cell_size)
    threshold = _log_odds(settings.confirm_probability)
    confirmed = (ridge > threshold) & (cells["looks"] >= settings.min_looks)
    labels, _ = label(confirmed, structure=_EIGHT)
    sure = ONE_LOOK_CORE_PROBABILITY if settings.min_looks == 1 else CORE_PROBABILITY
    core = max(_log_odds(sure), threshold)
    paths: list[Floats] = []
    for number, box in enumerate(find_objects(labels), start=1):
        part = labels[box] == number
        if ridge[box][part].max() < core:
            continue
        corner = np.array([window.row + box[0].start, window.column + box[1].start], dtype=float)
        paths += _component_paths(cells[box], part, ridge[box], corner, settings)
    paths = bridged(paths, partial(_on_the_way, ridge, window, settings.cell_size), _log_odds(PRIOR))
    lines = [_line(path, cells, window, settings) for path in paths]
    nearest = _nearest_paths(cells, window, paths, settings.cell_size)
    return [_measured(cells, window, line, nearest == number, settings) for number, line in enumerate(lines)]


def _on_the_way(ridge: Floats, window: CellWindow, cell_size: float, places: Floats) -> float:
    """Median log-odds of a crack at places (N, 2) on the surface; -inf where nobody looked.

    ridge: log-odds (rows, columns) of a window. A crack may pass a cell beside the straight way.
    """
    columns, rows = np.floor(places / cell_size).astype(int).T - [[window.column], [window.row]]
    inside = (rows >= 1) & (rows < window.rows - 1) & (columns >= 1) & (columns < window.columns - 1)
    if not inside.all():
        return -np.inf
    around = np.stack([ridge[rows + r, columns + c] for r in (-1, 0, 1) for c in (-1, 0, 1)])
    return float(np.median(around.max(axis=0)))


def _nearest_paths(
    cells: Cells, window: CellWindow, paths: list[Floats], cell_size: float
) -> NDArray[np.intp]:
    """Number of the path (N, 2) nearest to each cell (rows, columns) with a line in it; elsewhere -1."""
    nearest = np.full(cells.shape, -1, dtype=np.intp)
    seen = np.argwhere((cells["line_ruled"] > 0) | (cells["width_looks"] > 0))
    if len(seen) == 0 or not paths:
        return nearest
    steps = [resampled(path, cell_size) for path in paths]
    owner = np.repeat(np.arange(len(paths)), [len(points) for points in steps])
    centres = (seen[:, ::-1] + [window.column, window.row] + 0.5) * cell_size
    nearest[tuple(seen.T)] = owner[cKDTree(np.concatenate(steps)).query(centres)[1]]
    return nearest


def _measured(
    cells: Cells, window: CellWindow, line: CrackLine, own: Mask, settings: ScanSettings
) -> CrackLine:
    """The line with its length and widths, from its `own` cells (rows, columns)."""
    # The cells lie beside the line by what the looks are off against each other. How far they are off
    # together has no bearing on it, and may be more than to the next crack.
    off = min(line.position_sigma, max(line.drawing_sigma, WANDER_CELLS * settings.cell_size))
    around = cells, window, line.path, 2 * off, settings.cell_size, own
    return replace(line, length=crack_length(*around), widths=widths_along(*around))


def confirmed_cells(cells: Cells, settings: ScanSettings) -> Mask:
    """Which cells (any shape) are crack: sure enough, from enough looks."""
    result: Mask = (posterior_log_odds(cells) > _log_odds(settings.confirm_probability)) & (
        cells["looks"] >= settings.min_looks
    )
    return result


def _log_odds(probability: float) -> float:
    return float(np.log(probability / (1.0 - probability)))


def _ridge(cells: Cells, cell_size: float) -> Floats:
    """Log-odds (rows, columns), blurred by a cell where they come from tiles; -inf where nobody looked.

    Tiles leave steps that a blur of a cell takes off; lines of pixel evidence it would wash out.
    """
    looked = cells["looks"] > 0
    sharp = np.where(looked, posterior_log_odds(cells), 0.0)
    weight = gaussian_filter(looked.astype(np.float64), 1.0, truncate=3.0)
    blurred = gaussian_filter(sharp, 1.0, truncate=3.0) / np.maximum(weight, 1e-9)
    coarse = cells["support"] > FINEST_TILE * cell_size
    return np.where(looked, np.where(coarse, blurred, sharp), -np.inf)


def _component_paths(
    cells: Cells, part: Mask, ridge: Floats, corner: Floats, settings: ScanSettings
) -> list[Floats]:
    """Paths (N, 2) in metres in a connected part; corner: row and column of its first cell in the grid."""
    if max(part.shape) * settings.cell_size < settings.min_crack_length / 2:
        return []
    finest = float(np.median(cells["support"][part])) / settings.cell_size
    support = max(FINEST_TILE, finest)
    part = _without_small_holes(part, (support / 2) ** 2)
    # Where the crest is flat the line belongs in the middle of it.
    middle = _FLAT * distance_transform_edt(np.pad(part, 1))[1:-1, 1:-1]
    height = np.where(part, np.where(np.isfinite(ridge), ridge, 0.0) + middle, -1e3)
    end_height = END_SHARE * maximum_filter(height, size=2 * round(support / 2) + 1)
    # A band of two or three cells has no crest: where the evidence is about pixels, its shape counts.
    of_tiles = finest > FINEST_TILE
    skeleton = ridge_skeleton(part, height, end_height) if of_tiles else skeletonize(part)
    found = crack_lines(skeleton, min_branch=0.75 * support, bridge=BRIDGE * support)
    full = with_full_ends(found, part & (height >= end_height), support / 2)
    paths = [_surface_path(line + corner, settings.cell_size, support) for line in full]
    return [path for path in paths if path_length(path) >= settings.min_crack_length]


def _without_small_holes(part: Mask, largest: float) -> Mask:
    """The mask with holes of up to `largest` cells filled: they are noise, larger ones are between cracks."""
    holes, _ = label(binary_fill_holes(part) & ~part)
    small = np.bincount(holes.ravel()) <= largest
    small[0] = False
    result: Mask = part | small[holes]
    return result


def _surface_path(cells_path: Floats, cell_size: float, support: float) -> Floats:
    """Cells (N, 2) row, column as a smooth path (N, 2) u, v in metres."""
    raw = (cells_path[:, ::-1] + 0.5) * cell_size
    return simplified(smoothed(resampled(raw, cell_size), sigma=max(1.0, support / 6)), cell_size / 10)


def _line(path: Floats, cells: Cells, window: CellWindow, settings: ScanSettings) -> CrackLine:
    corner = np.array([window.row, window.column])
    every_cell = resampled(path, settings.cell_size)[:, ::-1]
    rows, columns = np.rint(every_cell / settings.cell_size - 0.5 - corner).astype(int).T
    on_path = cells[np.clip(rows, 0, cells.shape[0] - 1), np.clip(columns, 0, cells.shape[1] - 1)]
    on_path = on_path[on_path["looks"] > 0]
    probability = 1.0 / (1.0 + np.exp(-posterior_log_odds(on_path)))
    # Poses of neighbouring looks drift together, so their variances do not average out.
    pose_variance = float(np.mean(on_path["variance"] / on_path["looks"]))
    line_variance = (LOCALISATION * float(np.median(on_path["support"]))) ** 2 + settings.cell_size**2 / 12
    return CrackLine(
        path,
        float(np.mean(probability)),
        int(np.median(on_path["looks"])),
        float(np.sqrt(pose_variance + line_variance)),
        float(np.sqrt(line_variance)),
        int(on_path["first_ns"].min()),
        int(on_path["last_ns"].max()),
        path_length(path),
    )
