"""The grey profile across a crack as a blurred slit, and its fit to many profiles at once.

    I(s) = ground + slope s - depth [Phi((s - c + w/2) / b) - Phi((s - c - w/2) / b)]

An even ground with a slope, darkened (or lightened) by a depth over an opening w at c, all seen through
a Gaussian blur b. Where the opening is narrower than the blur, width and depth say the same thing, so the
depth is held near what is expected of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

CENTRE, WIDTH, DEPTH, GROUND, SLOPE = range(5)
"""Columns of the model's values."""

USUAL_DEPTH, USUAL_SPREAD = 0.6, 0.3
"""Depth of a crack and its spread, as shares of the ground's brightness, where nothing better is known."""

THIN = 0.3
"""Pixels. An opening that no lens resolves: only how much light it takes can be seen."""

ROUNDS = 10
"""Gauss-Newton steps from a rough start; from a good one half of them do."""

_CHUNK = 512  # profiles fitted at once
_DARKEST = 8.0  # grey value; a ground in full shadow still tells light from dark
_CORRELATED = 4.0  # samples that share their noise: two a pixel, and grain about two pixels across
_STEP_LIMITS = np.array([1.0, 1.5, 40.0, 40.0, 3.0])
_THIN_LIMITS = np.array([1.0, 0.0, 400.0, 40.0, 3.0])


@dataclass(frozen=True, eq=False)
class ProfileFit:
    """values: (N, 5) centre and width in pixels, depth and ground in grey values, slope a pixel.

    width_sigma: (N,) pixels. noise: (N,) grey values, deviation of what the model leaves.
    """

    values: Floats
    width_sigma: Floats
    noise: Floats

    @property
    def centre(self) -> Floats:
        """(N,) pixels from the line."""
        return self.values[:, CENTRE]

    @property
    def width(self) -> Floats:
        """(N,) pixels."""
        return self.values[:, WIDTH]

    @property
    def contrast(self) -> Floats:
        """(N,) depth as a share of the ground."""
        result: Floats = self.values[:, DEPTH] / np.maximum(self.values[:, GROUND], 1.0)
        return result


def usual_depth(count: int) -> Floats:
    """(2, count) what to expect of the depth where nothing is known, and its spread; shares of the ground."""
    return np.stack([np.full(count, USUAL_DEPTH), np.full(count, USUAL_SPREAD)])


def first_values(profiles: Singles, width: Floats) -> Floats:
    """(N, 5) rough values for profiles (N, K) of cracks about `width` (N,) pixels wide."""
    ground = np.quantile(profiles, 0.75, axis=1)
    none = np.zeros_like(width)
    depth = np.maximum(USUAL_DEPTH * ground, 4.0)
    return np.stack([none, width, depth, ground, none], axis=1)


def fit_profiles(
    profiles: Singles,
    at: Singles,
    blur: float,
    first: Floats,
    depth: Floats,
    rounds: int = ROUNDS,
    thin: bool = False,
) -> ProfileFit:
    """The model fitted to profiles (N, K) at offsets (K,) pixels, from values `first` (N, 5).

    blur: pixels. depth: (2, N) what is expected of the depth and its spread, as shares of the ground. thin:
    as openings of THIN pixels and of whatever depth, so that the blur alone gives them their shape.
    """
    parts = [
        _fit(
            profiles[k : k + _CHUNK], at, blur, first[k : k + _CHUNK], depth[:, k : k + _CHUNK], rounds, thin
        )
        for k in range(0, len(profiles), _CHUNK)
    ]
    names = ("values", "width_sigma", "noise")
    return ProfileFit(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _fit(
    profiles: Singles, at: Singles, blur: float, first: Floats, depth: Floats, rounds: int, thin: bool
) -> ProfileFit:
    """Damped Gauss-Newton steps; samples that stick out of the model lose their weight."""
    ground = np.maximum(np.quantile(profiles, 0.75, axis=1), _DARKEST)
    expected, pull = depth[0] * ground, 1.0 / (depth[1] * ground) ** 2
    values = first.copy()
    near = _own_ground(at, values[:, WIDTH], blur)
    limits = _STEP_LIMITS
    if thin:
        # An opening a tenth as wide must be ten times as deep to look the same.
        dip = np.maximum(ground - profiles.min(axis=1), 1.0)
        values[:, WIDTH], values[:, DEPTH] = THIN, dip * np.sqrt(2 * np.pi) * blur / THIN
        pull, limits = np.zeros_like(pull), _THIN_LIMITS
    noise = np.full(len(values), 8.0)
    damping = 0.5 if rounds >= ROUNDS else 0.1
    for _ in range(rounds):
        residual, slopes = _model(profiles, at, values, blur)
        if thin:
            slopes[:, WIDTH] = 0.0
        scale = np.maximum(noise, 1.0)[:, None].astype(np.float32)
        weight = near / (1.0 + (residual / (2 * scale)) ** 2)
        matrix, right = _normal_equations(residual, slopes, weight / scale**2)
        matrix[:, DEPTH, DEPTH] += pull
        right[:, DEPTH] += pull * (expected - values[:, DEPTH])
        matrix[:, range(5), range(5)] += damping * matrix[:, range(5), range(5)] + 1e-6
        step = np.linalg.solve(matrix, right[..., None])[..., 0]
        values += np.clip(step, -limits, limits)
        values[:, CENTRE] = np.clip(values[:, CENTRE], at[0] / 2, at[-1] / 2)
        values[:, WIDTH] = np.clip(values[:, WIDTH], 0.15, 2 * at[-1] - 2)
        left = (weight * residual**2).sum(axis=1) / np.maximum(weight.sum(axis=1) - 2.5, 1.0)
        noise = np.sqrt(left).astype(np.float64)
        damping = max(damping / 2, 1e-3)
    return ProfileFit(values, _width_sigma(profiles, at, blur, values, near, noise, pull), noise)


def _own_ground(at: Singles, width: Floats, blur: float) -> Singles:
    """(N, K) weights: the ground counts only as far from the edges as it can belong to this crack."""
    beyond = np.maximum(np.abs(at) - width[:, None] / 2 - 1.5 - 2 * blur, 0.0)
    return np.exp(-0.5 * (beyond / 2.0) ** 2).astype(np.float32)


def _model(profiles: Singles, at: Singles, values: Floats, blur: float) -> tuple[Singles, Singles]:
    """What profiles (N, K) have over the model, and the model's slopes (N, 5, K) in its values (N, 5)."""
    centre, width, depth, ground, slope = (values[:, k, None].astype(np.float32) for k in range(5))
    scaled = ((at - centre) / blur).astype(np.float32)
    half = (width / (2 * blur)).astype(np.float32)
    left, right = scaled + half, scaled - half
    inside = ndtr(left) - ndtr(right)
    bell_left, bell_right = _bell(left, blur), _bell(right, blur)
    slopes = np.empty((len(values), 5, len(at)), np.float32)
    slopes[:, CENTRE] = depth * (bell_left - bell_right)
    slopes[:, WIDTH] = -depth / 2 * (bell_left + bell_right)
    slopes[:, DEPTH] = -inside
    slopes[:, GROUND] = 1.0
    slopes[:, SLOPE] = at
    return profiles - (ground + slope * at - depth * inside), slopes


def _bell(x: Singles, blur: float) -> Singles:
    result: Singles = np.exp(np.float32(-0.5) * x * x) * np.float32(1 / (np.sqrt(2 * np.pi) * blur))
    return result


def _normal_equations(residual: Singles, slopes: Singles, weight: Singles) -> tuple[Floats, Floats]:
    weighted = slopes * weight[:, None, :]
    matrix = weighted @ slopes.transpose(0, 2, 1)
    right = (weighted @ residual[:, :, None])[..., 0]
    return matrix.astype(np.float64), right.astype(np.float64)


def _width_sigma(
    profiles: Singles, at: Singles, blur: float, values: Floats, near: Singles, noise: Floats, pull: Floats
) -> Floats:
    residual, slopes = _model(profiles, at, values, blur)
    variance = _CORRELATED * np.square(np.maximum(noise, 0.7))
    weight = (near / variance[:, None]).astype(np.float32)
    information, _ = _normal_equations(residual, slopes, weight)
    information[:, DEPTH, DEPTH] += pull
    information += np.eye(5) * 1e-6
    result: Floats = np.sqrt(np.linalg.inv(information)[:, WIDTH, WIDTH])
    return result
