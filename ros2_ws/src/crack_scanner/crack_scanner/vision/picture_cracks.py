"""The cracks of one picture, from the segmenter's probabilities: lines, widths, who joins whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crack_scanner.vision.centre_lines import CentreLine, LineLimits, centre_lines
from crack_scanner.vision.crack_mask import MaskLimits, crack_mask
from crack_scanner.vision.line_evidence import LineRule
from crack_scanner.vision.rough_length import rough_length
from crack_scanner.vision.tile_support import TileSupport
from crack_scanner.vision.width import LineWidths, measure_widths

Floats = NDArray[np.float64]

_JOIN_REACH = 3.0  # pixels beyond the half width within which a line's end touches another line


@dataclass(frozen=True)
class CrackLimits:
    """What is reported as a crack.

    min_probability: the segmenter's, mean over the line. rule, min_log_odds: where the classifier is asked as
    well, what both say of the line.
    """

    mask: MaskLimits = field(default_factory=MaskLimits)
    line: LineLimits = field(default_factory=LineLimits)
    min_probability: float = 0.75
    rule: LineRule = field(default_factory=LineRule)
    min_log_odds: float = 0.0


@dataclass(frozen=True, eq=False)
class PictureCrack:
    """One line of a crack in a picture; a branch is a line of its own.

    number: from 1, longest first. widths: along its points, pixels. probability: mean of the
    segmenter's along it. joins: numbers of the lines that one of the two ends in.
    """

    number: int
    widths: LineWidths
    probability: float
    joins: tuple[int, ...]

    @property
    def points(self) -> Floats:
        """(N, 2) x, y pixels, about one pixel apart."""
        return self.widths.points

    @property
    def length(self) -> float:
        """Pixels along the course, what the picture has smoothed away of it included."""
        return rough_length(self.points)


@dataclass(frozen=True, eq=False)
class PictureCracks:
    """cracks, and the pixels of them: mask (H, W) uint8, 0 or 255."""

    cracks: tuple[PictureCrack, ...]
    mask: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class TracedCracks:
    """lines, longest first; probability: the segmenter's mean along each; mask: (H, W) uint8, 0 or 255."""

    lines: list[CentreLine]
    probability: list[float]
    mask: NDArray[np.uint8]


def find_cracks(
    image: NDArray[np.uint8],
    probability: NDArray[np.uint8],
    limits: CrackLimits | None = None,
    support: TileSupport | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PictureCracks:
    """Cracks in an image (H, W, 3) uint8 RGB with the segmenter's probability (H, W) uint8, 255 for 1.

    support: what the classifier says of the picture; None does not ask it. progress: told lines measured
    and lines in all.
    """
    traced = trace_cracks(probability, limits or CrackLimits(), support)
    joins = _joins(traced.lines)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    cracks: list[PictureCrack] = []
    for index, line in enumerate(traced.lines):
        widths = measure_widths(grey, line.points, line.half_width)
        cracks.append(PictureCrack(index + 1, widths, traced.probability[index], joins[index]))
        if progress is not None:
            progress(index + 1, len(traced.lines))
    return PictureCracks(tuple(cracks), traced.mask)


def trace_cracks(
    probability: NDArray[np.uint8], limits: CrackLimits, support: TileSupport | None = None
) -> TracedCracks:
    """Lines of cracks, not yet measured, from the segmenter's probability (H, W) uint8, 255 for 1."""
    mask = crack_mask(probability, limits.mask)
    lines = centre_lines(mask, limits.line)
    sure = [_mean_probability(probability, line.points) for line in lines]
    kept = [number for number, value in enumerate(sure) if value >= limits.min_probability]
    if support is not None:
        kept = [
            number
            for number in kept
            if line_log_odds(lines[number], sure[number], support, limits.rule) >= limits.min_log_odds
        ]
    lines = [lines[number] for number in kept]
    return TracedCracks(lines, [sure[number] for number in kept], along_lines(mask, lines))


def line_log_odds(line: CentreLine, probability: float, support: TileSupport, rule: LineRule) -> float:
    """Log odds of a line being a crack, with the segmenter's mean probability along it."""
    return rule.log_odds(support.along(line.points), probability, line.length)


def along_lines(mask: NDArray[np.uint8], lines: list[CentreLine]) -> NDArray[np.uint8]:
    """The pixels (H, W) of a mask that belong to one of the lines: specks and side spurs go."""
    near = np.zeros_like(mask)
    for line in lines:
        places = np.rint(line.points).astype(np.int32)
        for thickness in np.unique(_thickness(line)):
            chosen = np.flatnonzero(_thickness(line) == thickness)
            for run in np.split(chosen, np.flatnonzero(np.diff(chosen) > 1) + 1):
                piece = places[max(run[0] - 1, 0) : run[-1] + 2].reshape(-1, 1, 2)
                cv2.polylines(near, [piece], False, 255, int(thickness))
    near &= mask
    return near


def _thickness(line: CentreLine) -> NDArray[np.int64]:
    return (2 * np.ceil(line.half_width) + 5).astype(np.int64)


def _mean_probability(probability: NDArray[np.uint8], points: Floats) -> float:
    x, y = np.rint(points).astype(int).T
    return float(probability[y, x].mean() / 255)


def _joins(lines: list[CentreLine]) -> list[tuple[int, ...]]:
    """For each line the numbers, from 1, of the lines it ends in or that end in it."""
    result: list[set[int]] = [set() for _ in lines]
    if not lines:
        return []
    owner = np.repeat(np.arange(len(lines)), [len(line.points) for line in lines])
    tree = cKDTree(np.concatenate([line.points for line in lines]))
    half = np.concatenate([line.half_width for line in lines])
    for number, line in enumerate(lines):
        for end in (line.points[0], line.points[-1]):
            near = np.array(tree.query_ball_point(end, half.max() + _JOIN_REACH), dtype=np.intp)
            reach = np.linalg.norm(tree.data[near] - end, axis=1) <= half[near] + _JOIN_REACH
            for other in np.unique(owner[near[reach]]).tolist():
                if other != number:
                    result[number].add(other + 1)
                    result[other].add(number + 1)
    return [tuple(sorted(found)) for found in result]
