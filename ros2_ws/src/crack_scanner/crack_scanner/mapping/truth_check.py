"""How well a map agrees with the cracks that are really there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.coverage import Coverage
from crack_scanner.mapping.crack import Crack

# Pieces of a true crack that are scanned or not as a whole, metres.
_PIECE = 0.005
# A true crack counts as found where a found one runs within this distance, metres.
REACH = 0.06


@dataclass(frozen=True)
class TruthCheck:
    """Agreement of a map with the truth.

    true_length, found_length: metres of true cracks at least `min_width_mm` wide, and how much of it
    lies within `REACH` of a found crack. scanned_length, found_of_scanned: the same of what lies where the
    surface was scanned. false_cracks: found cracks of which less than half runs within `REACH` of any true
    one, however thin.
    """

    min_width_mm: float
    true_length: float
    found_length: float
    scanned_length: float
    found_of_scanned: float
    false_cracks: int

    @property
    def recall(self) -> float | None:
        """Share of the true length that was found; None if there is none."""
        return self.found_length / self.true_length if self.true_length else None


def check_against_truth(
    cracks: Sequence[Crack], coverage: Coverage, truth: Mapping[str, Any], min_width_mm: float
) -> TruthCheck:
    """Compare the cracks of a map with a truth GeoJSON in surface coordinates."""
    lines = true_lines(truth)
    wide = shapely.union_all([line for line, width in lines if width >= min_width_mm])
    found = [_line(crack.path) for crack in cracks]
    around_found = shapely.union_all([line.buffer(REACH) for line in found])
    around_true = shapely.union_all([line.buffer(REACH) for line, _ in lines])
    scanned = _scanned(wide, coverage)
    return TruthCheck(
        min_width_mm,
        wide.length,
        wide.intersection(around_found).length,
        scanned.length,
        scanned.intersection(around_found).length,
        sum(line.intersection(around_true).length < line.length / 2 for line in found),
    )


def true_lines(truth: Mapping[str, Any]) -> list[tuple[Any, float]]:
    """The cracks of a truth GeoJSON: their lines on the surface, metres, and largest widths, millimetres."""
    try:
        return [
            (
                shapely.LineString(feature["geometry"]["coordinates"]),
                float(feature["properties"]["width_max_mm"]),
            )
            for feature in truth["features"]
        ]
    except (KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise CrackScannerError(
            f"truth is not a GeoJSON of LineStrings with width_max_mm: {error!r}"
        ) from error


def _scanned(lines: Any, coverage: Coverage) -> Any:
    """The parts of lines, in pieces of at most _PIECE, whose middles were scanned."""
    parts = map(shapely.get_coordinates, shapely.get_parts(shapely.segmentize(lines, _PIECE)))
    pieces = np.concatenate([np.zeros((0, 2, 2)), *(np.stack([at[:-1], at[1:]], axis=1) for at in parts)])
    return shapely.multilinestrings(pieces[coverage.scanned_at(pieces.mean(axis=1))])


def _line(path: NDArray[Any]) -> Any:
    return shapely.LineString(path)
