"""Memory that a process keeps: what is freed serves the next arrays, and need not be cleared."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_ARRAY = 64 << 20  # bytes: up to here arrays are kept (a plane of 12 megapixels takes 48)
_MOST = 512 << 20  # bytes kept in all


def keep_memory() -> None:
    """Let malloc keep what is freed, where the C library is glibc; elsewhere nothing happens.

    A row makes and drops hundreds of arrays. By default those over 32 MB come fresh from the
    kernel, which clears them page by page: half of a large swap's system time. Larger ones than
    ``_ARRAY`` still do: kept, they would take a swap of 12 megapixels over 1 GB.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _ARRAY)
        mallopt(_TRIM_THRESHOLD, _MOST)
