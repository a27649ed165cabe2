"""Where a line's crack ends: what the segmenter marked beyond it is ground, a stain or a pore at its tip.

A crack that runs out does so by and by. Where the darkness along a line falls at once to less than half of
what it was and stays there, the crack is over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACH = 70.0
"""Pixels from either end within which the crack's end is looked for."""
SHARE = 0.2
"""No more than this share of a line is taken off at either end."""
FALL = 0.55
"""The darkness beyond an end is at most this share of that before it, on average and right at the end."""
_BEFORE = 30.0  # pixels of crack, before its end, that tell how dark it is
_EDGE = 6.0  # pixels to either side of an end within which the darkness falls
_LEAST = 4.0  # pixels; a blurred tip is no less than that


def clear_part(dip: Floats, step: float) -> slice:
    """The part of a line that is crack, as far as the darkness says.

    dip: (N,) how much darker the crack is than the ground, as a share of the ground, every `step` pixels.
    """
    return slice(_beyond(dip, step), len(dip) - _beyond(dip[::-1], step))


def _beyond(dip: Floats, step: float) -> int:
    """Number of samples, from the first, that lie beyond the crack's end."""
    before, edge, least = (max(round(pixels / step), 1) for pixels in (_BEFORE, _EDGE, _LEAST))
    last = min(round(REACH / step), int(SHARE * len(dip)))
    dark = np.clip(dip, 0.0, None)
    found, best = 0, 0.0
    for end in range(least, last + 1):
        inside = float(np.median(dark[end : end + before]))
        outside = float(dark[:end].mean())
        across = float(dark[max(end - edge, 0) : end].mean())
        if max(outside, across) > FALL * inside:
            continue
        # The likeliest of several places is where two even stretches leave the least over.
        gain = end * (inside - outside) ** 2
        if gain > best and float(dark[end : end + edge].mean()) > np.sqrt(FALL) * inside:
            found, best = end, gain
    return found
