"""How well a map agrees with the cracks that are really there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import Crack

# A true crack counts as found where a found one runs within this distance, metres.
REACH = 0.06


@dataclass(frozen=True)
class TruthCheck:
    """Agreement of a map with the truth.

    true_length, found_length: metres of true cracks at least `min_width_mm` wide, and how much of it
    lies within `REACH` of a found crack. false_cracks: found cracks of which less than half runs within
    `REACH` of any true one, however thin.
    """

    min_width_mm: float
    true_length: float
    found_length: float
    false_cracks: int

    @property
    def recall(self) -> float | None:
        """Share of the true length that was found; None if there is none."""
        return self.found_length / self.true_length if self.true_length else None


def check_against_truth(cracks: Sequence[Crack], truth: Mapping[str, Any], min_width_mm: float) -> TruthCheck:
    """Compare cracks with a truth GeoJSON in surface coordinates."""
    try:
        lines = [
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
    wide = shapely.union_all([line for line, width in lines if width >= min_width_mm])
    found = [_line(crack.path) for crack in cracks]
    around_found = shapely.union_all([line.buffer(REACH) for line in found])
    around_true = shapely.union_all([line.buffer(REACH) for line, _ in lines])
    return TruthCheck(
        min_width_mm,
        wide.length,
        wide.intersection(around_found).length,
        sum(line.intersection(around_true).length < line.length / 2 for line in found),
    )


def _line(path: NDArray[Any]) -> Any:
    return shapely.LineString(path)
