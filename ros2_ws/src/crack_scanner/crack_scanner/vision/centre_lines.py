"""Centre lines of crack pixels: ordered lines instead of a mask.

A part's longest line comes first, then what branches off it, so that an unbranched crack is one line
whatever spurs its rough edges grow. Lines that the mask has torn apart are joined where they point at
each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

from crack_scanner.vision.crack_mask import Mask, mask_parts

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))  # half of the eight neighbours: row, column
_HEADING_REACH = 16  # points over which an end's direction is taken


@dataclass(frozen=True)
class LineLimits:
    """What makes a line, pixels.

    min_length: shorter lines go. min_branch: how far a side branch must come out of the crack it leaves.
    max_gap: widest gap bridged between any two ends. gap_share: share of the shorter line that a gap may be
    long if that is more, up to longest_gap. max_turn: radians by which either end may turn into the gap.
    smoothing: standard deviation along the line.
    """

    min_length: float = 40.0
    min_branch: float = 14.0
    max_gap: float = 30.0
    gap_share: float = 0.35
    longest_gap: float = 90.0
    max_turn: float = 0.7
    smoothing: float = 1.2


@dataclass(frozen=True, eq=False)
class CentreLine:
    """points: (N, 2) x, y pixels. half_width: (N,) distance to the mask's edge, pixels."""

    points: Floats
    half_width: Floats

    @property
    def length(self) -> float:
        """Pixels."""
        return line_length(self.points)


def line_length(points: Floats) -> float:
    """Length of a line (N, 2)."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def centre_lines(mask: NDArray[np.uint8], limits: LineLimits) -> list[CentreLine]:
    """Lines of a mask (H, W) uint8 that is zero outside, longest first."""
    raw: list[CentreLine] = []
    for part in mask_parts(mask):
        corner = np.array([part.x, part.y], float)
        raw += [CentreLine(line.points + corner, line.half_width) for line in part_lines(part.mask, limits)]
    joined = join_ends(raw, limits)
    smooth = [smoothed(line, limits.smoothing) for line in joined if line.length >= limits.min_length]
    return sorted(smooth, key=lambda line: line.length, reverse=True)


def part_lines(mask: Mask, limits: LineLimits) -> list[CentreLine]:
    """Unsmoothed lines of one connected part (h, w), the longest and then its branches."""
    padded = np.pad(mask, 1)
    distance = cv2.distanceTransform(padded.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    skeleton = skeletonize(padded)
    cells = np.argwhere(skeleton)
    half = distance[skeleton].astype(float)
    lines: list[CentreLine] = []
    for path in _paths(_graph(skeleton, cells), half, limits.min_branch):
        points: Floats = cells[path][:, ::-1].astype(np.float64) - 1.0
        lines.append(CentreLine(points, half[path]))
    return lines


def join_ends(lines: list[CentreLine], limits: LineLimits) -> list[CentreLine]:
    """Lines with those joined whose ends point at each other over a small gap, nearest ends first."""
    lines = [line for line in lines if len(line.points) > 1]
    ends = [(number, tail) for number in range(len(lines)) for tail in (False, True)]
    if len(ends) < 4:
        return lines
    places = np.array([lines[n].points[-1 if tail else 0] for n, tail in ends])
    headings = np.array([_heading(lines[n].points, tail) for n, tail in ends])
    lengths = np.array([lines[n].length for n, _ in ends])
    partner = _partners(places, headings, lengths, limits)
    return list(_chains(lines, partner))


def smoothed(line: CentreLine, sigma: float) -> CentreLine:
    """The line at steps of one pixel, blurred by `sigma` pixels; its ends stay where they are."""
    steps = np.linalg.norm(np.diff(line.points, axis=0), axis=1)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    even = np.linspace(0, at[-1], max(2, round(at[-1]) + 1))
    points = np.stack([np.interp(even, at, line.points[:, k]) for k in (0, 1)], axis=1)
    half = np.interp(even, at, line.half_width)
    return CentreLine(blurred(points, sigma), gaussian_filter1d(half, sigma, mode="nearest"))


def blurred(points: Floats, sigma: float) -> Floats:
    """A line (N, 2) blurred by `sigma` points; each end is continued by its mirror image through itself."""
    reach = min(len(points) - 1, int(np.ceil(4 * sigma)))
    if reach < 1 or sigma <= 0:
        return points
    head = 2 * points[0] - points[reach:0:-1]
    tail = 2 * points[-1] - points[-2 : -reach - 2 : -1]
    result: Floats = gaussian_filter1d(np.concatenate([head, points, tail]), sigma, axis=0)[reach:-reach]
    result[0], result[-1] = points[0], points[-1]
    return result


def _graph(skeleton: Mask, cells: Indices) -> csr_matrix:
    """Neighbouring skeleton pixels (N) joined by their distance."""
    number = np.full((skeleton.shape[0] + 1, skeleton.shape[1] + 2), -1, np.int64)
    number[: skeleton.shape[0], : skeleton.shape[1]][skeleton] = np.arange(len(cells))
    pairs: list[tuple[Indices, Indices, float]] = []
    for row, column in _FORWARD:
        other = number[cells[:, 0] + row, cells[:, 1] + column]
        here = np.flatnonzero(other >= 0)
        pairs.append((here, other[here], float(np.hypot(row, column))))
    start = np.concatenate([a for a, _, _ in pairs])
    end = np.concatenate([b for _, b, _ in pairs])
    weight = np.concatenate([np.full(len(a), w) for a, _, w in pairs])
    both = (np.concatenate([start, end]), np.concatenate([end, start]))
    return coo_matrix((np.concatenate([weight, weight]), both), (len(cells), len(cells))).tocsr()


def _paths(graph: csr_matrix, half: Floats, min_branch: float) -> Iterator[Indices]:
    """Longest line first; then, from what is left, the lines that branch off lines already taken."""
    waiting: list[tuple[Indices, int | None]] = [(np.arange(graph.shape[0]), None)]
    while waiting:
        nodes, root = waiting.pop()
        part = graph[nodes][:, nodes]
        start = 0 if root is not None else int(np.argmax(dijkstra(part, indices=_an_end(part))))
        if root is not None:
            start = int(np.flatnonzero(nodes == _touching(graph, nodes, root))[0])
        distance, before = dijkstra(part, indices=start, return_predecessors=True)
        path = _trace(before, int(np.argmax(distance)))
        reach = float(distance.max()) - (half[root] if root is not None else 0.0)
        if root is not None and reach < min_branch:
            continue
        taken = nodes[path]
        yield taken if root is None else np.concatenate([[root], taken])
        waiting += _rest(graph, part, nodes, path, min_branch)


def _an_end(part: csr_matrix) -> int:
    return int(np.argmin(np.diff(part.indptr)))


def _touching(graph: csr_matrix, nodes: Indices, root: int) -> int:
    around = graph.indices[graph.indptr[root] : graph.indptr[root + 1]]
    return int(around[np.isin(around, nodes)][0])


def _trace(before: NDArray[np.int32], end: int) -> Indices:
    path = [end]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return np.array(path[::-1], dtype=np.intp)


def _rest(
    graph: csr_matrix, part: csr_matrix, nodes: Indices, path: Indices, min_branch: float
) -> list[tuple[Indices, int | None]]:
    """Connected remains of a part beside a path taken from it, each with the path's node it hangs on."""
    free = np.ones(len(nodes), bool)
    free[path] = False
    left = np.flatnonzero(free)
    if len(left) == 0:
        return []
    count, label = connected_components(part[left][:, left], directed=False)
    size = np.bincount(label, minlength=count)
    order = np.argsort(label, kind="stable")
    on_path = np.zeros(graph.shape[0], bool)
    on_path[nodes[path]] = True
    rest: list[tuple[Indices, int | None]] = []
    for members in np.split(left[order], np.cumsum(size)[:-1]):
        if len(members) * np.sqrt(2) < min_branch:
            continue
        beside = graph[nodes[members]].indices
        rest.append((nodes[members], int(beside[on_path[beside]][0])))
    return rest


def _heading(points: Floats, tail: bool) -> Floats:
    """Unit direction in which a line leaves through one of its ends."""
    outward = points if tail else points[::-1]
    step = outward[-1] - outward[max(0, len(outward) - 1 - _HEADING_REACH)]
    result: Floats = step / max(float(np.linalg.norm(step)), 1e-9)
    return result


def _partners(places: Floats, headings: Floats, lengths: Floats, limits: LineLimits) -> dict[int, int]:
    """Ends that belong together. End 2n is the first of line n, 2n + 1 its last."""
    pairs = cKDTree(places).query_pairs(max(limits.max_gap, limits.longest_gap), output_type="ndarray")
    pairs = pairs[pairs[:, 0] // 2 != pairs[:, 1] // 2]
    gap = places[pairs[:, 1]] - places[pairs[:, 0]]
    length = np.linalg.norm(gap, axis=1)
    across = gap / np.maximum(length, 1e-9)[:, None]
    leaving = (headings[pairs[:, 0]] * across).sum(axis=1)
    entering = -(headings[pairs[:, 1]] * across).sum(axis=1)
    onward = -(headings[pairs[:, 0]] * headings[pairs[:, 1]]).sum(axis=1)
    # Over the shortest gaps the direction of the gap itself is mostly noise.
    reach = limits.gap_share * np.minimum(lengths[pairs[:, 0]], lengths[pairs[:, 1]])
    near = length <= np.clip(reach, limits.max_gap, max(limits.max_gap, limits.longest_gap))
    straight = (np.minimum(leaving, entering) > np.cos(limits.max_turn)) | (length < 4)
    good = np.flatnonzero(near & straight & (onward > np.cos(1.3 * limits.max_turn)))
    partner: dict[int, int] = {}
    for index in good[np.argsort(length[good] * (2 - onward[good]), kind="stable")]:
        first, second = int(pairs[index, 0]), int(pairs[index, 1])
        if first not in partner and second not in partner:
            partner[first], partner[second] = second, first
    return partner


def _chains(lines: list[CentreLine], partner: dict[int, int]) -> Iterator[CentreLine]:
    """Lines strung together by their partnered ends; a closed chain is cut open at its first line."""
    used: set[int] = set()
    begin = [end for end in range(2 * len(lines)) if end not in partner] + list(partner)
    for end in begin:
        pieces: list[CentreLine] = []
        while end // 2 not in used:
            number, backwards = divmod(end, 2)
            used.add(number)
            line = lines[number]
            pieces.append(CentreLine(line.points[::-1], line.half_width[::-1]) if backwards else line)
            end = partner.get(end ^ 1, end)
        if pieces:
            yield CentreLine(
                np.concatenate([piece.points for piece in pieces]),
                np.concatenate([piece.half_width for piece in pieces]),
            )
