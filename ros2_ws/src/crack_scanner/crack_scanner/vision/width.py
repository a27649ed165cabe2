"""Width of a crack across its centre line, from the grey values and not from counting mask pixels.

A profile across a crack is modelled as an even ground with a slope, darkened (or lightened) by a
depth over an opening of some width, all seen through a Gaussian blur:

    I(s) = ground + slope s - depth [Phi((s - c + w/2) / b) - Phi((s - c - w/2) / b)]

The blur b is common to all profiles of a line; width w, centre c, depth, ground and slope are fitted to
each by damped Gauss-Newton steps with robust weights. Where the opening is narrower than the blur, width
and depth say the same thing, so the depth is held near that of the line's clearer places.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, median_filter, uniform_filter1d
from scipy.special import ndtr

from crack_scanner.vision.centre_lines import blurred

Floats = NDArray[np.float64]

SAMPLE_STEP = 0.5
"""Pixels between the samples of a profile."""

BLURS = (0.5, 0.65, 0.85, 1.1, 1.4, 1.8, 2.4, 3.2)
"""Blurs that are tried, pixels (standard deviation)."""

BLUR_UNCERTAINTY = 0.15
"""Relative standard deviation of the blur once it is estimated."""

_GROUND = 7.0  # pixels of ground beyond each edge that are fitted
_WINDOW = 5  # profiles averaged along the line, once they are centred
_ROUNDS = 10  # of Gauss-Newton steps; for comparing blurs fewer do
_BLUR_ROUNDS = 6
_USUAL_DEPTH, _USUAL_SPREAD = 0.6, 0.3  # share of the ground's brightness, where nothing better is known
_CHUNK = 512  # profiles fitted at once
_BLUR_SAMPLE = 150  # profiles the blur is estimated from


@dataclass(frozen=True, eq=False)
class LineWidths:
    """Widths along a line of N points, pixels.

    points: (N, 2) x, y of the centre between the edges. width, sigma: (N,), NaN where not measurable.
    contrast: (N,) depth as a share of the ground's brightness. blur: pixels, standard deviation.
    smallest: the smallest width that can be claimed here; less is "smaller than that".
    """

    points: Floats
    width: Floats
    sigma: Floats
    contrast: Floats
    blur: float
    smallest: float


@dataclass(frozen=True, eq=False)
class _Fit:
    """Parameters of N profiles, (N,) each; `noise`: deviation of what the model leaves."""

    centre: Floats
    width: Floats
    depth: Floats
    ground: Floats
    sigma: Floats
    noise: Floats


def measure_widths(grey: NDArray[np.uint8], points: Floats, half_width: Floats) -> LineWidths:
    """Widths along a line.

    grey: (H, W) uint8. points: (N, 2) x, y pixels about one pixel apart. half_width: (N,) a first guess.
    """
    guess = np.clip(2 * half_width - 1.0, 1.0, None)
    profiles, at = _profiles(grey, points, float(np.quantile(guess, 0.98)))
    rough = _fitted(uniform_filter1d(profiles, 3, axis=0, mode="nearest"), at, guess, 1.0, None)
    shift = np.clip(rough.centre, -guess, guess)
    shift = gaussian_filter1d(median_filter(shift, 5, mode="nearest"), 1.0, mode="nearest")
    centred = points + _normals(points) * shift[:, None]
    points = blurred(centred, 1.0)
    profiles, at = _profiles(grey, points, float(np.quantile(np.maximum(guess, rough.width), 0.98)))
    profiles = uniform_filter1d(profiles, _WINDOW, axis=0, mode="nearest")
    start = np.clip(uniform_filter1d(rough.width, 9, mode="nearest"), 0.7, 3 * guess + 2)
    blur = _blur(profiles, at, start)
    fit = _fitted(profiles, at, start, blur, None)
    fit = _fitted(profiles, at, fit.width, blur, _line_depth(fit, blur))
    return _widths(grey, points, profiles, at, fit, blur)


def smallest_claimable(blur: float) -> float:
    """Smallest width, pixels, that a blur (pixels) leaves distinguishable from a fainter, narrower line."""
    return max(1.0, 1.2 * blur)


def _widths(
    grey: NDArray[np.uint8], points: Floats, profiles: Floats, at: Floats, fit: _Fit, blur: float
) -> LineWidths:
    other = _fitted(profiles, at, fit.width, blur * (1 + BLUR_UNCERTAINTY), _line_depth(fit, blur))
    spread = np.abs(np.diff(fit.width, prepend=fit.width[:1]))
    roughness = np.sqrt(uniform_filter1d(spread**2, 9, mode="nearest"))
    sigma = np.sqrt(fit.sigma**2 + (other.width - fit.width) ** 2 + roughness**2 + 0.05**2)
    inside = (points > 1).all(axis=1) & (points < np.array(grey.shape[::-1]) - 2).all(axis=1)
    clear = inside & (np.abs(fit.depth) > 2 * fit.noise) & (fit.width < at[-1] * 2 - 3) & (sigma < fit.width)
    contrast = fit.depth / np.maximum(fit.ground, 1.0)
    return LineWidths(
        points,
        np.where(clear, fit.width, np.nan),
        np.where(clear, sigma, np.nan),
        contrast,
        blur,
        smallest_claimable(blur),
    )


def _normals(points: Floats) -> Floats:
    """(N, 2) unit vectors across a line."""
    ahead = np.gradient(blurred(points, 1.5), axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    return np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)


def _profiles(grey: NDArray[np.uint8], points: Floats, widest: float) -> tuple[Floats, Floats]:
    """Grey values (N, K) across a line at offsets (K,) pixels from it."""
    reach = widest / 2 + _GROUND
    at = np.arange(-np.ceil(reach / SAMPLE_STEP), np.ceil(reach / SAMPLE_STEP) + 1) * SAMPLE_STEP
    low = np.maximum(np.floor(points.min(axis=0) - reach - 4).astype(int), 0)
    high = np.ceil(points.max(axis=0) + reach + 5).astype(int)
    crop = grey[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    where = (points - low)[:, None] + _normals(points)[:, None] * at[None, :, None]
    rows = [
        cv2.remap(
            crop,
            part[..., 0].astype(np.float32),
            part[..., 1].astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for part in (where[k : k + _CHUNK] for k in range(0, len(where), _CHUNK))
    ]
    return np.concatenate(rows).astype(np.float64), at


def _blur(profiles: Floats, at: Floats, width: Floats) -> float:
    """The blur that leaves least over, from the profiles that tell most: strong ones, wide ones."""
    step = max(1, len(profiles) // _BLUR_SAMPLE)
    some, start = profiles[::step], width[::step]
    left = []
    for blur in BLURS:
        fit = _fitted(some, at, start, blur, None, _BLUR_ROUNDS)
        left.append(fit.noise**2 / np.maximum(fit.depth, 1.0) ** 2)
    cost = np.mean(np.minimum(np.array(left), 0.1), axis=1)
    best = int(np.argmin(cost))
    if not 0 < best < len(BLURS) - 1:
        return BLURS[best]
    a, b, c = cost[best - 1 : best + 2]
    offset = 0.5 * (a - c) / max(a - 2 * b + c, 1e-12)
    steps = np.log(BLURS)[best - 1 : best + 2]
    return float(np.exp(np.interp(offset, [-1, 0, 1], steps)))


def _line_depth(fit: _Fit, blur: float) -> Floats:
    """(2, N) depth to expect and its spread, as shares of the ground: that of clear places nearby."""
    share = fit.depth / np.maximum(fit.ground, 1.0)
    trust = np.clip(fit.width / blur - 1.5, 0.02, 3.0) * (fit.noise < 0.3 * np.abs(fit.depth))
    trust = np.maximum(trust, 1e-3)
    near = gaussian_filter1d(share * trust, 15, mode="nearest") / gaussian_filter1d(trust, 15, mode="nearest")
    known = np.clip(gaussian_filter1d(trust, 15, mode="nearest") * 2, 0, 1)
    expected = known * near + (1 - known) * _USUAL_DEPTH
    return np.stack([expected, known * 0.12 + (1 - known) * _USUAL_SPREAD])


def _fitted(
    profiles: Floats, at: Floats, width: Floats, blur: float, depth: Floats | None, rounds: int = _ROUNDS
) -> _Fit:
    """The model fitted to profiles (N, K) at offsets (K,), from first widths (N,); depth: see _line_depth."""
    if depth is None:
        depth = np.stack([np.full(len(profiles), _USUAL_DEPTH), np.full(len(profiles), _USUAL_SPREAD)])
    parts = [
        _fit_chunk(
            profiles[k : k + _CHUNK], at, width[k : k + _CHUNK], blur, depth[:, k : k + _CHUNK], rounds
        )
        for k in range(0, len(profiles), _CHUNK)
    ]
    names = ("centre", "width", "depth", "ground", "sigma", "noise")
    return _Fit(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _fit_chunk(profiles: Floats, at: Floats, width: Floats, blur: float, depth: Floats, rounds: int) -> _Fit:
    """One batch: damped steps from a broad start, weights by what is left over."""
    ground = np.quantile(profiles, 0.75, axis=1)
    # columns: centre, width, depth, ground, slope
    values = np.stack(
        [np.zeros_like(width), width, np.maximum(depth[0] * ground, 4.0), ground, np.zeros_like(width)],
        axis=1,
    )
    # The far ground counts only as far as it belongs to this crack.
    near = np.exp(-0.5 * np.maximum((np.abs(at) - width[:, None] / 2 - 3.0) / 2.0, 0.0) ** 2)
    noise = np.full(len(width), 8.0)
    damping = 0.5
    for _ in range(rounds):
        residual, slopes = _model(profiles, at, values, blur)
        scale = np.maximum(noise, 1.0)[:, None]
        weight = near / (1.0 + (residual / (2.0 * scale)) ** 2)
        values = values + _step(residual, slopes, weight / scale**2, values, (depth, ground), damping)
        values[:, 0] = np.clip(values[:, 0], at[0] / 2, at[-1] / 2)
        values[:, 1] = np.clip(values[:, 1], 0.15, 2 * at[-1] - 2)
        noise = np.sqrt((weight * residual**2).sum(axis=1) / np.maximum(weight.sum(axis=1) - 2.5, 1.0))
        damping = max(damping * 0.5, 1e-3)
    residual, slopes = _model(profiles, at, values, blur)
    weight = near / np.maximum(noise, 0.7)[:, None] ** 2 / _CORRELATED
    information = np.einsum("nk,nki,nkj->nij", weight, slopes, slopes)
    information[:, 2, 2] += 1 / (depth[1] * ground) ** 2
    information += np.eye(5) * 1e-6
    sigma = np.sqrt(np.linalg.inv(information)[:, 1, 1])
    return _Fit(values[:, 0], values[:, 1], values[:, 2], values[:, 3], sigma, noise)


_CORRELATED = 4.0
"""Samples of a profile that share their noise: two a pixel, and grain about two pixels across."""


def _model(profiles: Floats, at: Floats, values: Floats, blur: float) -> tuple[Floats, Floats]:
    """What profiles (N, K) have over the model, and the model's slopes (N, K, 5) in its values (N, 5)."""
    centre, width, depth, ground, slope = (values[:, k, None] for k in range(5))
    left, right = (at - centre + width / 2) / blur, (at - centre - width / 2) / blur
    inside = ndtr(left) - ndtr(right)
    bell_left, bell_right = _bell(left) / blur, _bell(right) / blur
    slopes = np.stack(
        [
            depth * (bell_left - bell_right),
            -depth * (bell_left + bell_right) / 2,
            -inside,
            np.ones_like(inside),
            np.broadcast_to(at, inside.shape),
        ],
        axis=2,
    )
    return profiles - (ground + slope * at - depth * inside), slopes


def _bell(x: Floats) -> Floats:
    result: Floats = np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)
    return result


def _step(
    residual: Floats,
    slopes: Floats,
    weight: Floats,
    values: Floats,
    prior: tuple[Floats, Floats],
    damping: float,
) -> Floats:
    """Damped Gauss-Newton step (N, 5), with the depth drawn to what is expected of it."""
    (expected, spread), ground = prior
    weighted = slopes * weight[..., None]
    matrix = np.einsum("nki,nkj->nij", weighted, slopes)
    right = np.einsum("nki,nk->ni", weighted, residual)
    pull = 1 / (spread * ground) ** 2
    matrix[:, 2, 2] += pull
    right[:, 2] += pull * (expected * ground - values[:, 2])
    diagonal = np.einsum("nii->ni", matrix)
    matrix = matrix + np.eye(5) * (damping * diagonal + 1e-6)[:, None, :]
    step: Floats = np.linalg.solve(matrix, right[..., None])[..., 0]
    limit = np.array([1.0, 1.5, 40.0, 40.0, 3.0])
    return np.clip(step, -limit, limit)
