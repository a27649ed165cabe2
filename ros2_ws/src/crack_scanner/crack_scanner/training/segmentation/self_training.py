"""Real cracks to train on, marked by an earlier segmenter where it is sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.training.dataset import LabelledFile, read_picture
from crack_scanner.training.segmentation.backgrounds import relit
from crack_scanner.training.segmentation.drawn_tiles import DrawnTile, photographed

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

SURE, SURELY_NOT = 0.85, 0.1
"""Probability from which a pixel is taken for crack, and up to which for ground; between, for neither."""

GROUND_WEIGHT = 0.25
"""Of pixels that are surely ground: the crack's fainter stretches are among them."""

MIN_CRACK_PIXELS = 120
"""A picture known to show a crack, in which fewer pixels are sure, teaches nothing."""


class MarkedTiles:
    """Pictures labelled crack, masks by `predict`: (size, size, 3) uint8 RGB to probability (size, size)."""

    def __init__(self, files: Sequence[LabelledFile], predict: Predict) -> None:
        self._files = [file for file in files if file.label == 1]
        self._predict = predict

    def draw(self, rng: np.random.Generator, size: int) -> DrawnTile:
        """One marked picture, seen again in another light through another camera."""
        while True:
            image = self._crop(rng, size)
            probability = self._predict(image)
            if int((probability > SURE).sum()) >= MIN_CRACK_PIXELS:
                break
        again = photographed(rng, relit(rng, np.asarray(image, np.float32) / np.float32(255)))
        mask = probability > SURE
        unsure = cv2.dilate((probability > SURELY_NOT).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        weight = np.where(mask, 1.0, np.where(unsure, 0.0, GROUND_WEIGHT)).astype(np.float32)
        return DrawnTile(again, mask, weight, ())

    def _crop(self, rng: np.random.Generator, size: int) -> NDArray[np.uint8]:
        """A picture at a size at which its crack is as wide as cracks mostly are, cut to size x size."""
        image = read_picture(self._files[int(rng.integers(len(self._files)))].path)
        scale = float(rng.uniform(0.5, 1.0))
        side = max(round(min(image.shape[:2]) * scale), 8)
        image = np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
        border = max(size - side, 0)
        before = int(rng.integers(border + 1))
        after = border - before
        image = np.asarray(
            cv2.copyMakeBorder(image, before, after, before, after, cv2.BORDER_REFLECT_101), np.uint8
        )
        x, y = (int(rng.integers(len(image) - size + 1)) for _ in range(2))
        return np.ascontiguousarray(image[y : y + size, x : x + size])
