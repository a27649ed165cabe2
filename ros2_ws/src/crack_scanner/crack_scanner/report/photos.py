"""The photos of cracks as a report shows them: with a scale bar, and with the profile that was measured."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import shapely
from markupsafe import Markup
from PIL import Image

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_pictures import KeptPhoto
from crack_scanner.mapping.photo_layout import PhotoLayout
from crack_scanner.report.crack_map_sheet import finding_class
from crack_scanner.report.crack_words import verdict_text, width_text
from crack_scanner.report.profile_drawing import profile_svg
from crack_scanner.report.sheet import tick_step
from crack_scanner.storage.findings import Finding
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.stamps import moment
from crack_scanner.vision.crack_photo import PictureArea, as_jpeg, from_jpeg

# Bytes that all photos of a report may take; in base64 they become a third more.
_BUDGET = 18_000_000
# JPEG quality of photos that are made smaller to fit.
_SMALL_QUALITY = 70
# Height of a scale bar, as a share of the picture's longer side.
_BAR = 0.016
# As shares of that side too: from a crack's edges to the line around it, and how thick that is.
_APART, _STROKE = 0.03, 0.004


def photo_rows(record: SessionRecord) -> list[dict[str, Any]]:
    """A row for each crack that has a photo, by id; where there are very many, all are shown smaller."""
    shown = [
        (finding, crack)
        for finding in record.findings
        for crack in [finding.found]
        if crack is not None and crack.picture is not None and crack.id in record.photos
    ]
    kept = [record.photos[crack.id] for _, crack in shown]
    share = _BUDGET / max(sum(len(photo.context) + len(photo.close_up) for photo in kept), 1)
    return [
        _row(finding, crack, _reduced(photo, share))
        for (finding, crack), photo in zip(shown, kept, strict=True)
    ]


def without_photo(record: SessionRecord) -> str:
    """Of which cracks no photo is shown, and whether the session has one; empty if there are none."""
    if record.cracks and all(crack.picture is None for crack in record.cracks):
        return (
            "There is no photo of any crack in this session: none was kept, because nobody looked at the "
            "pixels of the pictures, or because they did not come as far as the map."
        )
    cracks = f"{len(record.cracks)} cracks"
    missing = [crack.id for crack in record.cracks if crack.picture is None]
    left_out = [c.id for c in record.cracks if c.picture is not None and c.id not in record.photos]
    sentences = []
    if missing:
        sentences.append(f"No photo was kept of {len(missing)} of {cracks}: {_listed(missing)}.")
    if left_out:
        sentences.append(
            f"The photos of {len(left_out)} of {cracks} are in the session's database, but not in this "
            f"report: {_listed(left_out)}."
        )
    return " ".join(sentences)


def _listed(ids: list[int]) -> str:
    return ", ".join(map(str, ids[:30])) + (" and others" if len(ids) > 30 else "")


def _reduced(photo: KeptPhoto, share: float) -> KeptPhoto:
    """A photo in about this share of its bytes; as it is if that is 1 or more."""
    if share >= 1.0:
        return photo
    return replace(photo, context=_smaller(photo.context, share), close_up=_smaller(photo.close_up, share))


def _smaller(jpeg: bytes, share: float) -> bytes:
    picture = from_jpeg(jpeg)
    if picture is None:
        return jpeg
    # Bytes go with pixels, or faster.
    side = share**0.5
    reduced = cv2.resize(picture, None, fx=side, fy=side, interpolation=cv2.INTER_AREA)
    return as_jpeg(np.asarray(reduced, np.uint8), _SMALL_QUALITY)


def _row(finding: Finding, crack: Crack, photo: KeptPhoto) -> dict[str, Any]:
    stamp_ns = crack.last_seen_ns if crack.picture is None else crack.picture.stamp_ns
    layout = photo.layout
    parts = [_part("surroundings", photo.context, layout, None if layout is None else layout.context)]
    if photo.close_up:
        area = None if layout is None else layout.close_up
        parts.append(_part("widest place", photo.close_up, layout, area))
    measured = None if layout is None else layout.profile
    return {
        "id": crack.id,
        "note": f"{finding.length * 1e3:.0f} mm, {width_text(finding)}, {verdict_text(finding.verdict)}, "
        f"picture of {moment(stamp_ns)}",
        "parts": parts,
        "colour": finding_class(finding).colour,
        # Made by SvgCanvas, which escapes what it is given.
        "profile": None if measured is None else Markup(profile_svg(crack, measured)),
    }


def _part(name: str, jpeg: bytes, layout: PhotoLayout | None, area: PictureArea | None) -> dict[str, Any]:
    """A picture with its scale bar below, both in one drawing so that they are always shown at one size."""
    width, height = _size(jpeg)
    part = {
        "name": name,
        "source": f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}",
        "width": width,
        "height": height,
        "bar_height": round(max(width, height) * _BAR, 1),
        "bar": "",
        "bar_width": 0.0,
        "outline": "",
        "stroke": round(max(width, height) * _STROKE, 1),
    }
    if layout is not None and area is not None:
        shown = layout.mm_per_px(area) * area.width
        length = tick_step(shown, 4)
        length = length if length <= 0.6 * shown else length / 2
        part |= {"bar": f"{length:g} mm", "bar_width": round(width * length / shown, 1)}
        part["outline"] = _outline(layout, area, width, height)
    return part


def _outline(layout: PhotoLayout, area: PictureArea, width: int, height: int) -> str:
    """Path data of a line around the crack, at a distance that leaves its edges free.

    As far as it is inside a part that is shown with so many pixels.
    """
    shown = width / area.width
    measured = None if layout.profile is None else layout.profile.width_mm
    half_px = 0.0 if measured is None else measured / layout.mm_per_px(area) / 2 * shown
    course = shapely.LineString((area.to_part(np.array(layout.line)) + 0.5) * shown)
    around = course.buffer(half_px + _APART * max(width, height), quad_segs=4).simplify(1.0)
    edges = shapely.line_merge(around.boundary.intersection(shapely.box(0, 0, width, height)))
    pieces = [shapely.get_coordinates(edge).tolist() for edge in shapely.get_parts(edges)]
    return " ".join("M" + " ".join(f"{x:.0f},{y:.0f}" for x, y in piece) for piece in pieces)


def _size(jpeg: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the file's head alone; of what is no picture, or cut, a square."""
    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            return picture.size
    except OSError:
        return 1, 1
