"""Labelled tile pictures on disk, and splits of them that keep near-duplicates together.

Neighbouring file numbers of the ozgenel set come from the same photo and look alike, and an SDNET2018 name
says its photo. A random split would therefore put near-copies of training pictures into the test set.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.picture_file import decode

CLASSES = ("Negative", "Positive")
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"}
BLOCK_SIZES = (5, 500)
"""Least and most file numbers in one block of a numbered set; a small set is cut into about 32 blocks."""

_NUMBERED = re.compile(r"^(\d+)(?:_\d+)?$")
_PHOTO_TILE = re.compile(r"^(.+)-(\d+)$")


@dataclass(frozen=True)
class LabelledFile:
    """One picture file: its label (1 = crack), its group (block or photo) and its number in the series."""

    path: Path
    label: int
    group: str
    number: int


def list_tiles(folder: Path) -> list[LabelledFile]:
    """All pictures of FOLDER/Negative and FOLDER/Positive, sorted by class and name."""
    files: list[LabelledFile] = []
    for label, class_name in enumerate(CLASSES):
        paths = _pictures(folder / class_name)
        if not paths:
            raise CrackScannerError(
                f"no pictures in {folder / class_name}; expected Positive/ and Negative/ with pictures"
            )
        block = block_size([path.stem for path in paths])
        files += [LabelledFile(path, label, *group_of(path.stem, class_name, block)) for path in paths]
    return files


def block_size(stems: list[str]) -> int:
    """File numbers in a block of a set with these file stems."""
    numbers = [int(match[1]) for stem in stems if (match := _NUMBERED.match(stem))]
    return min(max(max(numbers, default=0) // 32, BLOCK_SIZES[0]), BLOCK_SIZES[1])


def group_of(stem: str, class_name: str, block: int) -> tuple[str, int]:
    """The group of a file stem, and its number: 'PHOTO-TILE' by photo, numbers by block of the class."""
    if match := _NUMBERED.match(stem):
        number = int(match[1])
        return f"{class_name}:{number // block:04d}", number
    if match := _PHOTO_TILE.match(stem):
        return match[1], int(match[2])
    return f"file:{stem}", 0


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    # Archives made on other systems bring hidden files that are called like pictures.
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
    )


VISIBLE = "visible_crack.txt"
"""Names of the Positive tiles of a folder in which a second annotator saw the crack."""


def visible_only(files: Iterable[LabelledFile], folder: Path) -> list[LabelledFile]:
    """Without the Positive tiles that VISIBLE does not name; all files where there is none."""
    listing = folder / VISIBLE
    if not listing.is_file():
        return list(files)
    seen = set(listing.read_text().split())
    return [file for file in files if file.label == 0 or file.path.name in seen]


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """A picture as (H, W, 3) uint8 RGB; a grey one is repeated over the three channels."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise CrackScannerError(f"{path} cannot be read: {error.strerror}") from error
    image = decode(content)
    if image is None:
        raise CrackScannerError(f"{path} cannot be read as a picture; remove or replace it")
    return image
