"""Prices that end as a shop wants them (.90, .00, 9.00): the highest such price below, or above."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from shopkit.values import read_money

Amounts = NDArray[np.int64]
_FORM = re.compile(r"(\d*)\.(\d{2})|\.(\d)")


def read_ending(text: str) -> tuple[int, int] | None:
    """An ending as (rest, step) in minor units: ``.90`` is (90, 100), ``9.00`` (900, 1000).

    Empty, ``none`` and 不限 mean none. Raises ValueError for anything else.
    """
    plain = text.strip().lower()
    if plain in ("", "none", "不限", "无", "-"):
        return None
    if not _FORM.fullmatch(plain):
        raise ValueError(text)
    whole = plain.partition(".")[0]
    rest = read_money(plain if whole else f"0{plain}")
    return rest, 10 ** (len(whole) + 2)


def down_to(prices: Amounts, ending: tuple[int, int]) -> Amounts:
    """The highest price with this ending that is not above: 100.00 at .90 is 99.90."""
    rest, step = ending
    return np.asarray((prices - rest) // step * step + rest, np.int64)


def up_to(prices: Amounts, ending: tuple[int, int]) -> Amounts:
    """The lowest price with this ending that is not below: 240.00 at .90 is 240.90."""
    rest, step = ending
    return np.asarray(-((rest - prices) // step) * step + rest, np.int64)
