"""How long a crack is, although the map draws it smoother than it runs.

The length of a rough line depends on the ruler: the map's path, made of cells of a centimetre, walks past
every kink that is smaller than two or three of them. A picture shows those kinks. So each line that was
seen in a picture is measured twice, at the picture's own resolution and with the map's ruler, and the
ratio of the two, over all looks at a place, is by how much the path through that place is too short.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.spatial import cKDTree

from crack_scanner.mapping.evidence_grid import Cells, CellWindow, EvidenceGrid
from crack_scanner.mapping.polyline import path_length, resampled, smoothed

Floats = NDArray[np.float64]

# The ruler: the standard deviation, metres, by which a course is blurred before it is measured. Far coarser
# than what drawing the path from cells does to it, so that both kinds of line are alike afterwards.
RULER = 0.02
# Steps of that length are small against the ruler and larger than a picture's noise, metres.
_STEP = 0.001
# A line of less than so many rulers has no course of its own: its ends are all there is.
_SHORTEST = 2.0
# So much of a line beside the grid still has a say in how the ruler sees it on the grid, metres.
_MARGIN = 4 * RULER
# A path's surroundings, in cells, in which lines are lines of its crack even if its sigma is smaller.
_NARROWEST_REACH = 1.5


def add_course(grid: EvidenceGrid, uv: Floats) -> None:
    """Add a line of one picture (N, 2), metres on the surface, to the lengths in the cells it crosses.

    What lies beside the grid is cut off: towards the horizon a line of a few pixels is kilometres long.
    """
    size = np.array([grid.extent.columns, grid.extent.rows]) * grid.cell_size
    with np.errstate(invalid="ignore"):
        near = ((uv > -_MARGIN) & (uv < size + _MARGIN)).all(axis=1)
    runs, count = label(near)
    for run in range(1, count + 1):
        _add_run(grid, uv[runs == run])


def _add_run(grid: EvidenceGrid, uv: Floats) -> None:
    """Add a line (N, 2) that lies on the grid or near it from one end to the other."""
    if len(uv) < 2 or path_length(uv) < _SHORTEST * RULER:
        return
    fine = resampled(uv, _STEP)
    course = ruled(fine, _STEP)
    middle = (course[1:] + course[:-1]) / 2
    window = grid.window(middle)
    columns, rows = np.floor(middle / grid.cell_size).astype(int).T - [[window.column], [window.row]]
    inside = (rows >= 0) & (rows < window.rows) & (columns >= 0) & (columns < window.columns)
    if not inside.any():
        return
    cells = grid.read(window).reshape(-1)
    place = (rows * window.columns + columns)[inside]
    for name, line in (("line_length", fine), ("line_ruled", course)):
        steps = np.linalg.norm(np.diff(line, axis=0), axis=1)[inside]
        cells[name] += np.bincount(place, steps, minlength=len(cells)).astype(np.float32)
    grid.write(window, cells.reshape(window.rows, window.columns))


def ruled(path: Floats, step: float) -> Floats:
    """A path (N, 2) with points every `step` metres as the ruler sees it."""
    return smoothed(path, RULER / step)


def crack_length(
    cells: Cells,
    window: CellWindow,
    path: Floats,
    reach: float,
    cell_size: float,
    own: NDArray[np.bool_] | None = None,
) -> float:
    """Metres along a crack whose path (N, 2) was drawn from cells (rows, columns) of a window of the grid.

    The lines seen within `reach` metres say how rough it is, place by place; where none was, what they say
    on the whole. Without any line it is the path's own length. own: (rows, columns) whether the path is
    the nearest one; without, all cells are its.
    """
    ruled_here = cells["line_ruled"] > 0
    seen = np.argwhere(ruled_here if own is None else ruled_here & own)
    if len(seen) == 0:
        return path_length(path)
    fine = resampled(path, cell_size)
    course = ruled(fine, path_length(path) / (len(fine) - 1))
    middle = (fine[1:] + fine[:-1]) / 2
    centres = (seen[:, ::-1] + [window.column, window.row] + 0.5) * cell_size
    distance, place = cKDTree(middle).query(centres)
    near = distance <= max(reach, _NARROWEST_REACH * cell_size)
    if not near.any():
        return path_length(path)
    length, with_ruler = (
        np.bincount(place[near], cells[name][tuple(seen[near].T)], minlength=len(middle))
        for name in ("line_length", "line_ruled")
    )
    roughness = np.full(len(middle), length.sum() / with_ruler.sum())
    np.divide(length, with_ruler, out=roughness, where=with_ruler > 0)
    return float(np.linalg.norm(np.diff(course, axis=0), axis=1) @ roughness)
