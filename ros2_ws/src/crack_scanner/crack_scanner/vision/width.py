"""Width of a crack along its centre line, from the grey values across it and not from counting mask pixels.

The blur is common to all profiles of a line and is found with them: wide stretches tell it from their
edges; where a line has none, what is usual has the say, and if it may as well be too thin to be seen, its
width is claimed only as far as no crack could be so dark. Depth is carried over from wide stretches, where
it is seen, to narrow ones, where only the product of depth and width is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, median_filter, uniform_filter1d
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from crack_scanner.vision.centre_lines import blurred
from crack_scanner.vision.line_ends import clear_part
from crack_scanner.vision.profile_fit import (
    DEPTH,
    GROUND,
    USUAL_DEPTH,
    USUAL_SPREAD,
    ProfileFit,
    first_values,
    fit_profiles,
    usual_depth,
)

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

SAMPLE_STEP = 0.5
"""Pixels between the samples of a profile."""

BLURS = (0.5, 0.65, 0.85, 1.1, 1.4, 1.8, 2.4, 3.2)
"""Blurs that are tried, pixels (standard deviation)."""

BLUR_UNCERTAINTY = 0.15
"""Relative standard deviation of a blur however well the profiles agree on it: lenses are not Gaussian."""

LEAST_CLAIMABLE = 1.5
"""Pixels. The sensor's pixels blur, too: cracks of 1.1 to 1.3 px came out half too wide in sharp pictures."""

DARKEST = 0.95
"""Share of the ground's brightness that the darkest crack takes away."""

UNRESOLVED_SHARE = 0.9
"""Share of a line that is not resolved whose measured widths lie below what it is said to be less than."""

RESOLVING = 12.0
"""Log-likelihood by which an opening must explain a line better than one too thin to be seen does.

Of drawn lines 0.8 and 1.2 px wide, at blurs of 0.9 to 1.8 px, it came to 16 at most; of 3 px at a blur of
0.9 px to 6 to 37, of 4 px to 19 to 99, by how long, dark and sharp they are.
"""

_CENTRE_SMOOTHING = 0.6  # points; more would cut the corners that centring has just found
_GROUND = 8.0  # pixels of ground beyond each edge that are fitted
_WINDOW = 5  # profiles averaged along the line, once they are centred
_STRIDE = 2  # points of the line from one fitted profile to the next
_REFINING = 4  # steps of a fit that starts from another one
_USUAL_BLUR, _BLUR_SPREAD = 0.9, 0.35  # pixels, and how far the logarithm strays
_BLUR_SAMPLE = 120  # profiles the blur is estimated from
_RESOLVING_SAMPLE = 40  # and whether it is resolved
_PER_PROFILE = 2.0  # independent samples of a profile that tell of the blur
_LEAST_SIGMA = 0.08  # pixels; edges are never as straight, nor blurs as Gaussian, as the model
_REMAP_ROWS = 512


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


def measure_widths(grey: NDArray[np.uint8], points: Floats, half_width: Floats) -> LineWidths:
    """Widths along a line, from one end of its crack to the other: what lies beyond them is left out.

    grey: (H, W) uint8. points: (N, 2) x, y pixels about one pixel apart. half_width: (N,) a first guess.
    """
    guess = np.clip(2 * half_width - 1.0, 1.0, None)
    points, guess = _centred(grey, points, guess)
    profiles, at = _profiles(grey, points, float(np.quantile(guess, 0.98)))
    profiles = uniform_filter1d(profiles, _WINDOW, axis=0, mode="nearest")
    chosen = _every(len(points), _STRIDE)
    profiles, start = profiles[chosen], first_values(profiles[chosen], guess[chosen])
    blur, spread = _blur(profiles, at, start, len(points))
    resolved = _is_resolved(profiles, at, start, len(points))
    fit = fit_profiles(profiles, at, blur, start, usual_depth(len(chosen)))
    depth = _line_depth(fit, blur)
    fit = fit_profiles(profiles, at, blur, fit.values, depth, _REFINING)
    unsure = math.hypot(spread, BLUR_UNCERTAINTY)
    wider = fit_profiles(profiles, at, blur * (1 + unsure), fit.values, depth, _REFINING)
    sigma = _sigma(fit, wider)
    dip = _dip(fit, blur)
    clear = _inside(grey, points[chosen]) & _clear(fit, sigma, dip, at)
    crack = clear_part(dip / np.maximum(fit.values[:, GROUND], 1.0), _STRIDE)
    part = slice(chosen[crack][0], chosen[crack][-1] + 1)
    smallest = smallest_claimable(blur)
    if not resolved:
        # As dark as can be, it would be this wide; or anything between that and what the usual blur makes it.
        least = fit.width * np.minimum(np.abs(fit.contrast) / DARKEST, 1.0)
        sigma = np.hypot(sigma, (fit.width - least) / 2)
        if clear.any() and np.median(least[clear]) < smallest:
            smallest = max(smallest, float(np.quantile(fit.width[clear], UNRESOLVED_SHARE)))
            # What sticks out of a line that is not resolved is no width that was measured.
            clear &= fit.width < smallest
    return LineWidths(
        points[part],
        _on_all(chosen, np.where(clear, fit.width, np.nan), len(points))[part],
        _on_all(chosen, np.where(clear, sigma, np.nan), len(points))[part],
        _on_all(chosen, fit.contrast, len(points))[part],
        blur,
        smallest,
    )


def smallest_claimable(blur: float) -> float:
    """Smallest width, pixels, that a blur (pixels) leaves distinguishable from a fainter, narrower line."""
    return max(LEAST_CLAIMABLE, 1.2 * blur)


def grey_across(
    image: NDArray[np.uint8], points: Floats, place: int, reach: float
) -> tuple[Floats, Floats, tuple[float, float]] | None:
    """Offsets (K,) pixels, grey values (K,) and direction x, y across a line at its point `place`.

    image: (H, W, 3) uint8 RGB. points: (N, 2) x, y pixels about one pixel apart. Averaged over as many points
    as a width is measured from; None for a line too short to have a direction.
    """
    near = slice(max(0, place - 4 * _WINDOW), place + 4 * _WINDOW + 1)
    some, here = points[near], place - near.start
    if len(some) < _WINDOW:
        return None
    low = np.maximum(np.floor(some.min(axis=0) - reach - 4).astype(int), 0)
    high = np.ceil(some.max(axis=0) + reach + 5).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    if 0 in part.shape:
        return None
    profiles, at = _profiles(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), some - low, 2 * (reach - _GROUND))
    x, y = _normals(some)[here].tolist()
    values = uniform_filter1d(profiles, _WINDOW, axis=0, mode="nearest")[here]
    return at.astype(np.float64), values.astype(np.float64), (x, y)


def _centred(grey: NDArray[np.uint8], points: Floats, guess: Floats) -> tuple[Floats, Floats]:
    """The line moved half-way between the edges, and better guesses of the width."""
    profiles, at = _profiles(grey, points, float(np.quantile(guess, 0.98)))
    profiles = uniform_filter1d(profiles, 3, axis=0, mode="nearest")
    fit = fit_profiles(profiles, at, 1.0, first_values(profiles, guess), usual_depth(len(points)), 7)
    shift = np.clip(fit.centre, -guess, guess)
    shift = gaussian_filter1d(median_filter(shift, 5, mode="nearest"), 1.0, mode="nearest")
    width = np.clip(uniform_filter1d(fit.width, 9, mode="nearest"), 0.7, 3 * guess + 2)
    return blurred(points + _normals(points) * shift[:, None], _CENTRE_SMOOTHING), width


def _every(count: int, stride: int) -> NDArray[np.intp]:
    """Every `stride`-th of `count` indices, the last one among them."""
    return np.unique(np.append(np.arange(0, count, stride), count - 1)).astype(np.intp)


def _on_all(chosen: NDArray[np.intp], values: Floats, count: int) -> Floats:
    """Values at chosen points carried to those in between; NaN stays NaN and spreads to its side."""
    result: Floats = np.interp(np.arange(count), chosen, values)
    return result


def _sigma(fit: ProfileFit, wider: ProfileFit) -> Floats:
    """Noise of the fit, the blur's uncertainty, and how much the width itself changes from place to place."""
    change = np.diff(fit.width, prepend=fit.width[:1]) / np.sqrt(_STRIDE)
    rough = uniform_filter1d(change**2, 5, mode="nearest")
    result: Floats = np.sqrt(fit.width_sigma**2 + (wider.width - fit.width) ** 2 + rough + _LEAST_SIGMA**2)
    return result


def _inside(grey: NDArray[np.uint8], points: Floats) -> NDArray[np.bool_]:
    x, y = points.T
    height, width = grey.shape
    result: NDArray[np.bool_] = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    return result


def _dip(fit: ProfileFit, blur: float) -> Floats:
    """(N,) grey values by which the opening's middle is darker than the ground, as the blur leaves it."""
    result: Floats = fit.values[:, DEPTH] * (2 * ndtr(fit.width / (2 * blur)) - 1)
    return result


def _clear(fit: ProfileFit, sigma: Floats, dip: Floats, at: Singles) -> NDArray[np.bool_]:
    """(N,) whether a profile shows an opening at all, and not one wider than itself."""
    seen = np.abs(dip) > 1.5 * fit.noise
    result: NDArray[np.bool_] = seen & (fit.width < 2 * at[-1] - 3) & (sigma < fit.width)
    return result


def _normals(points: Floats) -> Floats:
    """(N, 2) unit vectors across a line."""
    ahead = np.gradient(blurred(points, 1.5), axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    return np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)


def _profiles(grey: NDArray[np.uint8], points: Floats, widest: float) -> tuple[Singles, Singles]:
    """Grey values (N, K) across a line at offsets (K,) pixels from it."""
    reach = widest / 2 + _GROUND
    steps = int(np.ceil(reach / SAMPLE_STEP))
    at = (np.arange(-steps, steps + 1) * SAMPLE_STEP).astype(np.float32)
    low = np.maximum(np.floor(points.min(axis=0) - reach - 4).astype(int), 0)
    high = np.ceil(points.max(axis=0) + reach + 5).astype(int)
    crop = grey[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    where = ((points - low)[:, None] + _normals(points)[:, None] * at[None, :, None]).astype(np.float32)
    rows = [
        cv2.remap(crop, part[..., 0], part[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        for part in (where[k : k + _REMAP_ROWS] for k in range(0, len(where), _REMAP_ROWS))
    ]
    return np.concatenate(rows).astype(np.float32), at


class _Shape:
    """How well a blurred opening explains the profiles (N, K) of a line `length` pixels long."""

    def __init__(self, profiles: Singles, at: Singles, start: Floats, length: int, sample: int) -> None:
        """Of about `sample` of the profiles, from values `start` (N, 5)."""
        some = _every(len(profiles), max(1, len(profiles) // sample))
        self._profiles, self._at, self._start = profiles[some], at, start[some]
        self._samples = 0.5 * _PER_PROFILE * length / _WINDOW
        # Not the fitted depth: it grows with the blur, and every blur would look better than the one below.
        ground = np.quantile(self._profiles, 0.75, axis=1)
        self._dip = np.maximum(ground - self._profiles.min(axis=1), 1.0)

    def cost(self, blur: float, thin: bool = False) -> float:
        """What fits with a blur leave over, as a negative log-likelihood. thin: of a line too thin to see."""
        depth = usual_depth(len(self._start))
        fit = fit_profiles(self._profiles, self._at, blur, self._start, depth, 6, thin)
        return self._samples * float(np.mean(np.log((fit.noise / self._dip) ** 2 + 1e-4)))

    def least(self, thin: bool) -> float:
        """The cost at the blur that explains the profiles best."""
        ends, options = np.log((BLURS[0], BLURS[-1])), {"xatol": 0.02, "maxiter": 12}
        found = minimize_scalar(
            lambda logarithm: self.cost(math.exp(logarithm), thin),
            bounds=ends,
            method="bounded",
            options=options,
        )
        return float(found.fun)


def _blur(profiles: Singles, at: Singles, start: Floats, length: int) -> tuple[float, float]:
    """Blur of a line `length` pixels long, and its relative deviation.

    Weighed: what the fits leave over, and what is usual.
    """
    shape = _Shape(profiles, at, start, length, _BLUR_SAMPLE)
    logarithm = np.log(np.array(BLURS))
    cost = np.array([shape.cost(blur) for blur in BLURS])
    cost += 0.5 * ((logarithm - np.log(_USUAL_BLUR)) / _BLUR_SPREAD) ** 2
    fine = np.linspace(logarithm[0], logarithm[-1], 80)
    belief = np.exp(-np.interp(fine, logarithm, cost - cost.min()))
    belief /= belief.sum()
    mean = float(belief @ fine)
    return math.exp(mean), math.sqrt(float(belief @ (fine - mean) ** 2))


def _is_resolved(profiles: Singles, at: Singles, start: Floats, length: int) -> bool:
    """Whether the opening of a line `length` pixels long can be seen.

    A line may as well be thinner than anything that can be seen, and its picture more blurred than usual: it
    is resolved only if that explains it clearly worse.
    """
    shape = _Shape(profiles, at, start, length, _RESOLVING_SAMPLE)
    return shape.least(thin=True) - shape.least(thin=False) >= RESOLVING


def _line_depth(fit: ProfileFit, blur: float) -> Floats:
    """(2, N) depth to expect and its spread, as shares of the ground: that of clear places nearby."""
    clear = fit.noise < 0.3 * np.abs(fit.values[:, DEPTH])
    trust = np.maximum(np.clip(fit.width / blur - 1.5, 0.02, 3.0) * clear, 1e-3)
    reach = 15 / _STRIDE
    about = gaussian_filter1d(trust, reach, mode="nearest")
    near = gaussian_filter1d(fit.contrast * trust, reach, mode="nearest") / about
    known = np.clip(about * 2, 0, 1)
    expected = known * near + (1 - known) * USUAL_DEPTH
    return np.stack([expected, known * 0.12 + (1 - known) * USUAL_SPREAD])
