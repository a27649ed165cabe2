"""The sparse grid of cells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.evidence_grid import BLOCK, CELL, CellWindow, EvidenceGrid


def numbered(window: CellWindow) -> np.ndarray:
    cells = np.zeros((window.rows, window.columns), CELL)
    cells["evidence"] = np.arange(cells.size).reshape(cells.shape) + 1
    return cells


@given(
    row=st.integers(0, 200), column=st.integers(0, 200), rows=st.integers(0, 90), columns=st.integers(0, 150)
)
def test_what_was_written_is_read_back_and_the_rest_stays_empty(
    row: int, column: int, rows: int, columns: int
) -> None:
    grid = EvidenceGrid(4.0, 3.0, 0.01)
    window = CellWindow(row, column, rows, columns)
    grid.write(window, numbered(window))
    np.testing.assert_array_equal(grid.read(window), numbered(window))
    around = grid.read(CellWindow(0, 0, 320, 400))
    assert np.count_nonzero(around["evidence"]) == rows * columns


def test_a_window_holds_the_cells_of_a_bounding_box_inside_the_surface() -> None:
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    box = np.array([[-0.3, 0.101], [0.5, 0.5], [np.nan, 0.9]])
    assert grid.window(box) == CellWindow(10, 0, 40, 50)


def test_a_view_past_the_surface_has_an_empty_window() -> None:
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    beside = grid.window(np.array([[5.0, 0.2], [6.0, 0.8]]))
    assert beside.rows * beside.columns == 0
    nowhere = grid.window(np.full((4, 2), np.nan))
    assert nowhere.rows * nowhere.columns == 0


def test_cell_centres_are_in_metres_row_by_row() -> None:
    centres = CellWindow(2, 3, 2, 2).centres(0.1)
    np.testing.assert_allclose(centres, [[0.35, 0.25], [0.45, 0.25], [0.35, 0.35], [0.45, 0.35]])


def test_only_blocks_that_were_written_exist_and_only_changed_ones_are_named() -> None:
    grid = EvidenceGrid(10_000.0, 10_000.0, 0.005)
    first = CellWindow(BLOCK, BLOCK, 1, 1)
    grid.write(first, numbered(first))
    version = grid.version
    second = CellWindow(5 * BLOCK, 7 * BLOCK, 1, 1)
    grid.write(second, numbered(second))
    assert grid.blocks() == [(1, 1), (5, 7)]
    assert grid.changed_since(version) == [(5, 7)]


def test_a_block_survives_as_bytes() -> None:
    grid = EvidenceGrid(2.0, 1.0, 0.01)
    window = CellWindow(3, 5, 20, 30)
    grid.write(window, numbered(window))
    other = EvidenceGrid(2.0, 1.0, 0.01)
    for key in grid.blocks():
        other.restore_block(key, grid.block_bytes(key))
    np.testing.assert_array_equal(other.read(window), grid.read(window))


def test_bytes_of_another_size_are_refused() -> None:
    with pytest.raises(CrackScannerError, match="7 bytes; expected"):
        EvidenceGrid(2.0, 1.0, 0.01).restore_block((0, 0), b"1234567")


class Shelf(dict[tuple[int, int], bytes]):
    """Blocks that lie elsewhere."""

    def load(self, key: tuple[int, int]) -> bytes:
        return self[key]

    def store(self, grid: EvidenceGrid, since: int = 0) -> None:
        self.update({key: grid.block_bytes(key) for key in grid.changed_since(since)})
        grid.stored(grid.version)


def filled(windows: list[CellWindow], shelf: Shelf | None = None, room: int = 2) -> EvidenceGrid:
    grid = EvidenceGrid(10.0, 10.0, 0.01)
    if shelf is not None:
        grid.keep_in(shelf, room)
    for window in windows:
        before = grid.version
        grid.write(window, numbered(window))
        if shelf is not None:
            shelf.store(grid, before)
    return grid


@given(
    places=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=8),
    room=st.integers(0, 5),
)
def test_a_grid_that_keeps_few_blocks_in_memory_reads_like_one_that_keeps_all(
    places: list[tuple[int, int]], room: int
) -> None:
    windows = [CellWindow(row, column, 70, 90) for row, column in places]
    small, whole = filled(windows, Shelf(), room), filled(windows)
    assert small.blocks() == whole.blocks()
    assert len(small) == len(whole)
    for window in windows:
        np.testing.assert_array_equal(small.read(window), whole.read(window))
    assert all((small.block(key) == whole.block(key)).all() for key in whole.blocks())


def test_what_was_not_touched_for_longest_goes_first() -> None:
    windows = [CellWindow(0, column * BLOCK, 1, 1) for column in range(4)]
    shelf = Shelf()
    grid = filled(windows, shelf, room=3)
    grid.read(windows[1])
    shelf.clear()
    grid.write(CellWindow(0, 5 * BLOCK, 1, 1), numbered(CellWindow(0, 0, 1, 1)))
    shelf.store(grid, grid.version - 1)
    assert grid.in_memory == 3
    grid.read(windows[1])
    with pytest.raises(KeyError):
        grid.read(windows[2])


def test_what_is_not_stored_yet_stays() -> None:
    grid = EvidenceGrid(10.0, 10.0, 0.01)
    grid.keep_in(Shelf(), 1)
    windows = [CellWindow(0, column * BLOCK, 1, 1) for column in range(4)]
    for window in windows:
        grid.write(window, numbered(window))
    assert grid.in_memory == 4
    for window in windows:
        np.testing.assert_array_equal(grid.read(window), numbered(window))


def test_looking_at_a_block_does_not_bring_it_back_into_memory() -> None:
    windows = [CellWindow(0, column * BLOCK, 1, 1) for column in range(4)]
    grid = filled(windows, Shelf(), room=1)
    assert [int(grid.block(key)["evidence"][0, 0]) for key in grid.blocks()] == [1, 1, 1, 1]
    assert grid.in_memory == 1
