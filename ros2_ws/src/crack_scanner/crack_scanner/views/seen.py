"""What a live view is told: values that are taken from the running scan and do not change any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.crack import Crack
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.vision.scores import TileScores

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ScoredPicture:
    """A picture (H, W, 3) uint8 RGB, with its tiles and crack lines."""

    image: NDArray[np.uint8]
    scores: TileScores


@dataclass(frozen=True, eq=False)
class MapState:
    """The map at a time.

    stamp_ns: exposure of the newest picture in it. states: (rows, columns) uint8, coverage by squares of
    `square_size` metres from the surface's first corner, as mapping.coverage has them. camera: (3,) metres in
    the frame of the surface, None while unknown. outline: (N, 3) metres, what that camera sees of the
    surface; empty where it looks past it. figures: numbers by name, to plot over time. scale_known: False
    where all metres and millimetres are as if a pixel were 1 mm.
    """

    stamp_ns: int
    surface: SurfacePlane
    cracks: tuple[Crack, ...]
    states: NDArray[np.uint8]
    square_size: float
    camera: Floats | None
    outline: Floats
    figures: Mapping[str, float]
    scale_known: bool = True
