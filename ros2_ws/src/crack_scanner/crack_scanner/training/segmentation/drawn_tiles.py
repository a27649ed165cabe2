"""Training pictures: a real crack-free ground, cracks with an exact mask, and what is taken for one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.training.segmentation.backgrounds import Grounds
from crack_scanner.training.segmentation.crack_drawing import (
    CrackLayer,
    FloatImage,
    crack_layer,
    shade_crack,
    soften,
)
from crack_scanner.training.segmentation.crack_shapes import DrawnCrack, random_cracks
from crack_scanner.training.segmentation.distractors import add_distractors

VISIBLE = 1.2
"""Contrast of a crack, in deviations of the ground around it, from which missing it is a mistake."""


@dataclass(frozen=True, eq=False)
class DrawnTile:
    """image: (H, W, 3) uint8 RGB. mask: (H, W) bool. weight: (H, W) float32, 0 where nobody could tell.

    cracks: the truth, in pixels.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    weight: FloatImage
    cracks: tuple[DrawnCrack, ...]


def draw_tile(rng: np.random.Generator, grounds: Grounds, size: int, crack_share: float = 0.7) -> DrawnTile:
    """One picture of size x size pixels; with probability `crack_share` it holds cracks."""
    picture = grounds.draw(rng, size)
    cracks = random_cracks(rng, size) if rng.random() < crack_share else []
    if rng.random() < 0.75:
        add_distractors(rng, picture)
    blur = float(rng.choice([0.3, 0.6, 1.0, 1.6]) * rng.uniform(0.5, 1.3))
    clean = picture.copy()
    layers = [crack_layer(crack, (size, size)) for crack in cracks]
    for crack, layer in zip(cracks, layers, strict=True):
        shade_crack(rng, picture, crack, layer, blur)
    mask, weight = _labels(clean, picture, layers)
    return DrawnTile(photographed(rng, picture), mask, weight, tuple(cracks))


def photographed(rng: np.random.Generator, picture: FloatImage) -> NDArray[np.uint8]:
    """A scene (H, W, 3) float32 0..1 as a camera records it: blur, noise, gamma, eight bits, JPEG."""
    if rng.random() < 0.4:
        picture = soften(picture, float(rng.uniform(0.3, 1.4)))
    if rng.random() < 0.1:
        length = int(rng.integers(2, 6))
        kernel = np.full((1, length) if rng.random() < 0.5 else (length, 1), 1 / length, np.float32)
        picture = np.asarray(cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REFLECT_101), np.float32)
    picture = np.clip(picture, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.25)))
    noise = rng.standard_normal((*picture.shape[:2], 1), dtype=np.float32)
    noise = noise + 0.5 * rng.standard_normal(picture.shape, dtype=np.float32)
    picture = picture + np.float32(rng.choice([0, 0.005, 0.015, 0.03]) * rng.uniform(0.3, 1)) * noise
    image = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 96))])
        image = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return image


def _labels(
    clean: FloatImage, picture: FloatImage, layers: list[CrackLayer]
) -> tuple[NDArray[np.bool_], FloatImage]:
    """Mask and weight: cracks too faint against their ground count as neither crack nor ground."""
    mask = np.zeros(clean.shape[:2], np.bool_)
    weight = np.ones(clean.shape[:2], np.float32)
    for layer in layers:
        inside = layer.mask > 0.5
        visible = _visibility(clean, picture, inside)
        near = layer.distance < 1.5
        weight[near & ~inside] = np.minimum(weight[near & ~inside], 0.3)
        weight[near & (visible < VISIBLE)] = 0.0
        mask |= inside
    return mask, weight


def _visibility(clean: FloatImage, picture: FloatImage, inside: NDArray[np.bool_]) -> FloatImage:
    """(H, W) the crack's mean contrast nearby, in deviations of the ground's fine grain."""
    grey = clean.mean(axis=2)
    change = np.abs(picture.mean(axis=2) - grey) * inside
    amount = soften(inside.astype(np.float32), 6.0)
    contrast = soften(change, 6.0) / np.maximum(amount, 1e-4)
    grain = np.sqrt(soften((grey - soften(grey, 3.0)) ** 2, 12.0)) + np.float32(0.006)
    return np.asarray(contrast / grain, np.float32)
