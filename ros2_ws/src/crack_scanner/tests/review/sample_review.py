"""A stored session that is ready to be reviewed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from crack_scanner.mapping.crack import BestPicture, Crack
from crack_scanner.mapping.crack_pictures import KeptPhoto, PictureChange
from crack_scanner.mapping.photo_layout import PhotoLayout, WidthProfile
from crack_scanner.report.session_files import write_session
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.vision.crack_photo import PictureArea, as_jpeg
from tests.storage.sample_session import SampleSession

# The pictures of the sample: size, and metres a pixel; their lower left corner is that of the surface.
WIDTH, HEIGHT, RESOLUTION = 640, 480, 0.002


def photo_of(crack: Crack) -> KeptPhoto:
    """A picture of concrete with a dark line where the crack is."""
    surface = (RESOLUTION, 0.0, 0.0, 0.0, -RESOLUTION, HEIGHT * RESOLUTION, 0.0, 0.0, 1.0)
    pixels = np.stack([crack.path[:, 0], HEIGHT * RESOLUTION - crack.path[:, 1]], axis=1) / RESOLUTION
    noise = np.random.default_rng(crack.id).normal(150, 6, (HEIGHT, WIDTH, 1)).repeat(3, axis=2)
    picture = np.clip(noise, 0, 255).astype(np.uint8)
    cv2.polylines(picture, [np.rint(pixels).astype(np.int32)], False, (40, 40, 40), 3)
    line = tuple((float(x), float(y)) for x, y in pixels)
    middle = np.clip(np.rint(pixels[len(pixels) // 2]) - 160, 0, [WIDTH - 320, HEIGHT - 320]).astype(int)
    x, y = middle.tolist()
    close_up = picture[y : y + 320, x : x + 320]
    profile = WidthProfile(x + 160, y + 160, (0.0, 1.0), (-1.0, 0.0, 1.0), (150.0, 40.0, 150.0), 0.5, 0.05)
    layout = PhotoLayout(
        PictureArea(0.0, 0.0, WIDTH, HEIGHT),
        PictureArea(float(x), float(y), 320, 320),
        surface,
        line,
        profile,
    )
    return KeptPhoto(as_jpeg(picture, 85), as_jpeg(close_up, 92), layout)


def write_review_session(
    folder: Path,
    sample: SampleSession,
    name: str = "wall 7",
    structure: str = "",
    photos: bool = True,
    complete: bool = True,
) -> None:
    """Store the sample, and if it is complete write its files."""
    info = replace(sample.record.info, name=name, structure=structure)
    store = ScanStore.create(folder, info)
    if photos:
        for crack in sample.record.cracks:
            change = PictureChange(crack.id, BestPicture(1_700_000_000_000_000_000, 1.0), photo_of(crack))
            sample.crack_map.pictures.changes.append(change)
    store.save(sample.crack_map, replace(sample.record.progress, complete=complete))
    record = store.record()
    store.close()
    if complete:
        write_session(folder, record, {"drift": {"frames": 3}})
