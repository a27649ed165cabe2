"""Training pictures: a real crack-free ground, cracks with an exact mask, and what is taken for one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.training.masonry import Wall, joint_course, joint_crack_width
from crack_scanner.training.segmentation.backgrounds import Grounds
from crack_scanner.training.segmentation.crack_drawing import (
    CrackLayer,
    FloatImage,
    crack_layer,
    shade_crack,
    soften,
)
from crack_scanner.training.segmentation.crack_shapes import (
    DrawnCrack,
    crack_along,
    evenly,
    random_cracks,
)
from crack_scanner.training.segmentation.distractors import add_distractors, wall_on

MASONRY_SHARE = 0.15
"""Part of the pictures that show a wall of bricks or blocks."""
IN_JOINTS_SHARE = 0.6
"""Part of the cracks in such walls that run along joints, where they can be told from them."""
DISTRACTOR_SHARE, WALL_DISTRACTOR_SHARE = 0.75, 0.45
"""Part of the pictures, and of those with a wall, with something that is taken for a crack."""
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
    picture, wall = grounds.draw(rng, size), None
    if rng.random() < MASONRY_SHARE:
        picture, wall = wall_on(rng, picture)
    cracks = _cracks(rng, size, wall) if rng.random() < crack_share else []
    if rng.random() < (WALL_DISTRACTOR_SHARE if wall else DISTRACTOR_SHARE):
        add_distractors(rng, picture)
    blur = float(rng.choice([0.3, 0.6, 1.0, 1.6]) * rng.uniform(0.5, 1.3))
    clean = picture.copy()
    layers = [crack_layer(crack, (size, size)) for crack in cracks]
    for crack, layer in zip(cracks, layers, strict=True):
        shade_crack(rng, picture, crack, layer, blur)
    mask, weight = _labels(clean, picture, layers)
    return DrawnTile(photographed(rng, picture), mask, weight, tuple(cracks))


def _cracks(rng: np.random.Generator, size: int, wall: Wall | None) -> list[DrawnCrack]:
    """Cracks of one picture; in walls most run along joints, where they can be told from them."""
    if wall is None or not wall.shows_cracks_in_joints or rng.random() >= IN_JOINTS_SHARE:
        return random_cracks(rng, size)
    count = int(rng.choice([1, 2], p=[0.85, 0.15]))
    courses = (joint_course(wall.bond, size, rng).astype(np.float64) for _ in range(count))
    return [crack_along(rng, evenly(course), joint_crack_width(wall.bond, rng)) for course in courses]


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
