"""Cracks read back from what was exported."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import Crack
from crack_scanner.storage.stamps import stamp_of


def cracks_of_geojson(text: str) -> tuple[Crack, ...]:
    """The cracks of a cracks.geojson, as exact as it is written."""
    try:
        return tuple(_crack(feature) for feature in json.loads(text)["features"])
    except (KeyError, TypeError, ValueError) as error:
        raise CrackScannerError(f"it is no cracks.geojson: {error!r}") from error


def _crack(feature: dict[str, Any]) -> Crack:
    known = feature["properties"]
    return Crack(
        id=int(known["id"]),
        path=np.array(feature["geometry"]["coordinates"], dtype=np.float64).reshape(-1, 2),
        position_sigma=float(known["position_sigma_mm"]) * 1e-3,
        probability=float(known["probability"]),
        observations=int(known["observations"]),
        first_seen_ns=stamp_of(known["first_seen"]),
        last_seen_ns=stamp_of(known["last_seen"]),
        width_max_mm=known["width_max_mm"],
        width_mean_mm=known["width_mean_mm"],
        width_sigma_mm=known["width_sigma_mm"],
        # Exports of earlier versions do not say.
        smallest_width_mm=known.get("smallest_width_mm"),
        severity=str(known["severity"]),
        status=str(known["status"]),
        measured_length=float(known["length_mm"]) * 1e-3,
    )
