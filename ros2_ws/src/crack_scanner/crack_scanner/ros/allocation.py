"""How the C library of a node's process treats memory as large as pictures."""

from __future__ import annotations

import ctypes
import sys

# <malloc.h>
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
# The largest that glibc takes; a 4K picture in RGB has 25 MB.
_PICTURE = 32 * 1024 * 1024
_KEPT = 8 * _PICTURE


def keep_freed_pictures() -> None:
    """Freed blocks of up to 32 MB are used again instead of going back to the system.

    A received picture is copied through three such blocks. Whether glibc gives them back each time depends on
    what happens to lie behind them; where it does, the pages of every picture are mapped and cleared anew, as
    much as a third of what its network costs. Other C libraries are left as they are.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _PICTURE)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
