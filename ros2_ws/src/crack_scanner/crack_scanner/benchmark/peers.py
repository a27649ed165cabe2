"""What others cut pictures into tiles with, around the same network on the same tiles.

Each is used as its documentation shows; neither has a map, odometry or a measure of image quality to pay for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_scanner.benchmark.figures import Run
from crack_scanner.settings import ScanSettings
from crack_scanner.vision.litert_model import TileModel
from crack_scanner.vision.model_card import load_card
from crack_scanner.vision.tile_grid import tile_grid

Picture = NDArray[np.uint8]


def sahi(model: Path, pictures: list[Picture], settings: ScanSettings, seconds: float) -> Run:
    """SAHI's slice_image, then one picture after the other through the network."""
    from sahi.slicing import slice_image

    network, size = TileModel(load_card(model), (1, 1), "one probability"), settings.tile_size

    def score(picture: Picture) -> int:
        slices = slice_image(
            picture,
            slice_height=size,
            slice_width=size,
            overlap_height_ratio=settings.overlap,
            overlap_width_ratio=settings.overlap,
        )
        for tile in slices.images:
            network.run(tile)
        return len(slices.images)

    return _played(score, pictures, settings, seconds)


def supervision(model: Path, pictures: list[Picture], settings: ScanSettings, seconds: float) -> Run:
    """supervision's InferenceSlicer with the network as its callback, a crack tile being one detection."""
    import supervision as sv

    network, size = TileModel(load_card(model), (1, 1), "one probability"), settings.tile_size
    scored = [0]

    def callback(tile: Picture) -> sv.Detections:
        scored[0] += 1
        # At the right and lower edge it cuts smaller pieces, which a network of one size cannot take.
        if tile.shape[:2] != (size, size):
            missing = size - tile.shape[0], size - tile.shape[1]
            tile = np.pad(tile, ((0, missing[0]), (0, missing[1]), (0, 0)))
        probability = float(network.run(tile).flat[0])
        if probability < 0.5:
            return sv.Detections.empty()
        return sv.Detections(
            xyxy=np.array([[0.0, 0.0, size, size]]),
            confidence=np.array([probability]),
            class_id=np.array([0]),
        )

    shared = round(size * settings.overlap)
    slicer = sv.InferenceSlicer(callback=callback, slice_wh=(size, size), overlap_wh=(shared, shared))

    def score(picture: Picture) -> int:
        before = scored[0]
        slicer(picture)
        return scored[0] - before

    return _played(score, pictures, settings, seconds)


def _played(
    score: Callable[[Picture], int], pictures: list[Picture], settings: ScanSettings, seconds: float
) -> Run:
    """Feed pictures for so long; a frame counts no more tiles than our grid has."""
    height, width = pictures[0].shape[:2]
    own = len(tile_grid(width, height, settings.tile_size, settings.overlap))
    score(pictures[0])
    tiles = frames = 0
    start, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        tiles += min(own, score(pictures[frames % len(pictures)]))
        frames += 1
    return Run(tiles, time.perf_counter() - start, time.process_time() - cpu, frames)
