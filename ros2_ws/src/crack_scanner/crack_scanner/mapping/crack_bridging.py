"""One crack out of pieces: gaps where a crack was seen badly, but nothing says that it stops there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crack_scanner.mapping.polyline import path_length, resampled

Floats = NDArray[np.float64]

# A gap of which nothing is known is bridged up to this length, metres, or a share of the shorter piece if
# that is more; one in which a crack is likelier than not up to the longest. None is bridged beyond that.
_SMALL_GAP, _GAP_SHARE, _LONGEST_GAP = 0.03, 0.35, 0.1
# Radians by which either end may turn into the gap, if nothing is known of it and if a crack is likely there.
_MAX_TURN, _MAX_LIKELY_TURN = 0.6, np.pi / 3
# Metres over which an end's direction is taken: more than a cell's noise, less than a crack's bends.
_HEADING_REACH = 0.06
# Gaps up to this length, metres, have no direction of their own: it is the noise of the two ends.
_POINT_GAP = 0.015
# Metres from one place in a gap to the next that is asked about.
_STEP = 0.005

# What is known of places (M, 2) on the way across: log-odds of a crack, on the whole.
Evidence = Callable[[Floats], float]


def bridged(paths: list[Floats], evidence: Evidence, prior: float) -> list[Floats]:
    """Paths (N, 2) in metres, with those made one whose ends point at each other over a small gap.

    prior: log-odds where nobody looked; less than that speaks against a crack, and the gap stays. The
    straightest and shortest gaps come first; an end that lies on another path is a branching and stays.
    """
    paths = list(paths)
    while True:
        best = min(_joints(paths, evidence, prior), key=lambda joint: joint[0], default=None)
        if best is None:
            return paths
        _, first, second, joined = best
        paths = [path for index, path in enumerate(paths) if index not in (first, second)] + [joined]


def _joints(paths: list[Floats], evidence: Evidence, prior: float) -> list[tuple[float, int, int, Floats]]:
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
        known = evidence(_between(head[-1], tail[0]))
        cost = _cost(head, tail, likely=known >= 0.0) if known >= prior else None
        if cost is None:
            continue
        others = [path for index, path in enumerate(paths) if index not in (first, second)]
        if _is_free(head[-1], others) and _is_free(tail[0], others):
            joints.append((cost, first, second, np.concatenate([head, tail])))
    return joints


def _cost(head: Floats, tail: Floats, likely: bool) -> float | None:
    """Length of the gap, more if it is crooked; None where the two do not go on in one another."""
    gap = tail[0] - head[-1]
    length = float(np.linalg.norm(gap))
    share = _GAP_SHARE * min(path_length(head), path_length(tail))
    if length > (_LONGEST_GAP if likely else min(max(_SMALL_GAP, share), _LONGEST_GAP)):
        return None
    straightest = np.cos(_MAX_LIKELY_TURN if likely else _MAX_TURN)
    leaving, entering = _heading(head), -_heading(tail[::-1])
    onward = float(leaving @ entering)
    across = gap / max(length, 1e-9)
    straight = length <= _POINT_GAP or min(leaving @ across, entering @ across) >= straightest
    return length * (2.0 - onward) if straight and onward >= straightest else None


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
