"""The geometry of a sheet."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crack_scanner.mapping.evidence_grid import NOT_GOOD_ENOUGH, NOT_SCANNED, SCANNED
from crack_scanner.report.canvas import SvgCanvas
from crack_scanner.report.sheet import Sheet, by_majority, draw_scale_bar, runs, tick_step


@given(st.floats(0.01, 10_000), st.floats(0.01, 10_000))
def test_the_drawing_is_to_scale_and_of_a_bounded_size(width: float, height: float) -> None:
    sheet = Sheet.of(width, height, legend_rows=2)
    corners = sheet.pixels(np.array([[0, 0], [width, 0], [0, height]]))
    assert corners[1, 0] - corners[0, 0] == pytest.approx(width * sheet.scale)
    assert corners[0, 1] - corners[2, 1] == pytest.approx(height * sheet.scale)
    assert max(sheet.size) < 1700


@pytest.mark.parametrize(
    ("width", "height"), [(4.1, 9.0), (4.2, 10.0), (41, 90), (2.05, 4.5), (0.5, 10.0), (30, 1.0)]
)
def test_the_scale_bar_and_its_label_are_on_the_drawing(width: float, height: float) -> None:
    sheet = Sheet.of(width, height, 2)
    canvas = SvgCanvas(*sheet.size, "")
    draw_scale_bar(canvas, sheet)
    root = ET.fromstring(canvas.markup())
    (label,) = root.iter("{http://www.w3.org/2000/svg}text")
    assert float(str(label.get("x"))) > 60  # the label ends here
    assert re.fullmatch(r"\d+ (m|cm)", str(label.text))


@pytest.mark.parametrize(
    ("length", "most", "step"), [(2.0, 10, 0.2), (3.2, 10, 0.5), (100, 10, 10), (0.9, 5, 0.2)]
)
def test_ticks_are_round_numbers(length: float, most: int, step: float) -> None:
    assert tick_step(length, most) == pytest.approx(step)


@given(arrays(np.uint8, (7, 9), elements=st.integers(0, 2)))
def test_rectangles_make_up_exactly_the_cells_that_are_not_scanned(states: np.ndarray) -> None:
    painted = np.full(states.shape, SCANNED, np.uint8)
    for row, row_end, column, column_end, state in runs(states):
        assert (painted[row:row_end, column:column_end] == SCANNED).all()
        painted[row:row_end, column:column_end] = state
    np.testing.assert_array_equal(painted, states)


def test_squares_of_a_coarse_drawing_are_what_half_of_their_cells_are() -> None:
    states = np.full((4, 5), SCANNED, np.uint8)
    states[:2, :2] = [[SCANNED, NOT_GOOD_ENOUGH], [NOT_SCANNED, NOT_SCANNED]]
    states[2:, 4] = NOT_SCANNED
    expected = [[NOT_GOOD_ENOUGH, SCANNED, SCANNED], [SCANNED, SCANNED, NOT_SCANNED]]
    np.testing.assert_array_equal(by_majority(states, 2), expected)
    np.testing.assert_array_equal(by_majority(states, 1), states)
