"""What a camera's sensor and exposure control do to a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.sources.simulator.noise import generator

RgbImage = NDArray[np.uint8]

# Shot and read noise of an ordinary machine-vision sensor at base gain, in grey values of 255:
# about 1.0 in the dark and 2.1 at mid-grey.
_READ_DEVIATION = 1.0
_DEVIATION_PER_GREY = 0.009
_BANK_SCALE = 64.0
_BANK_MARGIN = 61
_TARGET_GREY = 150.0


class Sensor:
    """Vignetting, exposure control and noise for pictures (height, width, 3) uint8 RGB.

    The noise is cut from a bank drawn once, at a place drawn for each picture: drawing a new one
    for every pixel would take longer than the projection.
    """

    def __init__(
        self, seed: int, width: int, height: int, *, vignetting: float, noise: float, gain_jitter: float
    ) -> None:
        self._seed = seed
        self._noise = noise
        self._gain_jitter = gain_jitter
        self._falloff = _falloff(width, height, vignetting)
        rng = generator(seed, "sensor-bank")
        shape = (height + _BANK_MARGIN, width + _BANK_MARGIN, 3)
        bank = rng.standard_normal(shape, dtype=np.float32) * np.float32(_BANK_SCALE)
        self._above = np.clip(np.rint(bank), 0.0, 255.0).astype(np.uint8)
        self._below = np.clip(np.rint(-bank), 0.0, 255.0).astype(np.uint8)

    def exposed(self, light: RgbImage, index: int) -> RgbImage:
        """The picture that this light gives in frame `index`."""
        rng = generator(self._seed, "sensor", index)
        gain = _automatic_gain(light) * (1.0 + self._gain_jitter * float(rng.standard_normal()))
        picture = cv2.multiply(light, self._falloff, scale=gain / 255.0)
        if self._noise > 0.0:
            picture = self._noisy(picture, *(int(place) for place in rng.integers(0, _BANK_MARGIN + 1, 2)))
        return np.asarray(picture, dtype=np.uint8)

    def _noisy(self, picture: cv2.typing.MatLike, row: int, column: int) -> cv2.typing.MatLike:
        height, width = picture.shape[:2]
        cut = np.s_[row : row + height, column : column + width]
        # Unsigned arithmetic throughout, several times faster than signed or floating point.
        fineness = 16.0
        deviation = cv2.convertScaleAbs(
            picture, alpha=_DEVIATION_PER_GREY * fineness, beta=_READ_DEVIATION * fineness
        )
        scale = self._noise / (_BANK_SCALE * fineness)
        brighter = cv2.add(picture, cv2.multiply(self._above[cut], deviation, scale=scale))
        return cv2.subtract(brighter, cv2.multiply(self._below[cut], deviation, scale=scale))


def _automatic_gain(light: RgbImage) -> float:
    """Exposure control pulls a picture most of the way to mid-grey."""
    mean = max(float(light[8::16, 8::16].mean()), 1.0)
    return float(np.clip((_TARGET_GREY / mean) ** 0.6, 0.7, 1.5))


def _falloff(width: int, height: int, vignetting: float) -> RgbImage:
    """(height, width, 3) uint8, 255 in the middle, down to 255 * (1 - vignetting) in the corners."""
    x = (np.arange(width, dtype=np.float32) - (width - 1) / 2.0) / (width / 2.0)
    y = (np.arange(height, dtype=np.float32) - (height - 1) / 2.0) / (height / 2.0)
    aspect = height / width
    radius = (x[None, :] ** 2 + (aspect * y[:, None]) ** 2) / (1.0 + aspect**2)
    grey = np.rint(255.0 * (1.0 - vignetting * radius)).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
