"""One crack out of pieces: gaps where a crack was seen badly, but nothing says that it stops there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crack_scanner.mapping.polyline import path_length, resampled

Floats = NDArray[np.float64]

# A gap is bridged up to this length, metres, or a share of the shorter piece if that is more, never beyond
# the longest.
_SMALL_GAP, _GAP_SHARE, _LONGEST_GAP = 0.03, 0.35, 0.1
# Radians by which either end may turn into the gap.
_MAX_TURN = 0.6
# Metres over which an end's direction is taken: more than a cell's noise, less than a crack's bends.
_HEADING_REACH = 0.06
# Gaps up to this length, metres, have no direction of their own: it is the noise of the two ends.
_POINT_GAP = 0.015
# Metres from one place in a gap to the next that is asked about.
_STEP = 0.005

Bearable = Callable[[Floats], bool]


def bridged(paths: list[Floats], bearable: Bearable) -> list[Floats]:
    """Paths (N, 2) in metres, with those made one whose ends point at each other over a small gap.

    bearable: whether what is known of places (M, 2) on the way across speaks against a crack there. The
    straightest and shortest gaps come first; an end that lies on another path is a branching and stays.
    """
    paths = list(paths)
    while True:
        best = min(_joints(paths, bearable), key=lambda joint: joint[0], default=None)
        if best is None:
            return paths
        _, first, second, joined = best
        paths = [path for index, path in enumerate(paths) if index not in (first, second)] + [joined]


def _joints(paths: list[Floats], bearable: Bearable) -> list[tuple[float, int, int, Floats]]:
    """What can be joined: the cost, which two, and the path that they make."""
    joints: list[tuple[float, int, int, Floats]] = []
    if len(paths) < 2:
        return joints
    # End 2 n is the first of path n, 2 n + 1 its last.
    ends = np.array([path[place] for path in paths for place in (0, -1)])
    for one, other in sorted(cKDTree(ends).query_pairs(_LONGEST_GAP)):
        first, second = one // 2, other // 2
        if first == second:
            continue
        head = paths[first] if one % 2 else paths[first][::-1]
        tail = paths[second][::-1] if other % 2 else paths[second]
        cost = _cost(head, tail)
        if cost is None or not bearable(_between(head[-1], tail[0])):
            continue
        others = [path for index, path in enumerate(paths) if index not in (first, second)]
        if _is_free(head[-1], others) and _is_free(tail[0], others):
            joints.append((cost, first, second, np.concatenate([head, tail])))
    return joints


def _cost(head: Floats, tail: Floats) -> float | None:
    """Length of the gap, more if it is crooked; None where the two do not go on in one another."""
    gap = tail[0] - head[-1]
    length = float(np.linalg.norm(gap))
    share = _GAP_SHARE * min(path_length(head), path_length(tail))
    if length > min(max(_SMALL_GAP, share), _LONGEST_GAP):
        return None
    leaving, entering = _heading(head), -_heading(tail[::-1])
    onward = float(leaving @ entering)
    across = gap / max(length, 1e-9)
    straight = length <= _POINT_GAP or min(leaving @ across, entering @ across) >= np.cos(_MAX_TURN)
    return length * (2.0 - onward) if straight and onward >= np.cos(_MAX_TURN) else None


def _heading(path: Floats) -> Floats:
    """Unit direction in which a path leaves through its last point."""
    fine = resampled(path, _STEP)
    step: Floats = fine[-1] - fine[max(0, len(fine) - 1 - round(_HEADING_REACH / _STEP))]
    result: Floats = step / max(float(np.linalg.norm(step)), 1e-9)
    return result


def _between(start: Floats, end: Floats) -> Floats:
    return resampled(np.stack([start, end]), _STEP)


def _is_free(end: Floats, others: list[Floats]) -> bool:
    return not any(
        (np.linalg.norm(resampled(path, _STEP) - end, axis=1) <= 2 * _STEP).any() for path in others
    )
