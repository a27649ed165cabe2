"""Draws cracks into a picture: how much of each pixel they take, and how that looks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crack_scanner.training.segmentation.crack_shapes import STEP, DrawnCrack, smooth_noise, tangents

Floats = NDArray[np.float64]
FloatImage = NDArray[np.float32]

_HALO = 14.0
LABEL_HALF_WIDTH = 0.9
"""Pixels to either side of a centre line that count as crack however narrow the crack is."""


@dataclass(frozen=True, eq=False)
class CrackLayer:
    """What a crack does to the pixels around it, each (H, W) float32.

    coverage: share of the pixel inside the crack. mask: 1 where the pixel is labelled crack.
    across: position across the opening, -1 at the left edge to 1 at the right one.
    distance: pixels to the nearer edge, 0 inside, `far` away from the crack. along: index of the
    nearest point of the line, -1 away from it.
    """

    coverage: FloatImage
    mask: FloatImage
    across: FloatImage
    distance: FloatImage
    along: NDArray[np.int32]


def crack_layer(crack: DrawnCrack, shape: tuple[int, int]) -> CrackLayer:
    """The layer of one crack in a picture of shape (H, W).

    Across the line the coverage is the opening seen through a box one pixel wide, so its sum across
    is the width, however narrow the crack.
    """
    rows, columns = _near(crack, shape)
    centres = np.stack([columns, rows], axis=1).astype(np.float64)
    _, nearest = cKDTree(crack.points).query(centres, workers=1)
    offset = centres - crack.points[nearest]
    tangent = tangents(crack.points)[nearest]
    beyond = np.maximum(np.abs((offset * tangent).sum(axis=1)) - STEP, 0.0)
    side = tangent[:, 0] * offset[:, 1] - tangent[:, 1] * offset[:, 0]
    left, right = crack.left[nearest], crack.right[nearest]
    inside = np.minimum(side + 0.5, right) - np.maximum(side - 0.5, -left)
    middle, half = (right - left) / 2, np.maximum((right + left) / 2, 1e-3)
    before_tip = np.clip(1.0 - beyond, 0.0, 1.0)
    labelled = (np.abs(side - middle) <= np.maximum(half, LABEL_HALF_WIDTH)) & (beyond < 1.0)
    distance = np.hypot(np.maximum(np.abs(side - middle) - half, 0.0), beyond)

    def image(values: Floats | NDArray[np.bool_], fill: float) -> FloatImage:
        result = np.full(shape, fill, np.float32)
        result[rows, columns] = values
        return result

    along = np.full(shape, -1, np.int32)
    along[rows, columns] = nearest
    return CrackLayer(
        image(np.clip(inside, 0.0, 1.0) * before_tip, 0.0),
        image(labelled, 0.0),
        image(np.clip((side - middle) / half, -3.0, 3.0), 0.0),
        image(distance, 1e3),
        along,
    )


def shade_crack(
    rng: np.random.Generator, picture: FloatImage, crack: DrawnCrack, layer: CrackLayer, blur: float
) -> None:
    """Darken a crack into a picture (H, W, 3) float32 0..1 RGB, seen through a lens of `blur` pixels.

    The depth changes along the line; one wall may catch light; dirt may have darkened the rim, wear or
    lime may have lightened it.
    """
    touched = layer.along >= 0
    along = np.maximum(layer.along, 0)
    count = len(crack.points)
    if rng.random() < 0.5:
        _shade_rim(rng, picture, layer, touched)
    depth = rng.uniform(0.35, 1.0) + 0.15 * smooth_noise(rng, count, rng.uniform(10, 60))
    if rng.random() < 0.3:
        depth *= 1.0 - 0.8 * (smooth_noise(rng, count, rng.uniform(4, 20)) > 1.2)
    opacity = np.where(touched, np.clip(depth, 0.05, 1.0)[along], 0.0).astype(np.float32) * layer.coverage
    opacity = soften(opacity, blur)[..., None]
    bottom = _bottom(rng, picture, layer)
    picture += opacity * (bottom - picture)


def soften(image: FloatImage, sigma: float) -> FloatImage:
    """The image blurred by a Gaussian of `sigma` pixels."""
    if sigma < 0.15:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101), np.float32)


def _bottom(rng: np.random.Generator, picture: FloatImage, layer: CrackLayer) -> FloatImage:
    """What is seen inside the opening: shadow, one wall perhaps lit."""
    local = cv2.blur(picture, (25, 25))
    level = rng.uniform(0.02, 0.45)
    lit = (
        rng.uniform(0, 0.5) * np.clip(rng.choice([-1, 1]) * layer.across, 0.0, 1.0)
        if rng.random() < 0.4
        else 0.0
    )
    grit = 1.0 + 0.15 * rng.standard_normal(layer.coverage.shape, dtype=np.float32)
    tint = rng.normal(1.0, 0.06, 3).astype(np.float32)
    return np.asarray(local * ((level + lit) * grit)[..., None] * tint, np.float32)


def _shade_rim(
    rng: np.random.Generator, picture: FloatImage, layer: CrackLayer, touched: NDArray[np.bool_]
) -> None:
    reach = rng.uniform(0.7, 4.0)
    strength = float(rng.choice([-0.35, -0.2, 0.12, 0.3]) * rng.uniform(0.2, 1.0))
    one_sided = 1.0 if rng.random() < 0.4 else np.clip(0.5 + rng.choice([-1, 1]) * layer.across, 0.0, 1.0)
    rim = np.where(touched, np.exp(-layer.distance / reach), 0.0) * one_sided
    picture *= (1.0 + strength * rim.astype(np.float32))[..., None]


def _near(crack: DrawnCrack, shape: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the pixels within the crack's reach."""
    area = np.zeros(shape, np.uint8)
    reach = math.ceil(float(max(crack.left.max(), crack.right.max())) + _HALO / 2)
    line = np.rint(crack.points[::4]).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(area, [line], False, 255, thickness=2 * reach + 1)
    rows, columns = np.nonzero(area)
    return rows, columns
