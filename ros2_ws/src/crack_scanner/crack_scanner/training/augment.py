"""Changes that keep the label: viewpoint, light, camera and compression."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Rng = np.random.Generator


def turn(tile: Image, rng: Rng) -> Image:
    """One of the eight flips and quarter turns."""
    tile = np.rot90(tile, int(rng.integers(4)))
    return np.ascontiguousarray(tile[:, ::-1] if rng.random() < 0.5 else tile)


def view(tile: Image, rng: Rng, size: int, zoom: tuple[float, float], rotation: float = np.pi) -> Image:
    """The tile seen from elsewhere: zoomed (log-uniform), rotated, stretched; mirrored beyond its edges.

    tile: (S, S, 3); result (size, size, 3). zoom 1 fits the whole tile into the result.
    """
    factor = float(np.exp(rng.uniform(np.log(zoom[0]), np.log(zoom[1])))) * size / tile.shape[0]
    angle, stretch = rng.uniform(-rotation, rotation), float(np.exp(rng.normal(0.0, 0.06)))
    cosine, sine = np.cos(angle) * factor, np.sin(angle) * factor
    matrix = np.array([[cosine * stretch, -sine, 0.0], [sine * stretch, cosine, 0.0]])
    middle = tile.shape[0] / 2 * (1.0 + rng.uniform(-0.04, 0.04, 2))
    matrix[:, 2] = size / 2 - matrix[:, :2] @ middle
    method = cv2.INTER_AREA if factor < 0.7 else cv2.INTER_LINEAR
    if factor < 0.7:
        tile = cv2.GaussianBlur(tile, (0, 0), 0.35 / factor)
        method = cv2.INTER_LINEAR
    warped: Image = cv2.warpAffine(
        tile, matrix, (size, size), flags=method, borderMode=cv2.BORDER_REFLECT_101
    )
    return warped


def crop(tile: Image, rng: Rng, size: int) -> Image:
    """A (size, size, 3) piece at a random place."""
    top, left = rng.integers(0, tile.shape[0] - size + 1, 2)
    return tile[top : top + size, left : left + size]


def photograph(tile: Image, rng: Rng, strength: float = 1.0) -> Image:
    """Light, colour, lens, sensor and compression of another camera; `strength` scales the harm."""
    tile = _light(tile, rng)
    if rng.random() < 0.35:
        tile = cv2.GaussianBlur(tile, (0, 0), rng.uniform(0.3, 0.3 + 1.0 * strength))
    if rng.random() < 0.2:
        tile = motion_blur(tile, rng, rng.uniform(1.5, 2.0 + 5.0 * strength))
    if rng.random() < 0.2:
        tile = _sharpen(tile, rng.uniform(0.3, 1.5))
    if rng.random() < 0.6:
        tile = _noise(tile, rng, rng.exponential(4.0 * strength))
    if rng.random() < 0.4:
        tile = jpeg(tile, int(rng.integers(35, 96)))
    return tile


def _light(tile: Image, rng: Rng) -> Image:
    """Gamma, gain, contrast, white balance in one table a channel; saturation; a slope of brightness."""
    tile = _saturation(tile, rng)
    balance = np.exp(rng.normal(0.0, 0.05 if rng.random() < 0.8 else 0.2, 3))
    gamma, contrast = np.exp(rng.normal(0.0, 0.2)), np.exp(rng.normal(0.0, 0.2))
    middle = max(float(tile[::8, ::8].mean()) / 255.0, 0.05)
    # Overexposed or black tiles carry no label: the mean stays within what a camera would be set to.
    target = float(np.clip(middle * np.exp(rng.normal(0.0, 0.25)), 0.12, 0.8))
    levels = np.linspace(0.0, 1.0, 256)[:, None]
    curve = (
        np.clip((levels - middle) * contrast + middle, 0.0, 1.0) ** gamma * (target / middle**gamma) * balance
    )
    tile = cv2.LUT(tile, np.clip(curve * 255.0, 0.0, 255.0).astype(np.uint8)[None])
    if rng.random() < 0.25:
        tile = cv2.multiply(tile, slope(tile.shape[0], rng), dtype=cv2.CV_8U)
    return tile


def _saturation(tile: Image, rng: Rng) -> Image:
    kind = rng.random()
    if kind > 0.45:
        return tile
    grey = cv2.cvtColor(cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    amount = 0.0 if kind < 0.2 else rng.uniform(0.0, 2.0)
    return cv2.addWeighted(tile, amount, grey, 1.0 - amount, 0.0)


def slope(size: int, rng: Rng) -> Plane:
    """(size, size, 3) brightness factor falling off towards one side."""
    axis = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    angle, strength = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.05, 0.4)
    fall = axis[None, :] * np.cos(angle) + axis[:, None] * np.sin(angle)
    return cv2.merge([(1.0 + strength * fall).astype(np.float32)] * 3)


def motion_blur(tile: Image, rng: Rng, length: float) -> Image:
    """Blur along a straight line of `length` pixels."""
    half = int(np.ceil(length / 2))
    kernel = np.zeros((2 * half + 1,) * 2, np.float32)
    angle = rng.uniform(0.0, np.pi)
    for along in np.linspace(-length / 2, length / 2, 4 * half + 1):
        kernel[round(half + along * np.sin(angle)), round(half + along * np.cos(angle))] += 1.0
    blurred: Image = cv2.filter2D(tile, -1, kernel / kernel.sum())
    return blurred


def jpeg(tile: Image, quality: int) -> Image:
    """Through JPEG and back."""
    _, packed = cv2.imencode(".jpg", tile, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def _sharpen(tile: Image, amount: float) -> Image:
    return cv2.addWeighted(tile, 1.0 + amount, cv2.GaussianBlur(tile, (0, 0), 1.0), -amount, 0.0)


def _noise(tile: Image, rng: Rng, sigma: float) -> Image:
    """Sensor noise, grey or coloured, cut out of a fixed bank: drawing it fresh would take too long."""
    height, width = tile.shape[:2]
    y, x = rng.integers(0, NOISE_BANK_SIZE - np.array([height, width]) + 1)
    noise = _noise_bank()[y : y + height, x : x + width]
    if rng.random() < 0.5:
        noise = cv2.merge([noise[..., 0]] * 3)
    return cv2.addWeighted(tile, 1.0, noise, sigma / NOISE_BANK_SIGMA, 0.0, dtype=cv2.CV_8U)


NOISE_BANK_SIZE = 700
NOISE_BANK_SIGMA = 30.0


@lru_cache
def _noise_bank() -> npt.NDArray[np.int16]:
    normal = np.random.default_rng(0).standard_normal((NOISE_BANK_SIZE, NOISE_BANK_SIZE, 3), np.float32)
    return np.round(normal * NOISE_BANK_SIGMA).astype(np.int16)
