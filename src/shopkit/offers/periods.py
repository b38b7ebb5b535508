"""Offers over time: the stretches in which the same ones are in force, from a moment on.

for period in periods_of(offers, now):
    final_prices(goods, period.offers, reading)      # what a buyer pays in that stretch
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from shopkit.offers.model import Offer


@dataclass(frozen=True, slots=True)
class Period:
    """From ``begins`` up to ``ends`` (None: for good) just these offers are in force."""

    begins: dt.datetime
    ends: dt.datetime | None
    offers: tuple[Offer, ...]


def periods_of(offers: Sequence[Offer], since: dt.datetime) -> list[Period]:
    """Every stretch from ``since`` on, in order; the last has no end. At least one."""
    turns = {moment for one in offers for moment in (one.starts, one.ends) if moment is not None}
    begins = [since, *sorted(moment for moment in turns if moment > since)]
    ends = [*begins[1:], None]
    return [
        Period(begin, end, tuple(one for one in offers if one.runs(begin)))
        for begin, end in zip(begins, ends, strict=True)
    ]


def to_come(offers: Sequence[Offer], since: dt.datetime) -> tuple[Offer, ...]:
    """The offers that are or will be in force: all but those that have ended."""
    return tuple(one for one in offers if one.ends is None or one.ends > since)
