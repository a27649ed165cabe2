"""What stands where in Rerun's viewer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import rerun.blueprint as rrb

from crack_scanner.surface.plane import SurfacePlane

CAMERA = "camera"
SURFACE = "surface"
COVERAGE = f"{SURFACE}/coverage"
CRACKS = (SURFACE, "cracks")
ROBOT = f"{SURFACE}/robot"
TABLE = "cracks"
FIGURES = "figures"
TIMELINE = "scan_time"

# Figures that share a plot, and its title.
PLOTS = {
    "Coverage, %": ("coverage_percent",),
    "Tiles a second": ("tiles_per_s",),
    "Lag, s": ("lag_s",),
    "Cracks": ("cracks",),
    "Frames lost or waiting": ("frames_dropped", "frames_waiting"),
}
# Distance of the eye per metre of the surface's longer side: the surface then fills the view.
_EYE_DISTANCE = 0.8


def layout(surface: SurfacePlane, figures: Collection[str], picture: tuple[int, int]) -> Any:
    """The surface seen from the front, the camera's picture, the table and plots of the figures there are.

    picture: width and height of the pictures as they are shown, pixels.
    """
    bounds = rrb.VisualBounds2D(x_range=(0, picture[0]), y_range=(0, picture[1]))
    plots = [
        rrb.TimeSeriesView(name=title, origin=FIGURES, contents=[f"{FIGURES}/{name}" for name in names])
        for title, names in PLOTS.items()
        if any(name in figures for name in names)
    ]
    return rrb.Blueprint(
        rrb.Vertical(
            rrb.Horizontal(
                rrb.Spatial3DView(
                    name="Crack map", origin=SURFACE, eye_controls=_from_the_front(surface), line_grid=False
                ),
                rrb.Spatial2DView(name="Camera", origin=CAMERA, visual_bounds=bounds),
                column_shares=[3, 2],
            ),
            rrb.Horizontal(
                rrb.TextDocumentView(name="Cracks", origin=TABLE),
                rrb.Grid(*plots),
                column_shares=[2, 3],
            ),
            row_shares=[3, 2],
        ),
        rrb.BlueprintPanel(state="collapsed"),
        rrb.SelectionPanel(state="collapsed"),
        rrb.TimePanel(state="collapsed", timeline=TIMELINE, play_state="following"),
    )


def _from_the_front(surface: SurfacePlane) -> Any:
    middle = surface.points(np.array([[surface.width / 2, surface.height / 2]]))[0]
    distance = _EYE_DISTANCE * max(surface.width, 1.5 * surface.height)
    return rrb.EyeControls3D(
        kind=rrb.Eye3DKind.Orbital,
        position=middle + distance * surface.normal,
        look_target=middle,
        eye_up=surface.v_axis,
    )
