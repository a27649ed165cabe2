"""A running scan in Rerun: the picture with its tiles and lines, the map in 3D and as a table, plots."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

import cv2
import numpy as np
import rerun as rr
from numpy.typing import NDArray

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.severity import ABOVE
from crack_scanner.report.colours import (
    COVERAGE_COLOURS,
    CRACK_CLASSES,
    FRAME,
    ROBOT_COLOUR,
    UNSURE,
    crack_class,
    rgb,
)
from crack_scanner.report.crack_words import crack_label
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.views.crack_table import crack_table
from crack_scanner.views.rerun_layout import CAMERA, COVERAGE, CRACKS, FIGURES, ROBOT, TABLE, TIMELINE, layout
from crack_scanner.views.seen import MapState, ScoredPicture

Floats = NDArray[np.float64]

# Pictures go out this wide at most, pixels, as JPEG of this quality: a second of them is about 0.5 MB.
_WIDEST = 960
_JPEG_QUALITY = 80
# Tiles below this probability are not drawn.
_TILE_PROBABILITY = 0.5
# Metres: radius of lines, how far in front of the surface they lie, the way between two points of the path.
_LINE_RADIUS = 0.004
_IN_FRONT = 0.005
_PATH_STEP = 0.02
_PATH_POINTS = 20_000
# The longest side of the coverage's texture, squares.
_TEXTURE = 2048
# More labels than this would cover each other, and the cracks.
_LABELS = 200
_ROBOT = rgb(ROBOT_COLOUR)
_CLASSES = (*CRACK_CLASSES.values(), UNSURE)


class RerunDrawing:
    """Draws into a recording: of a viewer, or of a file. Time runs from the first picture."""

    def __init__(self, recording: Any) -> None:
        """`recording`: a rerun.RecordingStream that is connected already."""
        self._recording = recording
        self._first_ns: int | None = None
        self._path: deque[list[float]] = deque(maxlen=_PATH_POINTS)
        self._surface: SurfacePlane | None = None
        self._picture_size = _WIDEST, _WIDEST * 9 // 16

    def picture(self, seen: ScoredPicture) -> None:
        """The picture as JPEG, with the tiles that look like cracks and the lines in them."""
        self._set_time(seen.scores.stamp_ns)
        height, width = seen.image.shape[:2]
        scale = min(1.0, _WIDEST / width)
        self._picture_size = round(width * scale), round(height * scale)
        self._log(
            CAMERA, rr.EncodedImage(contents=_jpeg(seen.image, self._picture_size), media_type="image/jpeg")
        )
        scores = seen.scores
        likely = np.flatnonzero(np.nan_to_num(scores.probability) >= _TILE_PROBABILITY)
        corners = np.stack([scores.x[likely], scores.y[likely]], axis=1) * scale
        sizes = np.full_like(corners, scores.tile_size * scale)
        strength = np.rint(255 * scores.probability[likely]).astype(np.uint8)
        colours = np.stack([np.full_like(strength, part) for part in rgb(UNSURE.colour)] + [strength], axis=1)
        self._log(f"{CAMERA}/tiles", rr.Boxes2D(mins=corners, sizes=sizes, colors=colours))
        lines = [] if scores.cracks is None else scores.cracks.sightings
        strips = [line.widths.points * scale for line in lines]
        colour = rgb(CRACK_CLASSES[ABOVE].colour)
        self._log(f"{CAMERA}/lines", rr.LineStrips2D(strips, colors=[colour] * len(strips), radii=1.5))

    def map(self, state: MapState) -> None:
        """The map, the table of its cracks, the robot and the figures."""
        if self._surface is not state.surface:
            self._begin(state)
        self._set_time(state.stamp_ns)
        self._log(COVERAGE, _coverage_mesh(state))
        self._draw_cracks(state)
        table = crack_table(state.cracks, state.scale_known)
        self._log(TABLE, rr.TextDocument(table, media_type="text/markdown"))
        self._draw_robot(state)
        for name, value in state.figures.items():
            self._log(f"{FIGURES}/{name}", rr.Scalars(value))

    def close(self) -> None:
        """Send what is left, as far as anybody takes it."""
        self._recording.disconnect()

    def _begin(self, state: MapState) -> None:
        surface = self._surface = state.surface
        self._path.clear()
        self._recording.send_blueprint(layout(surface, state.figures, self._picture_size))
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) * (surface.width, surface.height)
        border = rr.LineStrips3D([surface.points(corners)], colors=[rgb(FRAME)], radii=_LINE_RADIUS / 2)
        self._recording.log("surface/planned", border, static=True)

    def _draw_cracks(self, state: MapState) -> None:
        groups: dict[str, list[Crack]] = defaultdict(list)
        for crack in state.cracks:
            groups[crack_class(crack).name].append(crack)
        labelled = len(state.cracks) <= _LABELS
        for kind in _CLASSES:
            cracks = groups[kind.name]
            strips = [_in_front(state.surface, crack.path) for crack in cracks]
            lines = rr.LineStrips3D(
                strips,
                colors=[rgb(kind.colour)] * len(strips),
                radii=_LINE_RADIUS,
                labels=[crack_label(crack) for crack in cracks],
                show_labels=labelled,
            )
            self._log([*CRACKS, kind.name], lines)

    def _draw_robot(self, state: MapState) -> None:
        outline = [np.vstack([state.outline, state.outline[:1]])] if len(state.outline) else []
        self._log(f"{ROBOT}/sees", rr.LineStrips3D(outline, colors=[_ROBOT] * len(outline), radii=0.003))
        if state.camera is None:
            return
        if not self._path or np.linalg.norm(state.camera - self._path[-1]) > _PATH_STEP:
            self._path.append(state.camera.tolist())
        self._log(f"{ROBOT}/camera", rr.Points3D([state.camera], radii=0.02, colors=[_ROBOT]))
        self._log(f"{ROBOT}/path", rr.LineStrips3D([list(self._path)], colors=[_ROBOT], radii=0.002))

    def _set_time(self, stamp_ns: int) -> None:
        if self._first_ns is None:
            self._first_ns = stamp_ns
        self._recording.set_time(TIMELINE, duration=(stamp_ns - self._first_ns) / 1e9)

    def _log(self, entity: str | list[str], what: Any) -> None:
        self._recording.log(entity, what)


def _jpeg(image: NDArray[np.uint8], size: tuple[int, int]) -> bytes:
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    content: bytes = encoded.tobytes()
    return content


def _in_front(surface: SurfacePlane, path: Floats) -> Floats:
    result: Floats = surface.points(path) + surface.normal * _IN_FRONT
    return result


def _coverage_mesh(state: MapState) -> rr.Mesh3D:
    """A rectangle on the surface, coloured by what was looked at; without normals it is not shaded."""
    step = -(-max(state.states.shape) // _TEXTURE)
    states = state.states[::step, ::step]
    texture = np.zeros((*states.shape, 3), np.uint8)
    for value, colour in COVERAGE_COLOURS.items():
        texture[states == value] = rgb(colour)
    height, width = np.array(states.shape) * state.square_size * step
    corners = state.surface.points(np.array([(0, 0), (width, 0), (width, height), (0, height)]))
    # Row 0 of the texture lies at v = 0 of the surface, which is at the bottom.
    return rr.Mesh3D(
        vertex_positions=corners,
        triangle_indices=[(0, 1, 2), (0, 2, 3)],
        vertex_texcoords=[(0, 0), (1, 0), (1, 1), (0, 1)],
        albedo_texture=texture,
    )
