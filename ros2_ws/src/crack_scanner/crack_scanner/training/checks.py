"""What is refused before any training starts, each with the file or folder at fault and the cure."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.dataset import CLASSES, LabelledFile, read_picture

LEAST_PICTURES = 30
"""Pictures of each class without which no split makes sense."""
REPORT_EVERY = 2000
Say = Callable[[str], None]


@dataclass(frozen=True)
class Survey:
    """What the pictures of a set are like. size: side of every one of them, pixels."""

    size: int
    grey: int
    """How many have no colour."""


def check_out(out: Path) -> None:
    """Make the output folder, and refuse one that cannot be written to."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CrackScannerError(f"cannot write to {out}: {error.strerror}") from error
    if not os.access(out, os.W_OK):
        raise CrackScannerError(f"cannot write to {out}: no permission")


def check_counts(folder: Path, files: Sequence[LabelledFile]) -> None:
    """Refuse a folder with too few pictures of a class."""
    for label, class_name in enumerate(CLASSES):
        count = sum(file.label == label for file in files)
        if count < LEAST_PICTURES:
            pictures = "usable picture" if count == 1 else "usable pictures"
            raise CrackScannerError(
                f"{folder / class_name} has {count} {pictures}; training needs at least {LEAST_PICTURES}"
            )


def check_parts(folder: Path, parts: Mapping[str, Sequence[LabelledFile]]) -> None:
    """Refuse a split in which a part lacks a class."""
    for part, files in parts.items():
        for label, class_name in enumerate(CLASSES):
            if not any(file.label == label for file in files):
                raise CrackScannerError(
                    f"{folder / class_name} comes from too few blocks or photos to hold some of them out "
                    f"(nothing left for {part}); more varied pictures are needed"
                )


def check_size(path: Path, image: npt.NDArray[np.uint8], size: int) -> None:
    """Refuse a picture (H, W, 3) that is not of the set's size."""
    height, width = image.shape[:2]
    if (height, width) != (size, size):
        raise CrackScannerError(
            f"{path} is {width}x{height} pixels but the first picture of the set is {size}x{size}; "
            "one set must have one size"
        )


def common_size(first: Path, least: int, most: int | None = None) -> int:
    """The side of a set's first picture, which must be square and not too small or large."""
    height, width = read_picture(first).shape[:2]
    if height != width or height < least or (most is not None and height > most):
        limits = f"at least {least}x{least}" if most is None else f"{least}x{least} to {most}x{most}"
        raise CrackScannerError(f"{first} is {width}x{height} pixels; expected square ones of {limits}")
    return height


def is_grey(image: npt.NDArray[np.uint8]) -> bool:
    """Whether all three channels of an image (H, W, 3) are equal."""
    return bool((image == image[..., :1]).all())


def survey(files: Sequence[LabelledFile], least: int, most: int, say: Say) -> Survey:
    """Read every picture of a set; an unreadable one, or one of another size, is refused by name."""
    size = common_size(files[0].path, least, most)
    grey = 0
    for index, file in enumerate(files, start=1):
        image = read_picture(file.path)
        check_size(file.path, image, size)
        grey += is_grey(image)
        if index % REPORT_EVERY == 0:
            say(f"checked {index} of {len(files)} pictures")
    return Survey(size, grey)
