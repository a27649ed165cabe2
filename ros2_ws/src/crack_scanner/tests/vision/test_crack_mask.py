"""Hysteresis: where a crack goes on, and where it must be strong."""

import numpy as np

from crack_scanner.vision.crack_mask import MaskLimits, crack_mask, mask_parts

LIMITS = MaskLimits(low=0.3, high=0.8, min_extent=10)


def picture(*stretches: tuple[int, int, float]) -> np.ndarray:
    """(20, 100) uint8 with level lines from column to column of a probability."""
    image = np.zeros((20, 100), np.uint8)
    for start, end, probability in stretches:
        image[9:11, start:end] = round(probability * 255)
    return image


def test_weak_stretch_beside_a_strong_one_counts() -> None:
    mask = crack_mask(picture((10, 30, 0.9), (30, 60, 0.4)), LIMITS)
    assert (mask[9, 10:60] == 255).all()


def test_weak_stretch_alone_does_not() -> None:
    assert not crack_mask(picture((10, 60, 0.4)), LIMITS).any()


def test_faint_stretch_ends_a_crack() -> None:
    mask = crack_mask(picture((10, 30, 0.9), (30, 60, 0.2)), LIMITS)
    assert mask[9, 29] == 255
    assert not mask[:, 30:].any()


def test_specks_go() -> None:
    assert not crack_mask(picture((10, 15, 1.0)), LIMITS).any()


def test_parts_are_apart() -> None:
    parts = list(mask_parts(crack_mask(picture((10, 30, 0.9), (50, 80, 0.9)), LIMITS)))
    assert [(part.x, part.y, part.mask.shape) for part in parts] == [(10, 9, (2, 20)), (50, 9, (2, 30))]
