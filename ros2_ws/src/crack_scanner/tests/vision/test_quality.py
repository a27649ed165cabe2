"""Useless tiles are told from useful ones."""

import cv2
import numpy as np
import pytest

from crack_scanner.vision.quality import measure_tiles
from crack_scanner.vision.tile_grid import TileGrid

GRID = TileGrid(454, 227)


def concrete(seed: int = 0) -> np.ndarray:
    """A picture (227, 454, 3) with detail at every scale, like concrete."""
    random = np.random.default_rng(seed)
    grey = np.full((227, 454), 128.0)
    for size in (1, 2, 4, 8, 16):
        noise = random.normal(0, 4, (227 // size + 1, 454 // size + 1)).astype(np.float32)
        grey += cv2.resize(noise, (454, 227), interpolation=cv2.INTER_CUBIC)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def test_sharp_concrete_is_useful() -> None:
    quality = measure_tiles(concrete(), GRID)
    assert quality.usable.all()
    assert (quality.score > 0.9).all()


@pytest.mark.parametrize("sigma", [4.0, 8.0])
def test_a_blurred_picture_is_useless(sigma: float) -> None:
    quality = measure_tiles(cv2.GaussianBlur(concrete(), (0, 0), sigma), GRID)
    assert not quality.usable.any()
    assert not quality.score.any()


@pytest.mark.parametrize("value", [0, 255, 128])
def test_a_picture_without_content_is_useless(value: int) -> None:
    assert not measure_tiles(np.full((227, 454, 3), value, np.uint8), GRID).usable.any()


def test_only_the_blown_out_tile_is_useless() -> None:
    image = concrete()
    image[:, :227] = 255
    quality = measure_tiles(image, GRID)
    assert quality.usable.tolist() == [False, True]
    assert quality.clipped[0] == pytest.approx(1.0, abs=0.02)


def test_sharpness_falls_as_blur_grows() -> None:
    sharpness = [
        measure_tiles(cv2.GaussianBlur(concrete(), (0, 0), sigma), GRID).sharpness[0]
        for sigma in (0.3, 0.7, 1, 2, 3)
    ]
    assert sharpness == sorted(sharpness, reverse=True)


def test_brightness_is_the_mean_grey() -> None:
    assert measure_tiles(concrete(), GRID).brightness == pytest.approx([128, 128], abs=4)
