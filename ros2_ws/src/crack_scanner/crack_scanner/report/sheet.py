"""A drawing of the surface to scale: frame, metre grid, scale bar, legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.coverage import Coverage
from crack_scanner.mapping.evidence_grid import NOT_GOOD_ENOUGH, NOT_SCANNED, SCANNED
from crack_scanner.report.canvas import Canvas, Label
from crack_scanner.report.colours import COVERAGE_COLOURS, FAINT_INK, FRAME, GRID_LINE, INK

Floats = NDArray[np.float64]

_PLOT_WIDTH, _PLOT_HEIGHT = 1400.0, 1000.0
_LEFT, _RIGHT, _TOP, _LEGEND_ROW = 90.0, 40.0, 112.0, 30.0
_AXIS = 64.0
TEXT = 18.0
# A column of the legend holds its longest name in the widest usual letters.
_LEGEND_COLUMN, _LEGEND_TEXT = 490.0, 16.0

# Metres by which cells may fall short of a surface that they cover.
_TOLERANCE = 1e-6

# Squares of coverage are drawn at least so many pixels wide.
_FINEST_SQUARE = 3.0


class LegendEntry(NamedTuple):
    """What a colour means, of a line or of an area."""

    colour: str
    name: str
    is_line: bool


@dataclass(frozen=True)
class Sheet:
    """Where the surface lies on the drawing.

    width, height: of the surface, metres. scale: pixels per metre.
    """

    width: float
    height: float
    scale: float
    legend_rows: int

    @staticmethod
    def of(width: float, height: float, legend_rows: int) -> Sheet:
        """The largest sheet that fits the drawing, for a surface of width x height metres."""
        return Sheet(width, height, min(_PLOT_WIDTH / width, _PLOT_HEIGHT / height), legend_rows)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the drawing, pixels. Wide enough for title and legend of a narrow surface."""
        width = max(_LEFT + self.width * self.scale + _RIGHT, _LEFT + 2 * _LEGEND_COLUMN)
        height = _TOP + self.height * self.scale + _AXIS + self.legend_rows * _LEGEND_ROW + 16
        return round(width), round(height)

    def pixels(self, uv: Floats) -> Floats:
        """Surface coordinates (N, 2) in metres as pixels (N, 2)."""
        left, bottom = _LEFT, _TOP + self.height * self.scale
        result: Floats = np.stack([left + uv[:, 0] * self.scale, bottom - uv[:, 1] * self.scale], axis=1)
        return result

    @property
    def legend_top(self) -> float:
        """y of the first legend row's middle."""
        return _TOP + self.height * self.scale + _AXIS + _LEGEND_ROW / 2


def tick_step(length: float, most: int) -> float:
    """The smallest step of 1, 2 or 5 times a power of ten with at most `most` steps in `length`."""
    exact = length / most
    power = 10.0 ** floor(log10(exact))
    return float(next(power * f for f in (1, 2, 5, 10) if power * f >= exact * (1 - 1e-9)))


def draw_title(canvas: Canvas, title: str, figures: str) -> None:
    """Title, a line of figures under it, and what the axes are."""
    canvas.label(Label(_LEFT, 36, title, 26, INK))
    canvas.label(Label(_LEFT, 62, figures, 16, FAINT_INK))
    canvas.label(Label(_LEFT, 84, "u and v in metres from the first corner of the surface", 15, FAINT_INK))


def draw_coverage(canvas: Canvas, sheet: Sheet, states: Coverage) -> None:
    """The surface, shaded by the coverage of its cells; where there are none it was not scanned."""
    rows, columns = states.states.shape
    width, height = min(columns * states.cell_size, sheet.width), min(rows * states.cell_size, sheet.height)
    if width < sheet.width - _TOLERANCE or height < sheet.height - _TOLERANCE:
        _shade(canvas, sheet, sheet.width, sheet.height, NOT_SCANNED)
    _shade(canvas, sheet, width, height, SCANNED)
    factor = max(1, ceil(_FINEST_SQUARE / (states.cell_size * sheet.scale)))
    size = factor * states.cell_size
    for row, row_end, column, column_end, state in runs(by_majority(states.states, factor)):
        u, u_end = column * size, min(column_end * size, sheet.width)
        v, v_end = row * size, min(row_end * size, sheet.height)
        x, y = sheet.pixels(np.array([[u, v_end]]))[0]
        width, height = (u_end - u) * sheet.scale, (v_end - v) * sheet.scale
        canvas.rectangle(x, y, width, height, COVERAGE_COLOURS[state])


def _shade(canvas: Canvas, sheet: Sheet, width: float, height: float, state: int) -> None:
    """The surface from its first corner on, so many metres."""
    x, y = sheet.pixels(np.array([[0.0, height]]))[0]
    canvas.rectangle(x, y, width * sheet.scale, height * sheet.scale, COVERAGE_COLOURS[state])


def by_majority(states: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """States of squares of `factor` x `factor` cells: of those on the surface, what at least half are."""
    if factor == 1:
        return states
    rows, columns = (-(-side // factor) for side in states.shape)
    padding = ((0, rows * factor - states.shape[0]), (0, columns * factor - states.shape[1]))

    def count(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        squares = np.pad(mask, padding).reshape(rows, factor, columns, factor)
        result: NDArray[np.int64] = squares.sum(axis=(1, 3))
        return result

    half = count(np.ones(states.shape, dtype=bool)) / 2
    seen = np.where(count(states != NOT_SCANNED) >= half, NOT_GOOD_ENOUGH, NOT_SCANNED)
    return np.where(count(states == SCANNED) >= half, SCANNED, seen).astype(np.uint8)


def runs(states: NDArray[np.uint8]) -> list[tuple[int, int, int, int, int]]:
    """Rectangles that make up all cells (rows, columns) that are not scanned.

    First row, row after the last, first column, column after the last, state. Equal runs of
    neighbouring rows are one rectangle.
    """
    finished: list[tuple[int, int, int, int, int]] = []
    open_runs: dict[tuple[int, int, int], int] = {}
    for row in range(len(states) + 1):
        here = set(_row_runs(states[row])) if row < len(states) else set()
        for run in [run for run in open_runs if run not in here]:
            finished.append((open_runs.pop(run), row, *run))
        for run in here:
            open_runs.setdefault(run, row)
    return sorted(finished)


def _row_runs(row: NDArray[np.uint8]) -> list[tuple[int, int, int]]:
    borders = np.flatnonzero(np.diff(row)) + 1
    starts = [0, *borders.tolist()]
    ends = [*borders.tolist(), len(row)]
    found = [(start, end, int(row[start])) for start, end in zip(starts, ends, strict=True)]
    return [run for run in found if run[2] != SCANNED]


def draw_axes(canvas: Canvas, sheet: Sheet) -> None:
    """Metre grid with its numbers, frame."""
    step = tick_step(max(sheet.width, sheet.height), 10)
    for u in np.arange(0, sheet.width + step * 1e-6, step).tolist():
        canvas.line(sheet.pixels(np.array([[u, 0], [u, sheet.height]])), GRID_LINE, 1)
        x, y = sheet.pixels(np.array([[u, 0.0]]))[0]
        canvas.label(Label(x, y + 24, f"{u:g}", TEXT, INK, "middle"))
    for v in np.arange(0, sheet.height + step * 1e-6, step).tolist():
        canvas.line(sheet.pixels(np.array([[0, v], [sheet.width, v]])), GRID_LINE, 1)
        x, y = sheet.pixels(np.array([[0.0, v]]))[0]
        canvas.label(Label(x - 12, y + 6, f"{v:g}", TEXT, INK, "end"))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * [sheet.width, sheet.height]
    canvas.line(sheet.pixels(corners), FRAME, 2)


def draw_scale_bar(canvas: Canvas, sheet: Sheet) -> None:
    """A bar of a round length below the lower right corner."""
    # At most half of the width, so that its label has room beside it on a tall wall too.
    length = tick_step(sheet.width, 5)
    x, y = sheet.pixels(np.array([[sheet.width, 0.0]]))[0]
    left, y = x - length * sheet.scale, y + 44
    for a, b in (((left, y), (x, y)), ((left, y - 6), (left, y + 6)), ((x, y - 6), (x, y + 6))):
        canvas.line(np.array([a, b]), INK, 3)
    text = f"{length:g} m" if length >= 1 else f"{length * 100:g} cm"
    canvas.label(Label(left - 10, y + 6, text, TEXT, INK, "end"))


def draw_legend(canvas: Canvas, sheet: Sheet, entries: Sequence[LegendEntry]) -> None:
    """Two columns of colours and names."""
    for index, (colour, name, is_line) in enumerate(entries):
        x = _LEFT + (index % 2) * _LEGEND_COLUMN
        y = sheet.legend_top + (index // 2) * _LEGEND_ROW
        if is_line:
            canvas.line(np.array([[x, y], [x + 34, y]]), colour, 5)
        else:
            canvas.rectangle(x - 1, y - 10, 36, 20, FRAME)
            canvas.rectangle(x, y - 9, 34, 18, colour)
        canvas.label(Label(x + 46, y + 6, name, _LEGEND_TEXT, INK))
