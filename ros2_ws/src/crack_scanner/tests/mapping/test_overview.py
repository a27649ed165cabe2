"""Overviews of surfaces of any size."""

import numpy as np

from crack_scanner.mapping.evidence_grid import CELL, CellWindow, EvidenceGrid
from crack_scanner.mapping.fusion import probability
from crack_scanner.mapping.overview import MOST_SQUARES, overview


def with_evidence(grid: EvidenceGrid, window: CellWindow, evidence: float) -> np.ndarray:
    cells = np.zeros((window.rows, window.columns), CELL)
    cells["looks"], cells["evidence"] = 3, evidence
    grid.write(window, cells)
    return probability(cells)


def test_a_small_surface_is_shown_cell_by_cell() -> None:
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    expected = with_evidence(grid, CellWindow(20, 60, 30, 40), 9.0)
    shown = overview(grid, 2.0, 1.0).probability_map()
    assert shown.cell_size == 0.01
    assert shown.values.shape == (100, 200)
    np.testing.assert_allclose(shown.values[20:50, 60:100], expected, rtol=1e-6)
    assert np.isnan(shown.values).sum() == 100 * 200 - 30 * 40


def test_a_large_surface_keeps_the_highest_probability_of_each_square() -> None:
    grid = EvidenceGrid(100.0, 100.0, 0.01)
    with_evidence(grid, CellWindow(4000, 4000, 16, 16), -9.0)
    highest = with_evidence(grid, CellWindow(4003, 4005, 1, 1), 9.0).max()
    shown = overview(grid, 100.0, 100.0).probability_map()
    assert shown.values.size <= MOST_SQUARES
    place = int(40.05 / shown.cell_size), int(40.05 / shown.cell_size)
    np.testing.assert_allclose(np.nanmax(shown.values), highest, rtol=1e-6)
    assert shown.values[place] >= shown.values[np.isfinite(shown.values)].min()
