"""From a skeleton to lines: junctions, spurs, and which branch goes on as which."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.skeleton import RING

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Cell = tuple[int, int]

# Two branches go on in one another if they turn by less than this at a junction.
MAX_TURN = np.radians(60.0)


@dataclass(eq=False)
class Edge:
    """A line between two nodes; `path` (N, 2) row, column from node `start` to node `end`."""

    start: int
    end: int
    path: Floats

    @property
    def length(self) -> float:
        """In cells."""
        return float(np.linalg.norm(np.diff(self.path, axis=0), axis=1).sum())

    def outward(self, node: int) -> Floats:
        """The path in the direction away from one of its nodes."""
        return self.path if node == self.start else self.path[::-1]


@dataclass(eq=False)
class CrackGraph:
    """Nodes with their places (row, column) and the edges between them."""

    places: dict[int, Floats] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)

    def at(self, node: int) -> list[Edge]:
        """Edges that touch a node; a loop comes twice."""
        return [edge for edge in self.edges for end in (edge.start, edge.end) if end == node]


def crack_lines(skeleton: Mask, min_branch: float, bridge: float) -> list[Floats]:
    """Lines (N, 2) row, column in a skeleton (H, W), longest first.

    min_branch: cells; shorter side branches are spurs and go. bridge: cells; junctions closer than
    that are one, so that two crossing cracks are not torn apart by the short piece they share.
    """
    graph = skeleton_graph(skeleton)
    prune(graph, min_branch)
    if contract(graph, bridge):
        prune(graph, min_branch)
    return sorted(join_straightest(graph), key=_length, reverse=True)


def skeleton_graph(skeleton: Mask) -> CrackGraph:
    """The graph of a skeleton one cell wide: ends and junctions are nodes."""
    neighbours = _adjacency(skeleton)
    graph = CrackGraph()
    numbers: dict[Cell, int] = {}
    for cell, around in neighbours.items():
        if len(around) != 2:
            numbers[cell] = len(numbers)
            graph.places[numbers[cell]] = np.array(cell, dtype=float)
    used: set[tuple[Cell, Cell]] = set()
    for cell in list(numbers):
        _trace_from(cell, neighbours, numbers, used, graph)
    on_edges = {step[0] for step in used}
    for cell in neighbours:
        if cell not in on_edges and cell not in numbers:  # a closed ring without any node
            numbers[cell] = len(numbers)
            graph.places[numbers[cell]] = np.array(cell, dtype=float)
            before = set(used)
            _trace_from(cell, neighbours, numbers, used, graph)
            on_edges |= {step[0] for step in used - before}
    return graph


def _adjacency(skeleton: Mask) -> dict[Cell, list[Cell]]:
    cells = {(int(row), int(column)) for row, column in np.argwhere(skeleton)}
    result: dict[Cell, list[Cell]] = {}
    for row, column in sorted(cells):
        straight = [(row + r, column + c) for r, c in RING if (r == 0) != (c == 0)]
        around = [cell for cell in straight if cell in cells]
        for r, c in RING:
            diagonal = (row + r, column + c)
            # A diagonal step beside a straight one would close a needless triangle.
            beside = (row + r, column) in cells or (row, column + c) in cells
            if r and c and diagonal in cells and not beside:
                around.append(diagonal)
        result[row, column] = around
    return result


def _trace_from(
    node: Cell,
    neighbours: dict[Cell, list[Cell]],
    numbers: dict[Cell, int],
    used: set[tuple[Cell, Cell]],
    graph: CrackGraph,
) -> None:
    for first in neighbours[node]:
        if (node, first) in used:
            continue
        path = [node, first]
        while path[-1] not in numbers:
            ahead = [cell for cell in neighbours[path[-1]] if cell != path[-2]]
            path.append(ahead[0])
        for a, b in pairwise(path):
            used.update(((a, b), (b, a)))
        graph.edges.append(Edge(numbers[node], numbers[path[-1]], np.array(path, dtype=float)))


def prune(graph: CrackGraph, min_branch: float) -> None:
    """Remove side branches shorter than `min_branch` cells, shortest first, and join what is left."""
    while True:
        spurs = [edge for edge in graph.edges if edge.length < min_branch and _is_spur(graph, edge)]
        if not spurs:
            return
        graph.edges.remove(min(spurs, key=lambda edge: edge.length))
        _join_pairs(graph)


def _is_spur(graph: CrackGraph, edge: Edge) -> bool:
    degrees = sorted((len(graph.at(edge.start)), len(graph.at(edge.end))))
    return degrees[0] == 1 and degrees[1] > 2


def _join_pairs(graph: CrackGraph) -> None:
    """Make one edge of two wherever a node has exactly two."""
    for node in list(graph.places):
        touching = graph.at(node)
        if len(touching) == 2 and touching[0] is not touching[1]:
            _join(graph, touching[0], touching[1], node)


def _join(graph: CrackGraph, first: Edge, second: Edge, node: int) -> Edge:
    path = np.concatenate([first.outward(node)[::-1], second.outward(node)[1:]])
    joined = Edge(_other(first, node), _other(second, node), path)
    graph.edges = [edge for edge in graph.edges if edge is not first and edge is not second]
    graph.edges.append(joined)
    return joined


def _other(edge: Edge, node: int) -> int:
    return edge.end if edge.start == node else edge.start


def contract(graph: CrackGraph, bridge: float) -> bool:
    """Merge junctions joined by an edge shorter than `bridge` cells; True if anything was merged."""
    merged = False
    while True:
        inner = [edge for edge in graph.edges if edge.length < bridge and _joins_junctions(graph, edge)]
        if not inner:
            return merged
        _collapse(graph, min(inner, key=lambda edge: edge.length))
        merged = True


def _joins_junctions(graph: CrackGraph, edge: Edge) -> bool:
    return edge.start != edge.end and len(graph.at(edge.start)) > 2 and len(graph.at(edge.end)) > 2


def _collapse(graph: CrackGraph, bridge: Edge) -> None:
    kept, gone = bridge.start, bridge.end
    place = (graph.places[kept] + graph.places[gone]) / 2
    graph.edges = [edge for edge in graph.edges if edge is not bridge]
    for edge in graph.edges:
        if edge.start in (kept, gone):
            edge.start, edge.path = kept, np.concatenate([place[None], edge.path[1:]])
        if edge.end in (kept, gone):
            edge.end, edge.path = kept, np.concatenate([edge.path[:-1], place[None]])
    graph.places[kept] = place
    del graph.places[gone]


def join_straightest(graph: CrackGraph) -> list[Floats]:
    """Lines (N, 2) of the graph: at each junction the straightest pairs go on in one another."""
    for node in list(graph.places):
        while (pair := _straightest(graph.at(node), node)) is not None:
            joined = _join(graph, *pair, node)
            if node in (joined.start, joined.end):
                break
            # A node of its own keeps the joined line out of further pairing at this junction.
    return [edge.path for edge in graph.edges]


def _straightest(edges: list[Edge], node: int) -> tuple[Edge, Edge] | None:
    best, pair = MAX_TURN, None
    for index, first in enumerate(edges):
        for second in edges[index + 1 :]:
            if first is second:
                continue
            turn = _turn(_heading(first, node), _heading(second, node))
            if turn < best or len(edges) == 2:
                best, pair = turn, (first, second)
    return pair


def _heading(edge: Edge, node: int, reach: int = 12) -> Floats:
    path = edge.outward(node)
    step: Floats = path[min(reach, len(path) - 1)] - path[0]
    result: Floats = step / max(float(np.linalg.norm(step)), 1e-9)
    return result


def _turn(first: Floats, second: Floats) -> float:
    return float(np.arccos(np.clip(-(first @ second), -1.0, 1.0)))


def _length(path: Floats) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
