"""How long a rough line is: a picture shows its course smoothed, and the finest turns are lost.

The length of a rough line grows as the ruler shrinks, by a power of its size (Richardson 1961, Mandelbrot
1967). What a second smoothing takes off the line that was found tells the power, and so what the first took
off.
"""

import math

import numpy as np
from numpy.typing import NDArray

from crack_scanner.vision.centre_lines import blurred, line_length

SEEN_SCALE = 1.5
"""Pixels of Gaussian smoothing in a measured line: that of its smoothing and of the mask it comes from."""
SECOND_SCALE = 2.0
"""Pixels by which it is smoothed once more."""
RULER = 0.5
"""Pixels; the scale that lengths are given at."""
MOST = 1.1
"""Whatever the line looks like, no more is added than a tenth."""


def rough_length(points: NDArray[np.float64]) -> float:
    """Length, by a ruler of half a pixel, of a line (N, 2) in a picture; pixels, points a pixel apart."""
    return line_length(points) * lost_course(points)


def lost_course(points: NDArray[np.float64]) -> float:
    """What the length of a line (N, 2) is to be multiplied with: 1 for a smooth one, up to MOST."""
    found, again = line_length(points), line_length(blurred(points, SECOND_SCALE))
    if min(found, again) <= 0:
        return 1.0
    both = math.hypot(SEEN_SCALE, SECOND_SCALE)
    power = math.log(found / again) / math.log(both / SEEN_SCALE)
    return float(np.clip((SEEN_SCALE / RULER) ** min(power, 1.0), 1.0, MOST))
