"""The largest price to sign a SKU up with: exact, under every rounding that the platform may use.

The test: sign-up price less the official reduction less the item's own reduction is at most the
lowest public final price of the last days. The comparison uses the unrounded value (56.93 x 0.88
= 50.0984 fails a line of 50.00). Source: one merchant's reading of platform receipts, 2026.
"""

from __future__ import annotations

from collections.abc import Sequence

from shopkit.offers.model import OfficialRounding
from shopkit.offers.reductions import OFFICIAL_EXACT_BELOW, YUAN
from shopkit.values import WHOLE


def final_scaled(signup: int, rate: int, item_off: int, rounding: OfficialRounding) -> int:
    """What is compared with the line: minor units times a million, so that nothing is rounded.

    The official reduction is exact below 100 yuan; from there on "up" rounds it up to whole yuan.
    """
    if rounding == "up" and signup >= OFFICIAL_EXACT_BELOW:
        off = -(-signup * rate // (WHOLE * YUAN)) * YUAN * WHOLE
    else:
        off = signup * rate
    return max(0, signup * WHOLE - off - item_off * WHOLE)


def passes(
    signup: int, line: int, rate: int, item_off: int, roundings: Sequence[OfficialRounding]
) -> bool:
    """Whether a sign-up price holds the line under all these roundings."""
    scaled = line * WHOLE
    return all(final_scaled(signup, rate, item_off, one) <= scaled for one in roundings)


def largest(
    line: int,
    rate: int,
    item_off: int = 0,
    roundings: Sequence[OfficialRounding] = ("exact", "up"),
    step: int = YUAN,
) -> int:
    """The largest multiple of ``step`` that passes; 0 where none does.

    Line 350.00 at 12 %: exact 397 (398 gives 350.24), up 398 (398 - 48 = 350), unknown 397.
    Searched downward from a price that surely fails: around 100 yuan, where the rounding begins,
    what passes is no simple interval. Raises ValueError for a rate that leaves nothing.
    """
    if not 0 <= rate < WHOLE:
        raise ValueError("the official rate takes all")
    most = (line + item_off + YUAN) * WHOLE // (WHOLE - rate) + step
    for signup in range(most // step * step, 0, -step):
        if passes(signup, line, rate, item_off, roundings):
            return signup
    return 0
