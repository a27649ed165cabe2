"""Crack-free grounds to draw on: real tiles, stretched, turned, mixed and relit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from crack_scanner.training.dataset import LabelledFile, read_picture
from crack_scanner.training.segmentation.crack_drawing import FloatImage

_FAINT = 0.04  # octaves weaker than that are left out
_COARSE = 6.0  # pixels; between finer samples straight lines do


class Grounds:
    """Crack-free pictures from files, read when they are asked for."""

    def __init__(self, files: Sequence[LabelledFile]) -> None:
        self._paths: list[Path] = [file.path for file in files if file.label == 0]

    def draw(self, rng: np.random.Generator, size: int) -> FloatImage:
        """A ground (size, size, 3) float32 RGB 0..1."""
        ground = self._stretched(rng, size)
        kind = rng.random()
        if kind < 0.12:
            ground = _mixed(rng, ground, self._stretched(rng, size))
        elif kind < 0.24:
            ground = _textured(rng, ground)
        return relit(rng, ground)

    def _stretched(self, rng: np.random.Generator, size: int) -> FloatImage:
        """One tile at a random scale and turn; mirrored where it has to cover more than itself."""
        tile = read_picture(self._paths[int(rng.integers(len(self._paths)))]).astype(np.float32) / 255
        scale = float(np.exp(rng.uniform(np.log(0.5), np.log(1.8))))
        angle = float(rng.choice([0, 90, 180, 270])) + (
            float(rng.uniform(-45, 45)) if rng.random() < 0.4 else 0.0
        )
        turn = cv2.getRotationMatrix2D((tile.shape[1] / 2, tile.shape[0] / 2), angle, scale)
        turn[:, 2] += size / 2 - np.array([tile.shape[1] / 2, tile.shape[0] / 2])
        if scale < 0.8:
            tile = np.asarray(cv2.GaussianBlur(tile, (0, 0), 0.4 / scale), np.float32)
        return np.asarray(
            cv2.warpAffine(
                tile, turn, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
            ),
            np.float32,
        )


def fractal(rng: np.random.Generator, size: int, coarsest: float, gain: float = 0.6) -> FloatImage:
    """Octaves of smooth noise (size, size) float32 of about unit deviation; `coarsest` in pixels."""
    total = np.zeros((size, size), np.float32)
    amplitude, scale, power = 1.0, coarsest, 0.0
    while scale >= 1.0 and amplitude > _FAINT:
        cells = int(size / scale) + 4
        coarse = rng.standard_normal((cells, cells), dtype=np.float32)
        smooth = cv2.INTER_CUBIC if scale > _COARSE else cv2.INTER_LINEAR
        window = np.array([[1 / scale, 0, 1], [0, 1 / scale, 1]])
        fine = cv2.warpAffine(coarse, window, (size, size), flags=smooth | cv2.WARP_INVERSE_MAP)
        total += amplitude * np.asarray(fine, np.float32)
        power += amplitude**2
        amplitude, scale = amplitude * gain, scale / 2
    return total / np.float32(0.75 * np.sqrt(power))


def _mixed(rng: np.random.Generator, first: FloatImage, second: FloatImage) -> FloatImage:
    """Two grounds side by side with a ragged border, as of peeling paint or patched plaster."""
    size = len(first)
    field = fractal(rng, size, float(rng.uniform(20, 160)), float(rng.uniform(0.3, 0.7)))
    softness = float(rng.uniform(0.02, 0.4))
    share = np.clip((field - rng.normal(0, 0.7)) / softness + 0.5, 0, 1)[..., None]
    gap = np.float32(rng.normal(0, 0.15))
    return np.asarray(first * share + (second + gap) * (1 - share), np.float32)


def _textured(rng: np.random.Generator, ground: FloatImage) -> FloatImage:
    """Rougher than any of the tiles: plaster, spray, formwork grain along one direction."""
    size = len(ground)
    field = fractal(rng, size, float(rng.uniform(3, 60)), float(rng.uniform(0.5, 1.0)))
    if rng.random() < 0.5:
        stretch = float(rng.uniform(2, 14))
        grain = cv2.resize(field, None, fx=stretch, fy=1.0, interpolation=cv2.INTER_LINEAR)
        field = np.asarray(grain, np.float32)[:size, :size]
        field = field if rng.random() < 0.5 else np.ascontiguousarray(field.T)
    return ground * (1 + np.float32(rng.uniform(0.02, 0.16)) * field)[..., None]


def relit(rng: np.random.Generator, ground: FloatImage) -> FloatImage:
    """Another contrast, brightness and tint, under light that falls off smoothly."""
    size = len(ground)
    mean = ground.mean(axis=(0, 1))
    contrast = np.exp(rng.normal(0.1, 0.5))
    tint = np.exp(rng.normal(0, 0.12, 3)) if rng.random() < 0.5 else np.ones(3)
    level = rng.uniform(0.2, 0.85)
    light = fractal(rng, size, float(rng.uniform(120, 400)), 0.2) * rng.uniform(0, 0.15)
    lit = (
        level
        * tint
        * (1 + contrast * (ground - mean) / max(float(mean.mean()), 0.1))
        * (1 + light)[..., None]
    )
    return np.asarray(np.clip(lit, 0.02, 1.1), np.float32)
