"""Which part of the planned surface was really looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from crack_scanner.mapping.evidence_grid import NOT_GOOD_ENOUGH, SCANNED, EvidenceGrid
from crack_scanner.mapping.fusion import all_cells

Floats = NDArray[np.float64]

# Gaps smaller than this are noise of the cells at the border of pictures, square metres.
SMALLEST_GAP = 0.0004


@dataclass(frozen=True)
class Gap:
    """A connected part of the planned surface that is not scanned.

    area: square metres. u, v: its centre, metres. width, height: of its bounding box, metres.
    """

    area: float
    u: float
    v: float
    width: float
    height: float


@dataclass(frozen=True, eq=False)
class Coverage:
    """State of every cell of the planned surface.

    states: (rows, columns) uint8 of NOT_SCANNED, NOT_GOOD_ENOUGH, SCANNED; row 0 lies at v = 0.
    Areas in square metres. resolution: median of the scanned cells' best ground sampling distance,
    metres per pixel, None if nothing was scanned. gaps: largest first.
    """

    states: NDArray[np.uint8]
    cell_size: float
    planned: float
    scanned: float
    not_good_enough: float
    resolution: float | None
    gaps: tuple[Gap, ...]

    @property
    def percent(self) -> float:
        """Scanned share of the planned surface, 0 to 100."""
        return min(100.0, 100.0 * self.scanned / self.planned)

    def scanned_at(self, uv: Floats) -> NDArray[np.bool_]:
        """(N,) whether the cells at surface coordinates (N, 2) were scanned; False beside the surface."""
        columns, rows = np.floor(uv / self.cell_size).astype(int).T
        inside = (rows >= 0) & (rows < self.states.shape[0])
        inside &= (columns >= 0) & (columns < self.states.shape[1])
        result = np.zeros(len(uv), dtype=bool)
        result[inside] = self.states[rows[inside], columns[inside]] == SCANNED
        return result


def coverage(grid: EvidenceGrid, width: float, height: float) -> Coverage:
    """Coverage of the planned surface of width x height metres."""
    cells = all_cells(grid)
    states = cells["state"]
    scanned = states == SCANNED
    areas = _cell_areas(grid, width, height)
    resolution = float(np.median(cells["resolution"][scanned])) if scanned.any() else None
    return Coverage(
        states,
        grid.cell_size,
        width * height,
        float(areas[scanned].sum()),
        float(areas[states == NOT_GOOD_ENOUGH].sum()),
        resolution,
        tuple(_gaps(~scanned, areas, grid.cell_size)),
    )


def _cell_areas(grid: EvidenceGrid, width: float, height: float) -> Floats:
    """(rows, columns) square metres of each cell inside the surface; border cells can be cut."""
    size = grid.cell_size
    v = np.minimum(height - np.arange(grid.extent.rows) * size, size)
    u = np.minimum(width - np.arange(grid.extent.columns) * size, size)
    return np.outer(v, u)


def _gaps(missing: NDArray[np.bool_], areas: Floats, cell_size: float) -> list[Gap]:
    labels, count = label(missing)
    sizes = np.bincount(labels.ravel(), weights=areas.ravel(), minlength=count + 1)
    gaps: list[Gap] = []
    for number, box in enumerate(find_objects(labels), start=1):
        if sizes[number] < SMALLEST_GAP:
            continue
        rows, columns = np.nonzero(labels[box] == number)
        centre_u = (box[1].start + columns.mean() + 0.5) * cell_size
        centre_v = (box[0].start + rows.mean() + 0.5) * cell_size
        height, width = ((side.stop - side.start) * cell_size for side in box)
        gaps.append(Gap(float(sizes[number]), float(centre_u), float(centre_v), width, height))
    return sorted(gaps, key=lambda gap: (-gap.area, gap.v, gap.u))
