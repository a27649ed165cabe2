"""Draws cracks into a texture, anti-aliased, with the width they are said to have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from crack_scanner.sources.simulator.noise import generator

Floats = NDArray[np.float64]
RgbImage = NDArray[np.uint8]

_SAMPLE_STEP = 0.25  # texels between samples of the centre line
_RIM_REACH = 3.0  # texels beyond the edge that wear may touch


@dataclass(frozen=True, eq=False)
class _Samples:
    """Dense samples of a centre line, in texels: (N, 2) positions and unit tangents, (N,) widths."""

    position: Floats
    tangent: Floats
    width: Floats


@dataclass(frozen=True, eq=False)
class CrackCoverage:
    """The texels a crack touches.

    rows, columns: (N,) indices. coverage: (N,) share of each texel's cross-section inside the crack.
    side: (N,) signed distance from the centre line and width: (N,) opening, both in texels.
    sample: (N,) index of the nearest sample along the line, `samples` in all.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    coverage: Floats
    side: Floats
    width: Floats
    sample: NDArray[np.int64]
    samples: int


def crack_coverage(
    points: Floats, widths: Floats, shape: tuple[int, int], shift: Floats | None = None
) -> CrackCoverage:
    """Coverage of a texture of `shape` (rows, columns) by a crack.

    points: (N, 2) x, y in texels, (0, 0) the centre of the first texel. widths: (N,) in texels.
    shift: sideways displacements in texels, spread evenly along the line.
    Across the line the coverage is the crack's opening seen through a box one texel wide; its sum
    across is the width, however narrow the crack.
    """
    line = _sampled(points, widths)
    rows, columns = _near_texels(points, float(widths.max()) / 2.0 + _RIM_REACH, shape)
    centres = np.stack([columns, rows], axis=1).astype(np.float64)
    _, nearest = cKDTree(line.position).query(centres)
    offset = centres - line.position[nearest]
    tangent = line.tangent[nearest]
    along = np.abs((offset * tangent).sum(axis=1))
    side = tangent[:, 0] * offset[:, 1] - tangent[:, 1] * offset[:, 0]
    if shift is not None:
        side -= np.interp(nearest, np.linspace(0.0, len(line.width) - 1.0, len(shift)), shift)
    width = line.width[nearest]
    distance = np.abs(side)
    inside = np.minimum(distance + 0.5, width / 2.0) - np.maximum(distance - 0.5, -width / 2.0)
    before_tip = np.clip(1.0 - (along - _SAMPLE_STEP), 0.0, 1.0)
    coverage = np.clip(inside, 0.0, 1.0) * before_tip
    return CrackCoverage(rows, columns, coverage, side, width, nearest, len(line.position))


def draw_crack(texture: RgbImage, points: Floats, widths: Floats, seed: int, number: int) -> None:
    """Darkens a crack into a texture (rows, columns, 3) uint8 RGB; points (x, y) and widths in texels.

    Both edges are ragged together, which leaves the width as it is; the bottom is dark to a depth
    that changes along the line; one lip is slightly worn bright.
    """
    rng = generator(seed, "crack-drawing", number)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    ragged = 0.3 * _wavering(rng, max(int(steps), 2), 1.5)
    touched = crack_coverage(points, widths, (texture.shape[0], texture.shape[1]), ragged)
    darkness = touched.coverage * _depth(rng, touched)
    values = texture[touched.rows, touched.columns] * (1.0 - darkness + _worn_lip(rng, touched))[:, None]
    texture[touched.rows, touched.columns] = np.clip(np.rint(values), 0.0, 255.0).astype(np.uint8)


def _depth(rng: np.random.Generator, touched: CrackCoverage) -> Floats:
    """(N,) darkness of the crack's inside: changing along it, rough, and lighter on the flank that is lit.

    Across the crack the flanks make up for each other, so that the mean stays.
    """
    along = 0.09 * _wavering(rng, touched.samples, 25.0) + 0.06 * _wavering(rng, touched.samples, 150.0)
    grit = 1.0 + 0.1 * rng.standard_normal(len(touched.sample))
    flank = 1.0 - 0.14 * np.clip(2.0 * touched.side / touched.width, -1.0, 1.0)
    depth: Floats = np.clip((0.8 + along[touched.sample]) * grit * flank, 0.5, 0.97)
    return depth


def _worn_lip(rng: np.random.Generator, touched: CrackCoverage) -> Floats:
    """(N,) how much brighter the texels just outside one edge are; nothing beside hairlines."""
    wear = np.clip(_wavering(rng, touched.samples, 40.0)[touched.sample], 0.0, 2.0)
    outside = np.maximum(np.abs(touched.side) - touched.width / 2.0, 0.0)
    fading = np.exp(-outside) * (outside < _RIM_REACH - 0.5) * (touched.side > 0.0)
    lip: Floats = 0.12 * wear * fading * (1.0 - touched.coverage) * np.minimum(touched.width / 4.0, 1.0)
    return lip


def _sampled(points: Floats, widths: Floats) -> _Samples:
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, arc[-1], max(math.ceil(arc[-1] / _SAMPLE_STEP), 1) + 1)
    position = np.stack([np.interp(at, arc, points[:, 0]), np.interp(at, arc, points[:, 1])], axis=1)
    tangent = np.gradient(position, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    return _Samples(position, tangent, np.interp(at, arc, widths))


def _near_texels(
    points: Floats, reach: float, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the texels within about `reach` of the line."""
    low = np.floor(points.min(axis=0) - reach - 2.0).astype(int).clip(0)
    high = np.ceil(points.max(axis=0) + reach + 3.0).astype(int).clip(0, (shape[1], shape[0]))
    mask = np.zeros((max(high[1] - low[1], 0), max(high[0] - low[0], 0)), np.uint8)
    if mask.size:
        line = np.rint(points - low).astype(np.int32)
        cv2.polylines(mask, [line.reshape(-1, 1, 2)], False, 255, thickness=2 * math.ceil(reach + 1.0) + 1)
    rows, columns = np.nonzero(mask)
    return rows + low[1], columns + low[0]


def _wavering(rng: np.random.Generator, count: int, scale: float) -> Floats:
    noise = gaussian_filter1d(rng.standard_normal(count), scale, mode="nearest")
    result: Floats = noise * math.sqrt(2.0 * math.sqrt(math.pi) * scale)
    return result
