"""What was scanned, what was not."""

import numpy as np
import pytest

from crack_scanner.mapping.coverage import coverage
from crack_scanner.mapping.evidence_grid import (
    CELL,
    NOT_GOOD_ENOUGH,
    NOT_SCANNED,
    SCANNED,
    CellWindow,
    EvidenceGrid,
)
from crack_scanner.mapping.overview import overview


def written(grid: EvidenceGrid, window: CellWindow, scanned: bool) -> None:
    cells = np.zeros((window.rows, window.columns), CELL)
    cells["state"] = SCANNED if scanned else NOT_GOOD_ENOUGH
    cells["resolution"] = 5e-4 if scanned else 0
    grid.write(window, cells)


def test_a_surface_nobody_looked_at_is_one_gap() -> None:
    result = coverage(overview(EvidenceGrid(2.0, 1.0, 0.01), 2.0, 1.0))
    assert result.percent == 0
    assert result.resolution is None
    (gap,) = result.gaps
    assert (gap.area, gap.u, gap.v) == pytest.approx((2.0, 1.0, 0.5))


def test_states_areas_and_gaps() -> None:
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    written(grid, grid.extent, scanned=True)
    written(grid, CellWindow(10, 20, 30, 40), scanned=False)
    grid.write(CellWindow(70, 150, 10, 10), np.zeros((10, 10), CELL))
    result = coverage(overview(grid, 2.0, 1.0))
    assert result.scanned == pytest.approx(2.0 - 0.12 - 0.01)
    assert result.not_good_enough == pytest.approx(0.12)
    assert [gap.area for gap in result.gaps] == pytest.approx([0.12, 0.01])
    first = result.gaps[0]
    assert (first.u, first.v, first.width, first.height) == pytest.approx((0.4, 0.25, 0.4, 0.3))
    assert (result.states[5, 5], result.states[15, 25], result.states[75, 155]) == (
        SCANNED,
        NOT_GOOD_ENOUGH,
        NOT_SCANNED,
    )
    assert result.resolution == pytest.approx(5e-4)


def test_cells_that_stick_out_count_only_with_their_part_on_the_surface() -> None:
    grid = EvidenceGrid(1.005, 0.998, 0.01)
    written(grid, grid.extent, scanned=True)
    result = coverage(overview(grid, 1.005, 0.998))
    assert result.scanned == pytest.approx(1.005 * 0.998)
    assert result.percent == pytest.approx(100.0)
    assert result.gaps == ()


def test_a_speck_is_no_gap() -> None:
    grid = EvidenceGrid(1.0, 1.0, 0.01)
    written(grid, grid.extent, scanned=True)
    written(grid, CellWindow(50, 50, 1, 2), scanned=False)
    assert coverage(overview(grid, 1.0, 1.0)).gaps == ()


def test_a_large_surface_is_reduced_and_its_areas_stay_exact() -> None:
    grid = EvidenceGrid(100.0, 100.0, 0.01)  # 100 million cells
    written(grid, CellWindow(1003, 2001, 400, 500), scanned=True)
    written(grid, CellWindow(7000, 7000, 100, 200), scanned=False)
    result = coverage(overview(grid, 100.0, 100.0))
    assert result.states.size <= 4_000_000
    assert result.scanned == pytest.approx(20.0)
    assert result.not_good_enough == pytest.approx(2.0)
    assert (result.states == SCANNED).sum() * result.cell_size**2 == pytest.approx(20.0, rel=0.05)
    assert result.scanned_at(np.array([[22.0, 12.0], [50.0, 50.0]])).tolist() == [True, False]
    assert result.gaps[0].area == pytest.approx(10_000 - 20, rel=0.01)


def test_a_surface_larger_than_any_memory_still_has_a_coverage() -> None:
    grid = EvidenceGrid(10_000.0, 10_000.0, 0.005)
    written(grid, CellWindow(100, 100, 200, 200), scanned=True)
    result = coverage(overview(grid, 10_000.0, 10_000.0))
    assert result.scanned == pytest.approx(1.0)
    assert result.percent == pytest.approx(1e-6)
