"""Arrays of the price fit: their types, and sums by code."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def summed(code: Ints, values: NDArray[Any], count: int) -> Floats:
    """The sum of the values of each code, from 0 up to ``count``."""
    return np.asarray(np.bincount(code, values, count), np.float64)
