"""Procedural crack-free surfaces: paint, plaster, concrete, asphalt beyond what the real tiles show."""

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Rng = np.random.Generator


def procedural_surface(size: int, rng: Rng) -> Image:
    """A crack-free surface, (size, size, 3) uint8 RGB: mottled colour, relief under slanting light, grain."""
    brightness = rng.uniform(45.0, 225.0)
    colour = brightness * (1.0 + rng.normal(0.0, 0.07, 3))
    mottling = fractal_noise(size, rng, coarsest=rng.uniform(30.0, 200.0), decay=rng.uniform(0.4, 0.75))
    shade = 1.0 + rng.uniform(0.0, 0.14) * mottling
    if rng.random() < 0.75:
        shade = shade * (1.0 + _relief(size, rng))
    if rng.random() < 0.8:
        shade = shade * (1.0 + rng.uniform(0.0, 0.1) * _grain(size, rng))
    return np.clip(colour * shade[..., None], 0.0, 255.0).astype(np.uint8)


def smooth_noise(
    size: int, rng: Rng, across: int, down: int | None = None, interpolation: int = cv2.INTER_LINEAR
) -> Plane:
    """(size, size) normal noise on `down` rows (as many as columns) of `across` cells, smooth in between."""
    cells = rng.normal(0.0, 1.0, (down or across, across)).astype(np.float32)
    noise: Plane = cv2.resize(cells, (size, size), interpolation=interpolation)
    return noise


def fractal_noise(size: int, rng: Rng, coarsest: float, decay: float) -> Plane:
    """(size, size) noise of about unit spread whose octaves get finer by 2 and weaker by `decay`."""
    total = np.zeros((size, size), np.float32)
    wavelength, amplitude = coarsest, 1.0
    while wavelength > 2.0:
        cells = max(int(size / wavelength), 1) + 2
        total += amplitude * smooth_noise(size, rng, cells, interpolation=cv2.INTER_CUBIC)
        wavelength, amplitude = wavelength / 2.0, amplitude * decay
    return total / max(float(total.std()), 1e-6)


def _relief(size: int, rng: Rng) -> Plane:
    """Brightness changes of a rough surface lit from one side: a height field's slope to the light."""
    coarsest = float(np.exp(rng.uniform(np.log(3.0), np.log(40.0))))
    height = fractal_noise(size, rng, coarsest, rng.uniform(0.4, 0.9))
    if rng.random() < 0.3:
        height = cv2.blur(
            height, (int(rng.integers(1, 30)), 1) if rng.random() < 0.5 else (1, int(rng.integers(1, 30)))
        )
    if rng.random() < 0.3:
        height = np.minimum(height, rng.uniform(-0.5, 1.0))
    angle = rng.uniform(0.0, 2.0 * np.pi)
    slope_y, slope_x = np.gradient(height)
    slope = slope_x * np.cos(angle) + slope_y * np.sin(angle)
    relief: Plane = (rng.uniform(0.02, 0.16) * slope / max(float(slope.std()), 1e-6)).astype(np.float32)
    return relief


def _grain(size: int, rng: Rng) -> Plane:
    return smooth_noise(size, rng, int(size / rng.uniform(1.0, 3.5)))
