"""Pictures by number, wherever they lie."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


class Pictures(Protocol):
    """Pictures (S, S, C) uint8 by number: an array (N, S, S, C), or what reads them from several files."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Image: ...
