"""Useless tiles are told from useful ones."""

import cv2
import numpy as np
import pytest

from crack_scanner.vision.quality import measure_tiles
from crack_scanner.vision.tile_grid import tile_grid

GRID = tile_grid(454, 227)


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


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("seed", range(3))
def test_sample_points_tell_what_every_pixel_would(sigma: float, seed: int) -> None:
    image = cv2.GaussianBlur(concrete(seed), (0, 0), sigma)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    smooth, wide = cv2.blur(grey, (3, 3)), cv2.blur(grey, (15, 15))
    fine = np.square(grey.astype(float) - smooth).reshape(227, 2, 227).mean(axis=(0, 2)) - 0.09
    middle = np.square(smooth.astype(float) - wide).reshape(227, 2, 227).mean(axis=(0, 2)) + 0.25
    expected = np.sqrt(np.maximum(fine, 0) / middle)
    np.testing.assert_allclose(measure_tiles(image, GRID).sharpness, expected, rtol=0.15)


@pytest.mark.parametrize("shape", [(32, 32), (33, 40), (240, 321), (1080, 1920)])
def test_pictures_of_any_size_are_measured(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(20, 200, (*shape, 3), np.uint8)
    quality = measure_tiles(image, tile_grid(shape[1], shape[0], 32, 0.4))
    assert np.isfinite(quality.score).all()
    assert quality.usable.all()
