"""Procedural concrete: the appearance of a cast wall, without cracks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.sources.simulator.blemishes import draw_formwork, draw_pores
from crack_scanner.sources.simulator.noise import FloatImage, Lattice, fractal_field, generator, smoothstep

RgbImage = npt.NDArray[np.uint8]

_BAND_ROWS = 256
_FIELD_CELL_M = 0.004


@dataclass(frozen=True)
class ConcreteStyle:
    """What one wall looks like; `drawn` picks a different one for every seed.

    Brightness is 0..1 of full scale, the contrasts are relative to the brightness, lengths in metres.
    """

    brightness: float = 0.66
    warmth: float = 0.2  # -1 cold blue-grey .. 1 warm beige
    grain_contrast: float = 0.045
    relief_contrast: float = 0.035
    patch_contrast: float = 0.06
    stain_strength: float = 0.16
    light_fall_off: float = 0.10
    pores_per_m2: float = 90.0
    panel_width: float = 1.25
    panel_height: float = 0.95
    formwork: bool = True

    @classmethod
    def drawn(cls, seed: int) -> ConcreteStyle:
        """A plausible style for this seed."""
        rng = generator(seed, "style")
        return cls(
            brightness=rng.uniform(0.56, 0.74),
            warmth=rng.uniform(-0.7, 1.6),
            grain_contrast=rng.uniform(0.025, 0.055),
            relief_contrast=rng.uniform(0.02, 0.05),
            patch_contrast=rng.uniform(0.03, 0.08),
            stain_strength=rng.uniform(0.06, 0.22),
            light_fall_off=rng.uniform(0.04, 0.14),
            pores_per_m2=rng.uniform(30.0, 140.0),
            panel_width=rng.uniform(1.0, 1.6),
            panel_height=rng.uniform(0.7, 1.2),
        )


def concrete(
    seed: int, height: int, width: int, texel: float, style: ConcreteStyle | None = None
) -> RgbImage:
    """A crack-free concrete surface, (height, width, 3) uint8 RGB, `texel` metres per texel, top row first.

    Built in bands of rows: beside the picture itself it needs a few hundred bytes per texel of one band.
    """
    style = style or ConcreteStyle.drawn(seed)
    picture = np.empty((height, width, 3), np.uint8)
    broad = _broad_fields(seed, height, width, texel, style)
    layers = _grain_layers(seed, height, width, texel, style)
    for top in range(0, height, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS, height)
        detail = _detail(layers, style, seed, top, bottom, width)
        picture[top:bottom] = _coloured(broad, detail, top, bottom, width)
    draw_pores(picture, generator(seed, "pores"), texel, style.pores_per_m2)
    if style.formwork:
        draw_formwork(picture, generator(seed, "formwork"), texel, style.panel_width, style.panel_height)
    return picture


# Size of the structures in metres and their share of the contrast.
_RELIEF = ((0.0008, 0.6), (0.002, 1.0), (0.0045, 0.8), (0.010, 0.3))
_AGGREGATE = ((0.0012, 0.8), (0.0032, 0.7), (0.007, 0.5))
# Structures of this many texels and more are shaped at four values per cell.
_COARSE_CELL = 8


@dataclass(frozen=True)
class _Grain:
    """A layer of fine structure; `shaped` says whether it needs only to be interpolated."""

    lattice: Lattice
    shape: Callable[[FloatImage], FloatImage]
    shaped: bool
    contrast: float

    def rows(self, top: int, bottom: int, width: int) -> FloatImage:
        """Relative brightness of some rows, about 0."""
        if self.shaped:
            return self.lattice.rows(top, bottom, width)
        margin = self.lattice.rows(top - 1, bottom + 1, width)
        return self.shape(margin)[1:-1]


def _grain_layers(seed: int, height: int, width: int, texel: float, style: ConcreteStyle) -> list[_Grain]:
    """Dents lit from the side and the grains of the aggregate, fine to coarse."""
    layers = []
    for name, kind, contrast, shape in (
        ("relief", _RELIEF, style.relief_contrast, _lit_dents),
        ("aggregate", _AGGREGATE, style.grain_contrast, _specks),
    ):
        for size, share in kind:
            cell = max(2, round(size / texel))
            coarse = cell >= _COARSE_CELL
            cell = 4 * round(cell / 4) if coarse else cell
            lattice = Lattice.random(generator(seed, f"{name}-{size}"), height, width, cell)
            scaled = partial(shape, reach=4 if coarse else cell)
            layers.append(
                _Grain(lattice.shaped(scaled, 4) if coarse else lattice, scaled, coarse, share * contrast)
            )
    return layers


def _lit_dents(height: FloatImage, reach: int) -> FloatImage:
    """A flat surface with dents, lit from the upper left: its slope along the light, times `reach`."""
    bumps = smoothstep(height, 1.2, 2.6)
    bumps -= np.float32(0.1) * height
    slope = np.zeros_like(bumps)
    np.subtract(bumps[:-2, :-2], bumps[2:, 2:], out=slope[1:-1, 1:-1])
    slope[:, 0], slope[:, -1] = slope[:, 1], slope[:, -2]
    slope *= np.float32(reach)
    return slope


def _specks(grain: FloatImage, reach: int) -> FloatImage:
    """Light and dark grains in an otherwise mottled paste; the same at any `reach`."""
    specks = smoothstep(grain, 0.9, 1.7)
    specks -= np.float32(1.2) * smoothstep(-grain, 1.0, 1.8)
    specks += np.float32(0.45) * grain
    return specks


def _detail(
    layers: list[_Grain], style: ConcreteStyle, seed: int, top: int, bottom: int, width: int
) -> FloatImage:
    """Relative brightness of relief, aggregate and sand of some rows, about 1."""
    sand = generator(seed, "sand", top).standard_normal((bottom - top, width), dtype=np.float32)
    detail = cv2.GaussianBlur(sand, (3, 3), 0.7)
    detail *= np.float32(1.5 * style.grain_contrast)
    for layer in layers:
        detail = cv2.scaleAdd(layer.rows(top, bottom, width), layer.contrast, detail)
    result: FloatImage = np.add(detail, np.float32(1.0), dtype=np.float32)
    return result


def _broad_fields(
    seed: int, height: int, width: int, texel: float, style: ConcreteStyle
) -> tuple[Lattice, ...]:
    """Brightness per colour channel of everything larger than a centimetre, at one value per cell."""
    cell = max(1, round(_FIELD_CELL_M / texel))
    rows, columns = -(-height // cell), -(-width // cell)
    spacing = cell * texel
    light = _uneven_light(generator(seed, "light"), rows, columns, style)
    patches = fractal_field(generator(seed, "patches"), rows, columns, 0.35 / spacing, 6, 0.6)
    stains = _stains(generator(seed, "stains"), rows, columns, spacing)
    tone = np.float32(style.brightness) * light * (1.0 + np.float32(style.patch_contrast) * patches)
    tone *= 1.0 - np.float32(style.stain_strength) * stains
    hue = fractal_field(generator(seed, "hue"), rows, columns, 0.5 / spacing, 4)
    warmth = np.float32(0.03) * (np.float32(style.warmth) + 0.12 * hue + 0.5 * stains)
    channels = (tone * (1.0 + warmth), tone, tone * (1.0 - 1.6 * warmth))
    return tuple(Lattice.of_field(channel.astype(np.float32), cell) for channel in channels)


def _uneven_light(rng: np.random.Generator, rows: int, columns: int, style: ConcreteStyle) -> FloatImage:
    angle = rng.uniform(0.0, 2.0 * math.pi)
    x = np.linspace(-0.5, 0.5, columns, dtype=np.float32)[None, :]
    y = np.linspace(-0.5, 0.5, rows, dtype=np.float32)[:, None]
    slope = np.float32(math.cos(angle)) * x + np.float32(math.sin(angle)) * y
    result: FloatImage = 1.0 + np.float32(style.light_fall_off) * slope
    return result


def _stains(rng: np.random.Generator, rows: int, columns: int, spacing: float) -> FloatImage:
    """Damp patches and drips that run down from them, 0..1."""
    damp = smoothstep(fractal_field(rng, rows, columns, 0.5 / spacing, 6, 0.65), 0.7, 2.4)
    drips = np.zeros((rows, columns), np.float32)
    for _ in range(rng.poisson(1.6 * rows * columns * spacing * spacing)):
        _add_drip(drips, rng, spacing)
    streaks = fractal_field(rng, max(rows // 12, 2), columns, 0.02 / spacing, 2)
    streaks = cv2.resize(streaks, (columns, rows), interpolation=cv2.INTER_LINEAR)
    result: FloatImage = np.clip(damp + drips * (0.75 + 0.25 * streaks), 0.0, 1.0)
    return result


def _add_drip(field: FloatImage, rng: np.random.Generator, spacing: float) -> None:
    """One run of dirty water: from a point downwards, widening and fading."""
    rows, columns = field.shape
    length = max(int(rng.uniform(0.15, 0.9) / spacing), 4)
    half = max(int(rng.uniform(0.012, 0.05) / spacing), 2)
    top, centre = int(rng.integers(-length // 2, rows)), int(rng.integers(0, columns))
    y0, y1 = max(top, 0), min(top + length, rows)
    x0, x1 = max(centre - 2 * half, 0), min(centre + 2 * half + 1, columns)
    if y0 >= y1 or x0 >= x1:
        return
    along = ((np.arange(y0, y1, dtype=np.float32) - top) / length)[:, None]
    across = (np.arange(x0, x1, dtype=np.float32) - centre)[None, :] / (half * (0.5 + 0.5 * along))
    body = np.exp(-across * across) * np.minimum(along * 8.0, 1.0) * (1.0 - along) ** 1.2
    field[y0:y1, x0:x1] += np.float32(rng.uniform(0.25, 0.8)) * body


def _coloured(broad: tuple[Lattice, ...], detail: FloatImage, top: int, bottom: int, width: int) -> RgbImage:
    channels = [cv2.multiply(lattice.rows(top, bottom, width), detail, scale=255.0) for lattice in broad]
    return np.asarray(cv2.merge([cv2.convertScaleAbs(channel) for channel in channels]), dtype=np.uint8)
