"""Arrays of prices and of their fit: types, sums by code, the smallest few."""

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


def smallest(values: Floats, count: int) -> Ints:
    """Where the smallest values stand, in order, of equal ones the first; NaN is none of them."""
    known = np.flatnonzero(~np.isnan(values))
    if len(known) > count:
        bound = np.partition(values[known], count)[count]
        known = known[values[known] <= bound]
    return known[np.argsort(values[known], kind="stable")][:count]
