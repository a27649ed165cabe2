"""Which points of a surface a camera really sees: the yardstick for reported coverage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crack_scanner.surface.footprint import FrameView

Floats = NDArray[np.float64]


def visible(view: FrameView, uv: Floats) -> NDArray[np.bool_]:
    """(N,) whether surface coordinates (N, 2) in metres lie inside the picture of this view.

    Far outside the field of view a distortion polynomial can fold points back into the picture;
    directions beyond those of the picture's border are therefore excluded first.
    """
    points = view.surface_to_camera(uv)
    ahead = points[:, 2] > 1e-9
    directions = points[:, :2] / np.where(ahead, points[:, 2], 1.0)[:, None]
    low, high = _direction_limits(view)
    result: NDArray[np.bool_] = ahead & (directions >= low).all(axis=1) & (directions <= high).all(axis=1)
    result[result] = view.inside(view.camera.project(points[result]))
    return result


def _direction_limits(view: FrameView) -> tuple[Floats, Floats]:
    """Smallest and largest x / z, y / z (2,) of the rays through the picture's border."""
    width, height = view.camera.width, view.camera.height
    x, y = np.linspace(-0.5, width - 0.5, 65), np.linspace(-0.5, height - 0.5, 65)
    sides = [(x, 0 * x - 0.5), (x, 0 * x + height - 0.5), (0 * y - 0.5, y), (0 * y + width - 0.5, y)]
    rays = view.camera.rays(np.concatenate([np.stack(side, axis=1) for side in sides]))
    directions = rays[:, :2] / rays[:, 2:]
    return directions.min(axis=0) - 1e-6, directions.max(axis=0) + 1e-6
