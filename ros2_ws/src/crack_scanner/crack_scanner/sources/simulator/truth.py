"""The cracks that are really there, as GeoJSON in surface coordinates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.cracks import Crack

Truth = dict[str, Any]


def truth_of(cracks: Sequence[Crack], width: float, height: float, seed: int) -> Truth:
    """FeatureCollection with one LineString per crack (u right, v up, metres, rounded to 0.1 mm).

    Properties: id, length_mm, width_max_mm, width_mean_mm and widths_mm, the opening at each point.
    Top-level members: wall_width_m, wall_height_m and the seed.
    """
    return {
        "type": "FeatureCollection",
        "wall_width_m": width,
        "wall_height_m": height,
        "seed": seed,
        "features": [_feature(crack) for crack in cracks],
    }


def _feature(crack: Crack) -> Truth:
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": np.round(crack.points, 4).tolist()},
        "properties": {
            "id": crack.id,
            "length_mm": round(crack.length * 1000.0, 1),
            "width_max_mm": round(crack.width_max * 1000.0, 3),
            "width_mean_mm": round(crack.width_mean * 1000.0, 3),
            "widths_mm": np.round(crack.widths * 1000.0, 3).tolist(),
        },
    }


def load_truth(path: Path) -> Truth:
    """A truth file given by the user: any GeoJSON FeatureCollection of LineStrings in metres."""
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CrackScannerError(f"truth file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CrackScannerError(f"truth file {path} is not JSON: {error}") from error
    if not isinstance(truth, dict) or truth.get("type") != "FeatureCollection":
        raise CrackScannerError(f"truth file {path} is not a GeoJSON FeatureCollection")
    features = truth.get("features")
    if not isinstance(features, list) or not all(map(_is_line, features)):
        raise CrackScannerError(
            f"truth file {path}: every feature must be a LineString of u, v pairs in metres"
        )
    return truth


def _is_line(feature: Any) -> bool:
    try:
        geometry = feature["geometry"]
        points = np.asarray(geometry["coordinates"], dtype=np.float64)
        return bool(
            geometry["type"] == "LineString"
            and points.ndim == 2
            and len(points) >= 2
            and points.shape[1] in (2, 3)
            and np.isfinite(points).all()
        )
    except (KeyError, TypeError, ValueError):
        return False
