"""What a stored grid cell is made of, so that cells of another version of the program can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crack_scanner.mapping.evidence_grid import CELL

Layout = list[list[Any]]


def layout_of(cell: np.dtype[np.void]) -> Layout:
    """Name, type and shape of each field, as JSON holds them."""
    bases = [(name, *(cell[name].subdtype or (cell[name], ()))) for name in cell.names or ()]
    return [[name, base.str, list(shape)] for name, base, shape in bases]


# As this program stores cells.
LAYOUT = layout_of(CELL)


def cells_in_layout(data: bytes, layout: Sequence[Sequence[Any]]) -> bytes:
    """Cells stored in some layout as bytes of CELL; a field that was not stored is zero: nothing seen."""
    if not layout or list(map(list, layout)) == LAYOUT:
        return data
    stored = np.frombuffer(data, np.dtype([(name, kind, tuple(shape)) for name, kind, shape in layout]))
    cells = np.zeros(len(stored), CELL)
    for name in set(stored.dtype.names or ()) & set(CELL.names or ()):
        cells[name] = stored[name]
    return cells.tobytes()
