"""The photos of cracks as a report shows them: with a scale bar, and with the profile that was measured."""

from __future__ import annotations

import base64
from typing import Any

from markupsafe import Markup

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_pictures import KeptPhoto
from crack_scanner.mapping.photo_layout import PhotoLayout
from crack_scanner.report.crack_words import width_text
from crack_scanner.report.profile_drawing import profile_svg
from crack_scanner.report.sheet import tick_step
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.stamps import iso_seconds
from crack_scanner.vision.crack_photo import PictureArea


def photo_rows(record: SessionRecord) -> list[dict[str, Any]]:
    """A row for each crack that has a photo, by id."""
    return [
        _row(crack, record.photos[crack.id])
        for crack in record.cracks
        if crack.picture is not None and crack.id in record.photos
    ]


def without_photo(record: SessionRecord) -> str:
    """The cracks of which no photo can be shown; empty if there are none."""
    missing = [crack.id for crack in record.cracks if crack.picture is None or crack.id not in record.photos]
    if not missing:
        return ""
    if len(missing) == len(record.cracks):
        return (
            "There is no photo of any crack in this session: none was kept, because nobody looked at the "
            "pixels of the pictures, or because they did not come as far as the map."
        )
    shown = ", ".join(map(str, missing[:30])) + (" and others" if len(missing) > 30 else "")
    return f"No photo was kept of {len(missing)} of {len(record.cracks)} cracks: {shown}."


def _row(crack: Crack, photo: KeptPhoto) -> dict[str, Any]:
    stamp_ns = crack.last_seen_ns if crack.picture is None else crack.picture.stamp_ns
    layout = photo.layout
    parts = [_part("surroundings", photo.context, layout, None if layout is None else layout.context)]
    if photo.close_up:
        area = None if layout is None else layout.close_up
        parts.append(_part("widest place", photo.close_up, layout, area))
    measured = None if layout is None else layout.profile
    return {
        "id": crack.id,
        "note": f"{crack.length * 1e3:.0f} mm, {width_text(crack)}, picture of {iso_seconds(stamp_ns)}",
        "parts": parts,
        # Made by SvgCanvas, which escapes what it is given.
        "profile": None if measured is None else Markup(profile_svg(crack.id, measured)),
    }


def _part(name: str, jpeg: bytes, layout: PhotoLayout | None, area: PictureArea | None) -> dict[str, Any]:
    source = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    part = {"name": name, "source": source, "bar": ""}
    if layout is not None and area is not None:
        shown = layout.mm_per_px(area) * area.width
        length = tick_step(shown, 4)
        length = length if length <= 0.6 * shown else length / 2
        part |= {"bar": f"{length:g} mm", "bar_percent": f"{100 * length / shown:.2f}"}
    return part
