"""Which part of the planned surface was really looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from crack_scanner.mapping.evidence_grid import NOT_GOOD_ENOUGH, NOT_SCANNED, SCANNED
from crack_scanner.mapping.overview import Overview

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
    Areas in square metres. resolution: median, to a block of cells, of the scanned cells' best ground
    sampling distance, metres per pixel, None if nothing was scanned. gaps: largest first.
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


def coverage(seen: Overview) -> Coverage:
    """Coverage of the planned surface.

    Areas are exact to a cell. The states are those of the cells, or, where that were more than
    MOST_SQUARES, of squares of several cells, by the larger part of each.
    """
    planned, scanned, poor = seen.areas()
    states = np.where(
        2 * scanned >= planned,
        SCANNED,
        np.where(2 * (scanned + poor) >= planned, NOT_GOOD_ENOUGH, NOT_SCANNED),
    )
    size = seen.square_size
    return Coverage(
        states.astype(np.uint8),
        size,
        seen.width * seen.height,
        float(scanned.sum()),
        float(poor.sum()),
        seen.resolution(),
        tuple(_gaps(states != SCANNED, planned - scanned, size)),
    )


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
