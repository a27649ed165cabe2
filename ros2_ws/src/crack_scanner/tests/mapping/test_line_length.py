"""The length of rough lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.mapping import line_length
from crack_scanner.mapping.evidence_grid import EvidenceGrid
from crack_scanner.mapping.line_length import add_course, crack_length
from crack_scanner.mapping.polyline import path_length, resampled, smoothed

CELL = 0.01


def rough_line(seed: int, length: float = 0.8, facet: float = 0.012, turn: float = 0.35) -> np.ndarray:
    """A line (N, 2) in metres with points 1 mm apart, straight on the whole, kinked at every `facet`."""
    rng = np.random.default_rng(seed)
    heading = np.repeat(turn * rng.standard_normal(round(length / facet)), round(facet / 0.001))
    steps = 0.001 * np.stack([np.cos(heading), np.sin(heading)], axis=1)
    return np.array([0.1, 0.5]) + np.cumsum(steps, axis=0)


def as_drawn(line: np.ndarray) -> np.ndarray:
    """What a map of cells makes of a line."""
    return smoothed(resampled(line, CELL), 1.0)


def measured(line: np.ndarray, looks: list[np.ndarray]) -> float:
    grid = EvidenceGrid(1.2, 1.0, CELL)
    for look in looks:
        add_course(grid, look)
    return crack_length(grid.read(grid.extent), grid.extent, as_drawn(line), 0.02, CELL)


@given(seed=st.integers(0, 1000), turn=st.floats(0.0, 0.5))
def test_the_map_is_as_long_as_what_pictures_show(seed: int, turn: float) -> None:
    line = rough_line(seed, turn=turn)
    assert measured(line, [line]) == pytest.approx(path_length(line), rel=0.02)


@given(seed=st.integers(0, 1000))
def test_looks_may_be_off_and_show_parts_only(seed: int) -> None:
    line, rng = rough_line(seed), np.random.default_rng(seed)
    looks = [part + 0.003 * rng.standard_normal(2) for _ in range(4) for part in (line[:500], line[300:])]
    assert measured(line, looks) == pytest.approx(path_length(line), rel=0.03)


def test_where_no_line_was_seen_the_rest_is_as_rough_as_what_was_seen() -> None:
    line = rough_line(3)
    assert measured(line, [line[:400]]) == pytest.approx(path_length(line), rel=0.04)


def test_without_lines_it_is_the_length_of_the_path() -> None:
    line = rough_line(4)
    assert measured(line, []) == pytest.approx(path_length(as_drawn(line)))
    assert measured(line, [line + np.array([0.0, 0.2])]) == pytest.approx(path_length(as_drawn(line)))


@pytest.mark.parametrize(
    "line", [np.empty((0, 2)), np.full((50, 2), np.nan), np.array([[0.1, 0.1], [0.12, 0.1]])]
)
def test_what_has_no_course_says_nothing(line: np.ndarray) -> None:
    grid = EvidenceGrid(1.2, 1.0, CELL)
    add_course(grid, line)
    assert grid.blocks() == []


def test_lines_past_the_surface_are_cut() -> None:
    grid = EvidenceGrid(0.5, 1.0, CELL)
    add_course(grid, rough_line(5))
    cells = grid.read(grid.extent)
    assert 0.3 < cells["line_length"].sum() < 0.5


def test_of_a_line_up_to_the_horizon_only_what_lies_on_the_surface_is_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def bounded(path: np.ndarray, step: float) -> np.ndarray:
        assert path_length(path) < 1.0
        return resampled(path, step)

    monkeypatch.setattr(line_length, "resampled", bounded)
    line, grid, cut = rough_line(6), EvidenceGrid(0.5, 1.0, CELL), EvidenceGrid(0.5, 1.0, CELL)
    away = line[-1] + np.geomspace(0.1, 1e6, 30)[:, None] * [0.8, 0.6]
    add_course(grid, np.concatenate([line, away, away[::-1], line[::-1]]))
    add_course(cut, line)
    add_course(cut, line[::-1])
    for name in ("line_length", "line_ruled"):
        assert np.array_equal(grid.read(grid.extent)[name], cut.read(cut.extent)[name])
