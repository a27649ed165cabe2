"""Arrays of numbers as message fields take them without looking at each element."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray


def float_array(values: NDArray[Any]) -> array[float]:
    """An array of float32."""
    return _array("f", values)


def int_array(values: NDArray[Any]) -> array[int]:
    """An array of int32."""
    return _array("i", values)


def _array(code: str, values: NDArray[Any]) -> array[Any]:
    result = array(code)
    result.frombytes(np.ascontiguousarray(values, np.dtype(code)).tobytes())
    return result
