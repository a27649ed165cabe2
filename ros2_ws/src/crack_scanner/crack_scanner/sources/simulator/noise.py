"""Seeded random streams and band-limited noise, the raw material of the simulated concrete."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

FloatImage = npt.NDArray[np.float32]

_LATTICE_MARGIN = 3


def generator(seed: int, stream: str, index: int = 0) -> np.random.Generator:
    """Random numbers that depend on (seed, stream, index) alone.

    Every part of the simulator draws from a stream of its own, so that switching one part on or off
    leaves the others as they were.
    """
    return np.random.default_rng([seed, zlib.crc32(stream.encode()), index])


def smoothstep(values: FloatImage, low: float, high: float) -> FloatImage:
    """0 below `low`, 1 above `high`, with a smooth passage between."""
    ramp = np.subtract(values, np.float32(low))
    ramp *= np.float32(1.0 / (high - low))
    np.clip(ramp, 0.0, 1.0, out=ramp)
    steep = np.multiply(ramp, np.float32(-2.0))
    steep += np.float32(3.0)
    steep *= ramp
    steep *= ramp
    return steep


@dataclass(frozen=True)
class Lattice:
    """Random values on a grid of `cell` texels; asked for any rows, it gives them interpolated.

    Rows come out the same whatever bands they are asked in, so a large wall can be made band by band.
    `values` is (rows, columns) float32 with a margin of three cells on each side.
    """

    values: FloatImage
    cell: int

    @classmethod
    def random(cls, rng: np.random.Generator, height: int, width: int, cell: int) -> Lattice:
        """Standard normal values for a texture of height x width texels."""
        shape = (-(-height // cell) + 2 * _LATTICE_MARGIN, -(-width // cell) + 2 * _LATTICE_MARGIN)
        return cls(rng.standard_normal(shape, dtype=np.float32), cell)

    @classmethod
    def of_field(cls, field: FloatImage, cell: int) -> Lattice:
        """A field (rows, columns) already computed at one value per cell."""
        margin = _LATTICE_MARGIN
        padded = cv2.copyMakeBorder(field, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
        return cls(np.asarray(padded, dtype=np.float32), cell)

    def shaped(self, shape: Callable[[FloatImage], FloatImage], fineness: int) -> Lattice:
        """The interpolated values put through `shape`, at `fineness` values per cell.

        Much cheaper than shaping every texel, and no different where cells are large.
        """
        size = (self.values.shape[1] * fineness, self.values.shape[0] * fineness)
        shaped = shape(np.asarray(cv2.resize(self.values, size, interpolation=cv2.INTER_CUBIC), np.float32))
        surplus = _LATTICE_MARGIN * (fineness - 1)
        kept = shaped[surplus : size[1] - surplus, surplus : size[0] - surplus]
        return Lattice(np.ascontiguousarray(kept), self.cell // fineness)

    def rows(self, top: int, bottom: int, width: int) -> FloatImage:
        """Texel rows top..bottom (may reach one cell beyond the texture), (bottom - top, width) float32."""
        first = top // self.cell - 2
        last = -(-bottom // self.cell) + 2
        block = self.values[first + _LATTICE_MARGIN : last + _LATTICE_MARGIN]
        size = (block.shape[1] * self.cell, block.shape[0] * self.cell)
        large = block if self.cell == 1 else cv2.resize(block, size, interpolation=cv2.INTER_CUBIC)
        row, column = top - first * self.cell, _LATTICE_MARGIN * self.cell
        return np.asarray(large[row : row + bottom - top, column : column + width], dtype=np.float32)


def fractal_field(
    rng: np.random.Generator, height: int, width: int, coarsest: float, octaves: int, gain: float = 0.55
) -> FloatImage:
    """Sum of octaves of smooth noise, (height, width) float32 of unit variance; `coarsest` in samples."""
    field = np.zeros((height, width), np.float32)
    power, amplitude, scale = 0.0, 1.0, coarsest
    for _ in range(octaves):
        shape = (max(int(height / scale), 1) + 4, max(int(width / scale), 1) + 4)
        coarse = rng.standard_normal(shape, dtype=np.float32)
        window = (round(shape[1] * scale), round(shape[0] * scale))
        fine = cv2.resize(coarse, window, interpolation=cv2.INTER_CUBIC) if scale > 1.0 else coarse
        offset = int(1.5 * max(scale, 1.0))
        octave = fine[offset : offset + height, offset : offset + width]
        field[: octave.shape[0], : octave.shape[1]] += np.float32(amplitude) * octave
        power += amplitude * amplitude
        amplitude, scale = amplitude * gain, scale / 2.0
    # Cubic interpolation of white noise keeps about 0.7 of its standard deviation in each octave.
    result: FloatImage = field / np.float32(0.7 * np.sqrt(power))
    return result
