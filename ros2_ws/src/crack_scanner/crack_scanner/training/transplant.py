"""Real cracks put onto other surfaces: training pictures with real cracks whose pixels are known."""

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.training import augment
from crack_scanner.training.marked import RATIO_SCALE
from crack_scanner.training.pictures import Pictures

Image = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Rng = np.random.Generator

ZOOM = (0.3, 1.15)
"""A wide crack seen from further away is a hairline."""
CLOSE_ZOOM, CLOSE_SHARE = (1.2, 3.0), 0.25
"""Seen from close by, a crack is a gap with two far flanks; part of the cracks seen so."""
MIRRORED_SHARE = 0.5
"""Part of the cracks that go on as their mirror image beyond their own picture; the others end there."""
LEAST_PIXELS = 90
"""Pixels that must be clearly darker than the surface was."""
DEEPEST = 3.0
"""Largest power to which a crack's darkness is raised to stand out from its new surface."""
_NO_CRACK = (RATIO_SCALE, RATIO_SCALE, RATIO_SCALE, 0.0)


def transplant(surface: Image, cracks: Pictures, rng: Rng) -> tuple[Image, npt.NDArray[np.bool_]]:
    """One of `cracks` (N, S, S, 4), as `marked` stores them, on a crack-free surface (size, size, 3) uint8.

    Returns the picture and its (size, size) crack mask. The crack is turned and zoomed, and deepened where it
    would drown in the surface's own texture; one that would still drown is passed over for another.
    """
    grey = cv2.cvtColor(surface, cv2.COLOR_RGB2GRAY).astype(np.float32)
    while True:
        crack = cracks[int(rng.integers(len(cracks)))]
        ratio, share = _seen_elsewhere(crack, surface.shape[0], rng)
        if (share > 0.5).sum() < LEAST_PIXELS:
            continue
        needed = _needed(grey, share, rng)
        power = _power(ratio, share, needed)
        factor = 1.0 + share[..., None] * (np.maximum(ratio, 0.02) ** power - 1.0)
        mask: npt.NDArray[np.bool_] = 1.0 - factor.mean(axis=2) > 0.6 * needed
        if mask.sum() >= LEAST_PIXELS:
            return np.clip(surface * factor, 0.0, 255.0).astype(np.uint8), mask


def _seen_elsewhere(crack: Image, size: int, rng: Rng) -> tuple[Plane, Plane]:
    """Ratio (size, size, 3) and share (size, size), 0 to 1, of a stored crack from another point of view."""
    crack, zoom = np.asarray(crack), CLOSE_ZOOM if rng.random() < CLOSE_SHARE else ZOOM
    if rng.random() >= MIRRORED_SHARE:
        side = crack.shape[0]
        crack = cv2.copyMakeBorder(crack, side, side, side, side, cv2.BORDER_CONSTANT, value=_NO_CRACK)
        zoom = zoom[0] * 3, zoom[1] * 3
    seen = augment.view(augment.turn(crack, rng), rng, size, zoom)
    full: Plane = np.array([RATIO_SCALE] * 3 + [255.0], np.float32)
    scaled: Plane = (seen / full).astype(np.float32)
    return scaled[..., :3], scaled[..., 3]


def _needed(grey: Plane, share: Plane, rng: Rng) -> float:
    """Darkness, 0 to 1, that stands out from the surface near the crack."""
    near = cv2.dilate((share > 0.5).astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    level, texture = float(grey[near].mean()), float(grey[near].std())
    return float(min((9.0 + rng.uniform(0.8, 1.8) * texture) / max(level, 8.0), 0.9))


def _power(ratio: Plane, share: Plane, needed: float) -> float:
    """What the ratio is raised to so that a quarter of the crack is as dark as needed."""
    dark = float(np.quantile(ratio.mean(axis=2)[share > 0.5], 0.25))
    return float(np.clip(np.log(1.0 - needed) / np.log(np.clip(dark, 0.02, 0.99)), 1.0, DEEPEST))
