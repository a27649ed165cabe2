"""A crack of the map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.polyline import path_length
from crack_scanner.mapping.severity import NOT_MEASURED

Floats = NDArray[np.float64]

NEW = "new"


@dataclass(frozen=True)
class BestPicture:
    """Which picture shows a crack best. merit: pixels along the crack that it shows, times its quality."""

    stamp_ns: int
    merit: float


@dataclass(frozen=True, eq=False)
class Crack:
    """One crack, one entry, however often it was seen.

    id: from first confirmation to the end of the session. path: (N, 2) surface coordinates u, v in
    metres. position_sigma: metres, across the path. probability: mean posterior along the path.
    observations: median number of counted looks along the path. first_seen_ns, last_seen_ns: stamps of
    the first and last look.
    width_max_mm, width_mean_mm, width_sigma_mm: None while no width was measured. smallest_width_mm: the
    smallest width that could have been claimed, None where nobody tried; a crack that has it but no
    width is finer. severity: one of mapping.severity.SEVERITIES. status: against an earlier session.
    joined: ids of cracks that turned out to be parts of this one, ascending. measured_length: metres, with
    the roughness that the path is too smooth to show; None where nobody measured it. picture: that is kept of
    it, None without one.
    """

    id: int
    path: Floats
    position_sigma: float
    probability: float
    observations: int
    first_seen_ns: int
    last_seen_ns: int
    width_max_mm: float | None = None
    width_mean_mm: float | None = None
    width_sigma_mm: float | None = None
    smallest_width_mm: float | None = None
    severity: str = NOT_MEASURED
    status: str = NEW
    joined: tuple[int, ...] = ()
    measured_length: float | None = None
    picture: BestPicture | None = None

    @property
    def length(self) -> float:
        """Metres along the crack."""
        return path_length(self.path) if self.measured_length is None else self.measured_length

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Bounding box in metres: lowest u, lowest v, highest u, highest v."""
        low, high = self.path.min(axis=0), self.path.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])
