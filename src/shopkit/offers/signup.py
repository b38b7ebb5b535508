"""The largest price to sign a SKU up with: exact, under every rounding that the platform may use.

The test: sign-up price less the official reduction less the item's own reductions is at most the
lowest public final price of the last days. The comparison uses the unrounded value (56.93 x 0.88
= 50.0984 fails a line of 50.00). Source: one merchant's reading of platform receipts, 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod

from shopkit.offers.model import OfficialRounding
from shopkit.offers.reductions import OFFICIAL_EXACT_BELOW, YUAN
from shopkit.values import WHOLE


@dataclass(frozen=True, slots=True)
class Terms:
    """What comes off a sign-up price: the official ``rate``, then the item's own reductions.

    ``shares`` (ppm) are taken one after the other of what the official reduction leaves, as the
    price engine does, then ``amount`` (minor units). No share takes all.
    """

    rate: int = 0
    shares: tuple[int, ...] = ()
    amount: int = 0

    @property
    def scale(self) -> int:
        """How many parts a minor unit has in ``final_scaled``, so that nothing is rounded."""
        return int(WHOLE ** (1 + len(self.shares)))


def final_scaled(signup: int, terms: Terms, rounding: OfficialRounding) -> int:
    """What is compared with the line, in parts of a minor unit (``terms.scale``): unrounded.

    The official reduction is exact below 100 yuan; from there on "up" rounds it up to whole yuan.
    """
    if rounding == "up" and signup >= OFFICIAL_EXACT_BELOW:
        off = -(-signup * terms.rate // (WHOLE * YUAN)) * YUAN * WHOLE
    else:
        off = signup * terms.rate
    left = (signup * WHOLE - off) * prod(WHOLE - share for share in terms.shares)
    return max(0, left - terms.amount * terms.scale)


def final_text(signup: int, terms: Terms, roundings: Sequence[OfficialRounding]) -> str:
    """The dearest final price of these roundings, in yuan with all its decimals: 50.0984."""
    dearest = max(final_scaled(signup, terms, one) for one in roundings)
    exact = Decimal(dearest) / terms.scale / YUAN
    cents = exact.quantize(Decimal("0.01"))
    return f"{cents if cents == exact else exact.normalize():f}"


def final_least(signup: int, terms: Terms, roundings: Sequence[OfficialRounding]) -> int:
    """The least that a buyer may pay, rounded down to the minor unit."""
    return min(final_scaled(signup, terms, one) for one in roundings) // terms.scale


def passes(signup: int, line: int, terms: Terms, roundings: Sequence[OfficialRounding]) -> bool:
    """Whether a sign-up price holds the line under all these roundings."""
    return all(final_scaled(signup, terms, one) <= line * terms.scale for one in roundings)


def largest(
    line: int,
    terms: Terms,
    roundings: Sequence[OfficialRounding] = ("exact", "up"),
    step: int = YUAN,
    at_most: int | None = None,
) -> int:
    """The largest multiple of ``step`` (up to ``at_most``) that passes; 0 where none does.

    Line 350.00 at 12 %: exact 397 (398 gives 350.24), up 398 (398 - 48 = 350), unknown 397.
    Searched downward from a price that surely fails: around 100 yuan, where the rounding begins,
    what passes is no simple interval. Raises ValueError for a reduction that leaves nothing.
    """
    if not all(0 <= share < WHOLE for share in (terms.rate, *terms.shares)):
        raise ValueError("the reductions take all")
    left = prod(WHOLE - share for share in terms.shares)
    before_own = -(-(line + terms.amount) * (terms.scale // WHOLE) // left)
    most = (before_own + YUAN) * WHOLE // (WHOLE - terms.rate) + step
    most = most if at_most is None else min(most, at_most)
    for signup in range(most // step * step, 0, -step):
        if passes(signup, line, terms, roundings):
            return signup
    return 0
