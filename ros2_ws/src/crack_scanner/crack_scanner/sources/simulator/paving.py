"""A seamless wall of real pictures: crack-free tiles of a folder, matched and blended."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.noise import FloatImage, generator
from crack_scanner.vision.picture_file import read

RgbImage = NDArray[np.uint8]

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")

_LEAST_SIDE = 64
_MOST_SIDE = 256
_SAMPLED = 240
_ALIKE = 60
_OVERLAP = 0.3


def paved(seed: int, folder: Path, height: int, width: int) -> RgbImage:
    """(height, width, 3) uint8 RGB paved with tiles of `folder`, one texel a pixel of theirs.

    Tiles that look alike are taken, their own uneven brightness is evened out, and neighbours are
    faded into each other with weights whose squares add up to one: a plain average would leave
    smooth, pale bands along the overlaps that give the paving away.
    """
    tiles, colour = _alike_tiles(generator(seed, "paving-choice"), folder)
    rng = generator(seed, "paving-layout")
    side = tiles.shape[1]
    step = side - round(side * _OVERLAP)
    window = _fading_window(side, side - step)
    picture = np.empty((height, width, 3), np.uint8)
    band = np.zeros((side, width + 2 * side, 3), np.float32)
    # Rows and columns begin one overlap outside, where the first tile has not yet faded in.
    for top in range(step - side, height, step):
        for left in range(step - side, width, step):
            tile = tiles[rng.integers(len(tiles))]
            column = left + side - step
            band[:, column : column + side] += window * (tile if rng.random() < 0.5 else tile[:, ::-1])
        _flush(picture, band[:step, side - step : side - step + width], top, colour)
        band = np.concatenate([band[step:], np.zeros((step, band.shape[1], 3), np.float32)])
    return picture


def _flush(picture: RgbImage, rows: FloatImage, top: int, colour: FloatImage) -> None:
    """Writes finished rows, as deviations from `colour`, at `top` (may begin above the picture)."""
    first, last = max(top, 0), min(top + len(rows), len(picture))
    if first < last:
        values = rows[first - top : last - top] + colour
        picture[first:last] = np.clip(np.rint(values), 0.0, 255.0)


def _fading_window(side: int, overlap: int) -> FloatImage:
    """(side, side, 1) weights that rise over `overlap` pixels; squares of neighbours add up to one."""
    ramp = np.sin(0.5 * np.pi * (np.arange(overlap) + 0.5) / overlap)
    profile = np.concatenate([ramp, np.ones(side - 2 * overlap), ramp[::-1]]).astype(np.float32)
    return np.outer(profile, profile)[:, :, None].astype(np.float32)


def _alike_tiles(rng: np.random.Generator, folder: Path) -> tuple[FloatImage, FloatImage]:
    """(N, side, side, 3) deviations of tiles from their own smooth brightness, and a mean colour (3,)."""
    pictures = _pictures(rng, folder)
    middle = int(np.median([min(picture.shape[:2]) for picture in pictures]))
    side = min(max(middle, _LEAST_SIDE), _MOST_SIDE)
    fitting = [_cropped(rng, picture, side) for picture in pictures if min(picture.shape[:2]) >= side]
    features = np.array([_feature(tile) for tile in fitting])
    distance = np.linalg.norm(features - features[rng.integers(len(features))], axis=1)
    chosen = [fitting[i] for i in np.argsort(distance, kind="stable")[:_ALIKE]]
    colour = np.mean([tile.mean(axis=(0, 1)) for tile in chosen], axis=0).astype(np.float32)
    evened = [_evened(tile) for tile in chosen]
    deviation = float(np.median([tile.std() for tile in evened]))
    matched = [tile * np.float32(np.clip(deviation / max(tile.std(), 1e-3), 0.6, 1.6)) for tile in evened]
    return np.stack(matched), colour


def _pictures(rng: np.random.Generator, folder: Path) -> list[RgbImage]:
    """Up to 240 pictures of the folder, the same ones for the same generator."""
    if not folder.is_dir():
        raise CrackScannerError(f"texture folder {folder} does not exist or is not a folder")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    if not files:
        raise CrackScannerError(f"texture folder {folder} holds no pictures ({', '.join(PICTURE_SUFFIXES)})")
    chosen = rng.permutation(len(files))[:_SAMPLED]
    pictures = [_read(files[i]) for i in np.sort(chosen)]
    usable = [picture for picture in pictures if min(picture.shape[:2]) >= _LEAST_SIDE]
    if not usable:
        raise CrackScannerError(
            f"texture folder {folder} holds no picture of at least {_LEAST_SIDE} x {_LEAST_SIDE} pixels"
        )
    return usable


def _read(path: Path) -> RgbImage:
    picture = read(path)
    if picture is None:
        raise CrackScannerError(f"texture picture {path} cannot be read; remove it or replace it")
    return picture


def _cropped(rng: np.random.Generator, picture: RgbImage, side: int) -> FloatImage:
    top = int(rng.integers(0, picture.shape[0] - side + 1))
    left = int(rng.integers(0, picture.shape[1] - side + 1))
    return picture[top : top + side, left : left + side].astype(np.float32)


def _feature(tile: FloatImage) -> FloatImage:
    """What makes tiles look alike: mean colour and contrast, (4,)."""
    return np.append(tile.mean(axis=(0, 1)), 2.0 * tile.std()).astype(np.float32)


def _evened(tile: FloatImage) -> FloatImage:
    smooth = cv2.GaussianBlur(tile, (0, 0), len(tile) / 6.0, borderType=cv2.BORDER_REFLECT)
    result: FloatImage = tile - smooth
    return result
