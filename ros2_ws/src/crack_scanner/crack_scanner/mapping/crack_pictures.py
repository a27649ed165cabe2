"""Of each crack the picture that shows it best: what a person wants to see before believing the map."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from crack_scanner.mapping.crack import BestPicture, Crack
from crack_scanner.mapping.crack_register import CrackRegister
from crack_scanner.mapping.photo_layout import PhotoLayout, layout_of
from crack_scanner.mapping.polyline import path_length
from crack_scanner.surface.footprint import FrameView
from crack_scanner.vision.crack_photo import CrackPhoto
from crack_scanner.vision.sightings import CrackSighting

Floats = NDArray[np.float64]

# A picture takes the place of another one only if it is better by this factor: no coming and going.
CLEARLY_BETTER = 1.25
# Metres between a line that a picture shows and the crack that it is, and the share of the line that is near.
_REACH, _SHARE = 0.03, 0.5
# Pictures kept for cracks that are not confirmed yet.
_WAITING = 32
# Points of a line, about a pixel apart, from one to the next that is looked up.
_POINT_STRIDE = 8


@dataclass(frozen=True, eq=False)
class KeptPhoto:
    """Of a crack: JPEG files of its surroundings and of its widest place, and where they lie.

    context, close_up: empty, layout: None, where they were not kept.
    """

    context: bytes
    close_up: bytes = b""
    layout: PhotoLayout | None = None


@dataclass(frozen=True, eq=False)
class PictureChange:
    """That the photo of crack `crack_id` is now `photo`, or what was that of crack `taken_from`."""

    crack_id: int
    picture: BestPicture
    photo: KeptPhoto | None = None
    taken_from: int | None = None


@dataclass(frozen=True, eq=False)
class _Candidate:
    uv: Floats
    picture: BestPicture
    view: FrameView
    photo: CrackPhoto

    def kept(self) -> KeptPhoto:
        context, close_up = self.photo.context.jpeg(), self.photo.close_up.jpeg()
        return KeptPhoto(context, close_up, layout_of(self.view, self.photo))


class CrackPictures:
    """Chooses the pictures. Their bytes go into `changes`, to be emptied by whoever keeps them."""

    def __init__(self) -> None:
        self.changes: list[PictureChange] = []
        self._waiting: deque[_Candidate] = deque(maxlen=_WAITING)

    def offer(
        self, view: FrameView, sightings: Iterable[CrackSighting], quality: float, stamp_ns: int
    ) -> None:
        """Take what a picture shows. quality: of the picture, 0 to 1."""
        for sighting in sightings:
            uv = view.pixels_to_surface(sighting.widths.points[::_POINT_STRIDE])
            if sighting.photo is None or len(uv) < 2 or not np.isfinite(uv).all():
                continue
            middle = sighting.widths.points[len(sighting.widths.points) // 2][None]
            resolution = float(view.ground_sampling_distance(middle)[0])
            # Much of the crack, fine and sharp: pixels along it that show something.
            merit = path_length(uv) / resolution * quality
            if np.isfinite(merit) and merit > 0:
                picture = BestPicture(stamp_ns, merit)
                self._waiting.append(_Candidate(uv, picture, view, sighting.photo))

    def settle(self, register: CrackRegister) -> None:
        """Give the pictures that wait to the cracks that they show; the others wait on."""
        waiting, self._waiting = self._waiting, deque(maxlen=_WAITING)
        for candidate in waiting:
            crack = _shown(candidate, register)
            if crack is None:
                self._waiting.append(candidate)
            elif crack.picture is None or candidate.picture.merit > CLEARLY_BETTER * crack.picture.merit:
                register.update(replace(crack, picture=candidate.picture))
                self.changes.append(PictureChange(crack.id, candidate.picture, candidate.kept()))

    def inherited(self, crack_id: int, past: Iterable[Crack]) -> BestPicture | None:
        """The best picture of the cracks that a crack was up to now, which may have had other ids."""
        shown = [(crack.picture, crack.id) for crack in past if crack.picture is not None]
        if not shown:
            return None
        picture, owner = max(shown, key=lambda one: (one[0].merit, -one[1]))
        if owner != crack_id:
            self.changes.append(PictureChange(crack_id, picture, taken_from=owner))
        return picture


def _shown(candidate: _Candidate, register: CrackRegister) -> Crack | None:
    """The crack that a line is, most of it near the crack."""
    near = register.touching(register.blocks_along(candidate.uv, _REACH)) & register.present.keys()
    points = shapely.points(candidate.uv)
    best, found = _SHARE, None
    for crack_id in sorted(near):
        crack = register.present[crack_id]
        share = float(np.mean(shapely.distance(points, shapely.LineString(crack.path)) <= _REACH))
        if share > best:
            best, found = share, crack
    return found
