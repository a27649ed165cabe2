"""The sets of a data folder, checked and laid out for training before any training starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.checks import check_counts, check_parts, check_size, common_size, is_grey
from crack_scanner.training.dataset import CLASSES, LabelledFile, list_tiles, read_picture, visible_only
from crack_scanner.training.splits import PARTS, split


@dataclass(frozen=True)
class TileSet:
    """One set of pictures of one size, split. stocks: (part, label) to an .npy of (N, S, S, 3) uint8 RGB.

    grey: how many pictures of each part have no colour.
    """

    name: str
    by_photo: bool
    parts: dict[str, list[LabelledFile]]
    stocks: dict[tuple[str, int], Path]
    grey: dict[str, int]

    def load(self, part: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Pictures (N, S, S, 3) and labels (N,) of a part, clean ones first."""
        stocks = [np.load(self.stocks[part, label], mmap_mode="r") for label in (0, 1)]
        labels = np.repeat([0, 1], [len(stock) for stock in stocks])
        return np.concatenate(stocks), labels


def part_title(name: str, by_photo: bool) -> str:
    """What the held-out part of a set is called in reports."""
    return f"{name}, unseen {'photos' if by_photo else 'blocks'}"


def find_folders(data: Path) -> list[Path]:
    """The folder itself if it has Positive/ and Negative/, else those directly below that have either."""
    if not data.is_dir():
        raise CrackScannerError(f"data folder {data} is not there")
    if any((data / name).is_dir() for name in CLASSES):
        # A set is called like its folder, also where that is given as . or ..
        return [data if data.name not in ("", "..") else data.resolve()]
    # One class is enough: that the other is missing is then said, instead of the set being passed over.
    folders = sorted(path for path in data.iterdir() if any((path / name).is_dir() for name in CLASSES))
    if not folders:
        raise CrackScannerError(
            f"{data} has no Positive/ and Negative/ folders, nor has a folder directly below it"
        )
    return folders


def prepare(folder: Path, cache: Path, tile_size: int) -> TileSet:
    """Check a folder's pictures, split them and write them as arrays below `cache`."""
    files = visible_only(list_tiles(folder), folder)
    check_counts(folder, files)
    parts = split(files)
    check_parts(folder, parts)
    size = common_size(files[0].path, tile_size)
    stocks, grey = {}, dict.fromkeys(PARTS, 0)
    cache.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        for label in range(len(CLASSES)):
            chosen = [file for file in parts[part] if file.label == label]
            parts[part] = [file for file in parts[part] if file.label != label] + chosen
            stocks[part, label] = cache / f"{folder.name}_{part}_{CLASSES[label]}.npy"
            grey[part] += _write_stock(stocks[part, label], chosen, size)
    return TileSet(folder.name, ":" not in files[0].group, parts, stocks, grey)


def _write_stock(path: Path, files: Sequence[LabelledFile], size: int) -> int:
    """Write the pictures as one array; returns how many of them are grey."""
    temporary = path.with_suffix(".partial")
    shape = (len(files), size, size, 3)
    stock = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.uint8, shape=shape)
    grey = 0
    for index, file in enumerate(files):
        image = read_picture(file.path)
        check_size(file.path, image, size)
        stock[index] = image
        grey += is_grey(image)
    stock.flush()
    temporary.replace(path)
    return grey
