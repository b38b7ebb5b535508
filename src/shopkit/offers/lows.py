"""The lowest price before a reduction: what a "was" price may lawfully claim.

EU: Directive 98/6/EC, Art. 6a (since 2022-05-28): the prior price is the lowest that applied
during at least the 30 days before the reduction, [start - 30 days, start). The running promotion
itself does not count; a price that already applied when the window opened does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

DAYS = (7, 15, 30, 90)


@dataclass(frozen=True, slots=True, order=True)
class PricePoint:
    """From ``since`` on a SKU costs ``price`` (minor units)."""

    since: dt.datetime
    price: int


@dataclass(frozen=True, slots=True)
class Low:
    """The lowest price of a window and when it began to hold; None where nothing is known.

    ``short``: the history does not reach back to the window's start (a new arrival).
    """

    price: int | None
    since: dt.datetime | None
    short: bool


def lowest(history: Sequence[PricePoint], at: dt.datetime, days: int) -> Low:
    """The lowest price that applied in the ``days`` before ``at``, which is itself outside."""
    opens = at - dt.timedelta(days=days)
    points = sorted(point for point in history if point.since < at)
    before = [point for point in points if point.since <= opens]
    inside = [point for point in points if point.since > opens]
    applied = [*before[-1:], *inside]
    if not applied:
        return Low(None, None, True)
    low = min(applied, key=lambda point: (point.price, point.since))
    return Low(low.price, low.since, not before)


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be announced. ``reason``: empty, or why not (a reason code)."""

    prior: int | None
    since: dt.datetime | None
    reason: str = ""
    new_arrival: bool = False


def prior_price(
    history: Sequence[PricePoint],
    start: dt.datetime,
    new: int,
    *,
    was: int | None = None,
    days: int = 30,
    progressive_since: dt.datetime | None = None,
) -> Claim:
    """The prior price for a reduction to ``new`` that begins at ``start``.

    ``was``: the price that is to be struck through, refused above the prior one.
    ``progressive_since``: where the member state lets a reduction grow without interruption, the
    start of the first one; the prior price is then the one before that.
    """
    low = lowest(history, progressive_since or start, days)
    if low.price is None:
        return Claim(None, None, "history_missing", True)
    reason = ""
    if new >= low.price:
        reason = "not_a_reduction"
    elif was is not None and was > low.price:
        reason = "was_above_low"
    return Claim(low.price, low.since, reason, low.short)
