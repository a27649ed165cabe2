"""Cracks of a map, made up for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from crack_scanner.mapping.crack import Crack


def crack(number: int, *path: tuple[float, float], **more: Any) -> Crack:
    """A crack along some points in metres, 1.5 mm wide if nothing else is said."""
    values: dict[str, Any] = {"width_max_mm": 1.5, "first_seen_ns": 10**18, "last_seen_ns": 10**18 + 7}
    return Crack(number, np.array(path, float), 0.004, 0.99, 5, **{**values, **more})
