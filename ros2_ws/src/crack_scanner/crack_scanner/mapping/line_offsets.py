"""How far off a picture shows the cracks that the map knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.crack_extraction import LOCALISATION
from crack_scanner.mapping.evidence import Evidence
from crack_scanner.mapping.evidence_grid import Cells, EvidenceGrid
from crack_scanner.surface.footprint import FrameView

Floats = NDArray[np.float64]

# Most points of cracks that one picture is compared at, and samples across a band of evidence.
_MOST_POINTS = 100
_SAMPLES = 8
# A band of evidence is this many supports wide; anything else is no single crack.
_NARROWEST, _WIDEST = 0.3, 1.6


@dataclass(frozen=True, eq=False)
class LineOffsets:
    """Where a picture shows the cracks of the map, across them.

    points, normals: (N, 2) on the cracks and across them, metres. offset: (N,) metres along the normal
    from the point to where the picture shows the crack. sigma: (N,) metres. step: metres of crack that
    each point stands for.
    """

    points: Floats
    normals: Floats
    offset: Floats
    sigma: Floats
    step: float


def thinned(points: Floats, normals: Floats, step: float) -> tuple[Floats, Floats, float]:
    """At most as many points (N, 2), normals and step as one picture is compared at, evenly chosen."""
    stride = max(1, int(np.ceil(len(points) / _MOST_POINTS)))
    return points[::stride], normals[::stride], step * stride


def cells_at(grid: EvidenceGrid, points: Floats) -> Cells:
    """The cells (N,) that points (N, 2) of the surface lie in; empty ones beside it."""
    window = grid.window(points)
    known = grid.read(window)
    cells = np.zeros(len(points), known.dtype)
    columns, rows = (np.floor(points / grid.cell_size).astype(int) - [window.column, window.row]).T
    inside = (rows >= 0) & (rows < window.rows) & (columns >= 0) & (columns < window.columns)
    cells[inside] = known[rows[inside], columns[inside]]
    return cells


def line_offsets(
    view: FrameView,
    evidence: Evidence,
    points: Floats,
    normals: Floats,
    line_sigma: Floats,
    reach: float,
    step: float,
) -> LineOffsets:
    """Offsets of the evidence of one picture from points (N, 2) of cracks with their normals (N, 2).

    line_sigma: (N,) metres, of the map's lines. reach: largest offset that is looked for, metres. Points
    that the picture does not show, or shows without a clear band of evidence across them, are left out.
    """
    support = _support(view, evidence, points)
    places = np.arange(-reach - support, reach + support, support / _SAMPLES)
    samples = points[:, None] + places[:, None] * normals[:, None]
    pixels = view.surface_to_pixels(samples.reshape(-1, 2))
    inside = view.inside(pixels)
    positive = np.zeros(len(pixels), dtype=bool)
    with np.errstate(invalid="ignore"):
        positive[inside] = evidence.at(pixels[inside])[0] > 0.0
    shape = len(points), len(places)
    index, middle, width = _nearest_bands(positive.reshape(shape), inside.reshape(shape), places)
    clear = (np.abs(middle) <= reach) & (width > _NARROWEST * support) & (width < _WIDEST * support)
    index = index[clear]
    sigma = np.hypot(line_sigma[index], LOCALISATION * support)
    return LineOffsets(points[index], normals[index], middle[clear], sigma, step)


def _support(view: FrameView, evidence: Evidence, points: Floats) -> float:
    """Metres across that one statement of the evidence is about, near the points."""
    middle = view.surface_to_pixels(points.mean(axis=0, keepdims=True))
    return float(evidence.support_px * view.ground_sampling_distance(middle)[0])


def _nearest_bands(
    positive: NDArray[np.bool_], inside: NDArray[np.bool_], places: Floats
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Row, middle and width of the band of positive samples (N, K) nearest to place 0 of each row.

    Rows whose nearest band touches the end of the row or of the picture have no middle and are left out.
    """
    padded = np.pad(positive, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(padded, axis=1)
    rows, first = np.nonzero(change == 1)
    last = np.nonzero(change == -1)[1] - 1
    half = (places[1] - places[0]) / 2
    middle = (places[first] + places[last]) / 2
    width = places[last] - places[first] + 2 * half
    open_ended = (first == 0) | (last == len(places) - 1)
    open_ended |= ~inside[rows, np.maximum(first - 1, 0)]
    open_ended |= ~inside[rows, np.minimum(last + 1, len(places) - 1)]
    order = np.lexsort((np.abs(middle), rows))
    chosen = order[np.unique(rows[order], return_index=True)[1]]
    chosen = chosen[~open_ended[chosen]]
    return rows[chosen], middle[chosen], width[chosen]
