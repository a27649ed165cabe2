"""What has changed between two sessions of one surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from crack_scanner.mapping.coverage import Coverage
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.polyline import resampled
from crack_scanner.mapping.registration import Correction, register

Floats = NDArray[np.float64]

NEW, STATIC, GROWN, REPAIRED, NOT_COVERED = "new", "static", "grown", "repaired", "not covered"
STATUSES = (NEW, GROWN, STATIC, REPAIRED, NOT_COVERED)

# Two cracks are one where they run this close, metres, or within two sigma if that is more.
_NEAR = 0.06
# A crack is matched, or its place was covered, if that holds for this share of it.
_SHARE = 0.5
# A crack was looked at from end to end if that holds for this share of it: borders are squares of the map.
_ALL = 0.95
# The end of a crack is known less well than its course: this many times the sigma across it.
_END_SIGMAS = 1.6
# Deviation of a length from one scan to the next, as a share of it, besides that of the ends: rough lines
# come out a little longer or shorter. Measured on simulated walls scanned several times with drift.
_LENGTH_SIGMA = 0.015
# A change counts from this many standard deviations.
SIGNIFICANT = 2.0
# How far two maps of one surface can be off each other, metres and radians.
_SHIFT_SIGMA, _ANGLE_SIGMA = 0.05, 0.01
_STEP = 0.01
# Two sessions fit if this share of the cracks that could be matched are.
_FITTING = 0.5


@dataclass(frozen=True, eq=False)
class Survey:
    """One session for a comparison."""

    cracks: tuple[Crack, ...]
    coverage: Coverage


@dataclass(frozen=True, eq=False)
class Change:
    """What became of one crack.

    old: the cracks of the old session it was, new: those it is now, both by id; of an unmatched crack
    one is empty. path: (N, 2) in the coordinates of the old session. Lengths in metres, as far as both
    sessions looked there. growth_sigma: of new_length - old_length. Widths are the largest of the whole
    cracks, None where none was measured; they count only where the old session had looked at all of the new
    cracks. Smallest widths: what could be claimed all along these cracks, mm, so that a width that is None is
    less than that; None where that is not known. Of an unmatched crack those of the session without it are
    None. seen_before: whether the old session had looked at the place
    of a new crack.
    """

    status: str
    old: tuple[int, ...]
    new: tuple[int, ...]
    path: Floats
    old_length: float = 0.0
    new_length: float = 0.0
    growth_sigma: float = 0.0
    old_width_mm: float | None = None
    new_width_mm: float | None = None
    width_sigma_mm: float | None = None
    old_smallest_mm: float | None = None
    new_smallest_mm: float | None = None
    seen_before: bool = True


@dataclass(frozen=True, eq=False)
class Comparison:
    """All changes, in the order of STATUSES, and the correction that was applied to the new session.

    comparable: metres of crack that could have been matched: of those where both sessions looked, in the
    session that has fewer.
    """

    changes: tuple[Change, ...]
    correction: Correction
    comparable: float = 0.0

    @property
    def fits(self) -> bool:
        """Whether enough of the cracks lie on each other to believe in the rest; of no cracks all do."""
        return self.correction.matched >= _FITTING * self.comparable


def compare(old: Survey, new: Survey) -> Comparison:
    """What has changed from `old` to `new`."""
    correction = _alignment(old, new)
    moved = tuple(replace(crack, path=correction.apply(crack.path)) for crack in new.cracks)
    inverse = _inverse(correction)
    groups = matching_groups(old.cracks, moved)
    changes = [_change(*group, old.coverage, new.coverage, inverse) for group in groups]
    changes.sort(key=lambda change: (STATUSES.index(change.status), change.old, change.new))
    seen_old = sum(_length_seen(crack, new.coverage, inverse) for crack in old.cracks)
    seen_new = sum(_length_seen(crack, old.coverage, Correction()) for crack in moved)
    return Comparison(tuple(changes), correction, min(seen_old, seen_new))


def _alignment(old: Survey, new: Survey) -> Correction:
    sigmas = [crack.position_sigma for crack in (*old.cracks, *new.cracks)]
    line_sigma = float(np.median(sigmas)) if sigmas else 0.01
    paths = [[crack.path for crack in survey.cracks] for survey in (new, old)]
    return register(paths[0], paths[1], line_sigma, _SHIFT_SIGMA, _ANGLE_SIGMA)


def _inverse(correction: Correction) -> Correction:
    centre = np.array([correction.centre_u + correction.shift_u, correction.centre_v + correction.shift_v])
    return Correction(
        -correction.shift_u, -correction.shift_v, -correction.angle, float(centre[0]), float(centre[1])
    )


def matching_groups(old: Sequence[Crack], new: Sequence[Crack]) -> list[tuple[list[Crack], list[Crack]]]:
    """Cracks of both sessions that belong together: each old one with all new ones along it."""
    groups: list[tuple[list[Crack], list[Crack]]] = [([crack], []) for crack in old]
    for crack in new:
        touching = [group for group in groups if any(_same(other, crack) for other in group[0])]
        merged = ([c for group in touching for c in group[0]], [*(c for g in touching for c in g[1]), crack])
        groups = [group for group in groups if not any(group is other for other in touching)] + [merged]
    return groups


def _same(first: Crack, second: Crack) -> bool:
    """Whether the shorter of two cracks runs along the other for most of its length."""
    reach = max(_NEAR, SIGNIFICANT * float(np.hypot(first.position_sigma, second.position_sigma)))
    a, b = shapely.LineString(first.path), shapely.LineString(second.path)
    shorter, longer = (a, b) if a.length <= b.length else (b, a)
    common = float(shorter.intersection(longer.buffer(reach)).length)
    return bool(common >= _SHARE * shorter.length)


def _change(
    old: list[Crack], new: list[Crack], before: Coverage, after: Coverage, to_new: Correction
) -> Change:
    ids = tuple(crack.id for crack in old), tuple(crack.id for crack in new)
    longest = max(new or old, key=lambda crack: crack.length)
    old_length = sum(_length_seen(crack, after, to_new) for crack in old)
    new_length = sum(_length_seen(crack, before, Correction()) for crack in new)
    widths = *_widths(old, new), _smallest_width(old), _smallest_width(new)
    if not new:
        covered = old_length >= _SHARE * sum(crack.length for crack in old)
        return Change(REPAIRED if covered else NOT_COVERED, *ids, longest.path, old_length, 0.0, 0.0, *widths)
    if not old:
        seen = new_length >= _SHARE * sum(crack.length for crack in new)
        return Change(NEW, *ids, longest.path, 0.0, new_length, 0.0, *widths, seen)
    ends = _END_SIGMAS * float(np.sqrt(sum(2 * crack.position_sigma**2 for crack in (*old, *new))))
    growth_sigma = float(np.hypot(ends, _LENGTH_SIGMA * np.hypot(old_length, new_length)))
    longer = new_length - old_length > SIGNIFICANT * growth_sigma
    # Where the old session did not look the crack may have been as wide all along.
    seen_all = new_length >= _ALL * sum(crack.length for crack in new)
    status = GROWN if longer or (seen_all and _is_wider(old, new)) else STATIC
    return Change(status, *ids, longest.path, old_length, new_length, growth_sigma, *widths)


def _is_wider(old: list[Crack], new: list[Crack]) -> bool:
    """Whether the largest width now is more than the old session can have missed, anywhere on the crack."""
    after = _widest(new)
    before = [_width_at_most(crack) for crack in old]
    known = [limit for limit in before if limit is not None]
    if after is None or after.width_max_mm is None or len(known) < len(before):
        return False
    width, sigma = max(known)
    return after.width_max_mm - width > SIGNIFICANT * float(np.hypot(sigma, after.width_sigma_mm or 0.0))


def _width_at_most(crack: Crack) -> tuple[float, float] | None:
    """A crack's width or, where that is below what could be claimed, that limit, and its sigma, mm."""
    if crack.width_max_mm is not None:
        return crack.width_max_mm, crack.width_sigma_mm or 0.0
    return None if crack.smallest_width_mm is None else (crack.smallest_width_mm, 0.0)


def _widths(old: list[Crack], new: list[Crack]) -> tuple[float | None, float | None, float | None]:
    """Largest width before and after, and the sigma of their difference, mm; None where not measured."""
    before, after = _widest(old), _widest(new)
    old_width = None if before is None else before.width_max_mm
    new_width = None if after is None else after.width_max_mm
    if before is None or after is None:
        return old_width, new_width, None
    sigma = float(np.hypot(before.width_sigma_mm or 0.0, after.width_sigma_mm or 0.0))
    return old_width, new_width, sigma


def _smallest_width(cracks: list[Crack]) -> float | None:
    """Smallest width that could be claimed on all of these cracks, mm.

    None of no crack, and where one was never measured.
    """
    known = [crack.smallest_width_mm for crack in cracks if crack.smallest_width_mm is not None]
    return max(known, default=None) if len(known) == len(cracks) else None


def _widest(cracks: list[Crack]) -> Crack | None:
    measured = [crack for crack in cracks if crack.width_max_mm is not None]
    return max(measured, key=lambda crack: crack.width_max_mm or 0.0, default=None)


def _length_seen(crack: Crack, coverage: Coverage, motion: Correction) -> float:
    """Metres of a crack's path where the other session had scanned; `motion` leads to its coordinates."""
    return crack.length * float(np.mean(coverage.scanned_at(motion.apply(resampled(crack.path, _STEP)))))
