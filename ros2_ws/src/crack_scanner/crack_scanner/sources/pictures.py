"""Pictures from files, as the program uses them: upright, 8 bit, RGB."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from crack_scanner.errors import CrackScannerError

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
_BAND = 512  # rows copied at once
# Pillow refuses larger pictures as decompression bombs; a 30,000 x 30,000 px orthophoto is no bomb.
Image.MAX_IMAGE_PIXELS = 900_000_000


def find_pictures(folder: Path) -> list[Path]:
    """Pictures of a folder by their endings, numbers in the names in counting order."""
    try:
        # Archives made on other systems bring hidden files that are called like pictures.
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".") and not path.is_dir()
        ]
    except OSError as error:
        raise CrackScannerError(f"folder {folder} cannot be read: {error.strerror}") from error
    if not found:
        raise CrackScannerError(
            f"folder {folder} holds no pictures; expected files ending in {', '.join(PICTURE_SUFFIXES)}"
        )
    return sorted(found, key=lambda path: _counting_order(path.name))


def read_picture(path: Path) -> NDArray[np.uint8]:
    """A picture as (H, W, 3) uint8 RGB, turned upright by its EXIF orientation.

    16-bit grey is scaled to 8 bit, transparency is laid on white, CMYK and palettes are converted.
    """
    try:
        with Image.open(path) as picture:
            ImageOps.exif_transpose(picture, in_place=True)
            return _array(_to_rgb(picture))
    except UnidentifiedImageError as error:
        raise CrackScannerError(f"{path} is not a picture, whatever its name says") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CrackScannerError(f"picture {path} cannot be read: {reason}") from error


def _array(picture: Image.Image) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, copied band by band: Pillow would hold a large picture three times over."""
    image = np.empty((picture.height, picture.width, 3), np.uint8)
    for top in range(0, picture.height, _BAND):
        bottom = min(top + _BAND, picture.height)
        image[top:bottom] = np.asarray(picture.crop((0, top, picture.width, bottom)))
    return image


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, np.float64)
        scale = 257.0 if values.max(initial=0) > 255 else 1.0
        return Image.fromarray(np.clip(values / scale, 0, 255).astype(np.uint8)).convert("RGB")
    if "A" in picture.mode or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(white, coloured).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _counting_order(name: str) -> list[Any]:
    return [(int(part), "") if part.isdecimal() else (0, part.lower()) for part in re.split(r"(\d+)", name)]
