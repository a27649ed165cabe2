"""Changes between two sessions as a table, as GeoJSON and as the result of `compare`."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from crack_scanner.mapping.change import STATUSES, Change, Comparison
from crack_scanner.storage.exports import rounded, rows_as_json

# Names and order of a change's properties in every export.
CHANGE_PROPERTIES = (
    "status",
    "id_old",
    "id_new",
    "length_old_mm",
    "length_new_mm",
    "growth_mm",
    "growth_sigma_mm",
    "width_old_mm",
    "width_new_mm",
    "width_change_sigma_mm",
    "smallest_width_old_mm",
    "smallest_width_new_mm",
    "seen_before",
)


def change_properties(change: Change) -> dict[str, Any]:
    """The exported properties of one change; lengths as far as both sessions looked there.

    A width that is None is less than the smallest_width of its session, where that is known.
    """
    both = bool(change.old and change.new)
    return {
        "status": change.status,
        "id_old": list(change.old),
        "id_new": list(change.new),
        "length_old_mm": rounded(change.old_length * 1e3, 1) if change.old else None,
        "length_new_mm": rounded(change.new_length * 1e3, 1) if change.new else None,
        "growth_mm": rounded((change.new_length - change.old_length) * 1e3, 1) if both else None,
        "growth_sigma_mm": rounded(change.growth_sigma * 1e3, 1) if both else None,
        "width_old_mm": rounded(change.old_width_mm, 2),
        "width_new_mm": rounded(change.new_width_mm, 2),
        "width_change_sigma_mm": rounded(change.width_sigma_mm, 2),
        "smallest_width_old_mm": rounded(change.old_smallest_mm, 2),
        "smallest_width_new_mm": rounded(change.new_smallest_mm, 2),
        "seen_before": change.seen_before,
    }


def comparison_summary(comparison: Comparison) -> dict[str, Any]:
    """Counts by status, a row a crack, and the correction that was applied to the new session.

    Where fits is False, little of the comparable cracks was matched, and no status can be relied on.
    """
    counts = {
        status.replace(" ", "_"): sum(change.status == status for change in comparison.changes)
        for status in STATUSES
    }
    correction = comparison.correction
    return {
        **counts,
        "cracks": [change_properties(change) for change in comparison.changes],
        "correction": {
            "shift_u_mm": rounded(correction.shift_u * 1e3, 1),
            "shift_v_mm": rounded(correction.shift_v * 1e3, 1),
            "angle_deg": rounded(float(np.degrees(correction.angle)), 3),
            "matched_m": rounded(correction.matched, 2),
            "comparable_m": rounded(comparison.comparable, 2),
            "fits": comparison.fits,
        },
    }


def changes_geojson(comparison: Comparison) -> str:
    """A FeatureCollection of LineStrings in the old session's surface coordinates, metres to 0.1 mm."""
    features = [
        {
            "type": "Feature",
            "properties": change_properties(change),
            "geometry": {
                "type": "LineString",
                "coordinates": [[rounded(u, 4), rounded(v, 4)] for u, v in change.path.tolist()],
            },
        }
        for change in comparison.changes
    ]
    return rows_as_json({"type": "FeatureCollection"}, "features", features)


def changes_csv(comparison: Comparison) -> str:
    """One row a change; several ids in one field are separated by spaces."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CHANGE_PROPERTIES)
    for change in comparison.changes:
        values = change_properties(change)
        writer.writerow([_field(values[name]) for name in CHANGE_PROPERTIES])
    return text.getvalue()


def _field(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else value
