"""What reviewers have said, as labelled tiles for `train`: from the field to a better network."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack_pictures import KeptPhoto
from crack_scanner.mapping.photo_layout import PhotoLayout
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.storage.exports import table_field
from crack_scanner.storage.findings import Finding
from crack_scanner.storage.session import SessionInfo, SessionRecord
from crack_scanner.storage.session_folder import make_folder
from crack_scanner.storage.stamps import iso_time
from crack_scanner.vision.crack_photo import PictureArea, from_jpeg

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]

TILE = 227
POSITIVE, NEGATIVE = "Positive", "Negative"
_ORIGIN = (
    "file",
    "label",
    "session",
    "finding",
    "verdict",
    "reviewer",
    "reviewed",
    "photo",
    "x",
    "y",
    "u_m",
    "v_m",
)
ORIGINS = "origins"
# Pixels: between tiles along a line; what of a line must be in a tile, so far from its border.
_STEP, _LEAST_LINE, _BORDER = 114.0, 30.0, 20.0


@dataclass(frozen=True, eq=False)
class LabelledTile:
    """A tile (227, 227, 3) uint8 RGB from the photo of crack `photo`.

    x, y: its corner, pixels of the picture that the photo is from. centre: u, v in metres.
    """

    finding: Finding
    number: int
    photo: int
    x: float
    y: float
    centre: tuple[float, float]
    pixels: Image

    @property
    def label(self) -> str:
        """POSITIVE or NEGATIVE."""
        return NEGATIVE if self.finding.rejected else POSITIVE


@dataclass(frozen=True)
class TileCounts:
    """How many tiles were written."""

    positive: int
    negative: int


def write_tiles(record: SessionRecord, folder: Path) -> TileCounts:
    """Write the session's tiles into folder/Positive and folder/Negative, and where each is from.

    Tiles of other sessions in the folder stay; those that this session has written before are replaced.
    """
    key = session_key(record)
    for name in (POSITIVE, NEGATIVE, ORIGINS):
        make_folder(folder / name)
    origins: list[dict[str, Any]] = []
    for tile in labelled_tiles(record):
        name = f"{tile.label}/{key}-{tile.finding.name}-{tile.number}.png"
        write_atomically(folder / name, _png(tile.pixels))
        origins.append(_origin(name, tile, record.info))
    written = {folder / origin["file"] for origin in origins}
    for label in (POSITIVE, NEGATIVE):
        _remove(path for path in (folder / label).glob(f"{key}-*.png") if path not in written)
    text = io.StringIO()
    rows = csv.DictWriter(text, _ORIGIN, lineterminator="\n")
    rows.writeheader()
    rows.writerows({column: table_field(value) for column, value in origin.items()} for origin in origins)
    write_atomically(folder / ORIGINS / f"{key}.csv", text.getvalue())
    labels = [origin["label"] for origin in origins]
    return TileCounts(labels.count(POSITIVE), labels.count(NEGATIVE))


def labelled_tiles(record: SessionRecord) -> Iterator[LabelledTile]:
    """The tiles of all findings with a verdict that nobody disputes, on a crack as it was judged.

    A confirmed, corrected or added crack gives tiles along its line, a rejected one those that show what was
    taken for one, but no other crack.
    """
    cracks = [finding for finding in record.findings if not finding.rejected]
    for finding in record.findings:
        standing = finding.standing
        if standing is None or standing.disputed or standing.moved:
            continue
        place = _photo_of(finding, record)
        if place is None:
            continue
        number, photo, layout = place
        line = _line_in_picture(finding, layout, number)
        avoid = [layout.to_pixels(crack.path) for crack in cracks] if finding.rejected else []
        tiles = _tiles(photo, layout, line, avoid)
        for count, (x, y, pixels) in enumerate(tiles, start=1):
            middle = np.array([[x, y]]) + (TILE - 1) / 2
            u, v = layout.to_surface(middle)[0].tolist()
            yield LabelledTile(finding, count, number, x, y, (u, v), pixels)


def session_key(record: SessionRecord) -> str:
    """A name for files that is the session's own: readable, and told from others of that name."""
    info, start = record.info, record.progress.first_stamp_ns
    told_apart_by = info.uid or repr((info.name, info.robot, info.source, info.structure, start))
    mark = hashlib.sha256(told_apart_by.encode()).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9]+", "_", info.name).strip("_")[:40]
    return f"{readable or 'session'}_{mark[:8]}"


def _origin(name: str, tile: LabelledTile, info: SessionInfo) -> dict[str, Any]:
    """Where a tile is from, a row of its session's table."""
    finding = tile.finding
    author = None if finding.standing is None else finding.standing.author
    return {
        "file": name,
        "label": tile.label,
        "session": info.name,
        "finding": finding.name,
        "verdict": finding.verdict,
        "reviewer": "" if author is None else author.reviewer,
        "reviewed": "" if author is None else iso_time(author.at_ns),
        "photo": tile.photo,
        "x": tile.x,
        "y": tile.y,
        "u_m": round(tile.centre[0], 4),
        "v_m": round(tile.centre[1], 4),
    }


def _photo_of(finding: Finding, record: SessionRecord) -> tuple[int, KeptPhoto, PhotoLayout] | None:
    """The photo that shows a finding, and of which crack it is; None without one whose place is known."""
    drawn = None if finding.standing is None else finding.standing.drawn
    number = finding.found.id if finding.found is not None else (drawn.photo if drawn is not None else None)
    photo = None if number is None else record.photos.get(number)
    if number is None or photo is None or photo.layout is None:
        return None
    return number, photo, photo.layout


def _line_in_picture(finding: Finding, layout: PhotoLayout, number: int) -> Floats:
    """(N, 2) pixels of the picture, about a pixel apart."""
    redrawn = finding.standing is not None and finding.standing.drawn is not None and not finding.rejected
    if finding.found is not None and finding.found.id == number and not redrawn:
        line = np.array(layout.line)
    else:
        line = layout.to_pixels(finding.path)
    return _dense(line)


def _dense(line: Floats) -> Floats:
    if len(line) < 2:
        return line
    at = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    places = np.linspace(0.0, at[-1], max(2, int(at[-1]) + 1))
    return np.stack([np.interp(places, at, line[:, axis]) for axis in (0, 1)], axis=1)


def _tiles(
    photo: KeptPhoto, layout: PhotoLayout, line: Floats, avoid: list[Floats]
) -> Iterator[tuple[float, float, Image]]:
    """Corner in the picture and pixels of tiles along a line, at the picture's own resolution."""
    # The surroundings show more of the line, where they were not made smaller.
    jpeg, area = (
        (photo.context, layout.context) if layout.context.scale == 1.0 else (photo.close_up, layout.close_up)
    )
    picture = from_jpeg(jpeg)
    if picture is None or min(picture.shape[:2]) < TILE or area.scale != 1.0:
        return
    taken: set[tuple[int, int]] = set()
    for x, y in _corners(line, area):
        corner = np.array([area.x + x, area.y + y])
        shown = _inside(line, corner)
        enough = shown >= min(_LEAST_LINE, len(line))
        if (x, y) in taken or not enough or any(_inside(_dense(other), corner, 0.0) for other in avoid):
            continue
        taken.add((x, y))
        yield float(corner[0]), float(corner[1]), picture[y : y + TILE, x : x + TILE]


def _corners(line: Floats, area: PictureArea) -> Iterator[tuple[int, int]]:
    """Corners, pixels of the part, of tiles about points of a line, moved inside where they reach out."""
    inside = area.to_part(line)
    room = np.array([area.width, area.height]) - TILE
    step = round(_STEP)
    for middle in inside[min(step, len(inside)) // 2 :: step]:
        if (middle < 0).any() or (middle > [area.width, area.height]).any():
            continue
        x, y = np.clip(np.rint(middle - TILE / 2), 0, room).astype(int).tolist()
        yield x, y


def _inside(line: Floats, corner: Floats, border: float = _BORDER) -> int:
    """How many points of a line are in a tile, so far from its border; about pixels."""
    within = (line >= corner + border) & (line <= corner + TILE - 1 - border)
    return int(within.all(axis=1).sum())


def _png(pixels: Image) -> bytes:
    return bytes(cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))[1])


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise CrackScannerError(f"{path} cannot be removed: {error.strerror}") from error
