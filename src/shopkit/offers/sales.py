"""A sales history as one row a SKU and day, freed of days that tell nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from shopkit.offers.arrays import Flags, Floats, Ints, summed

NOT_TOLD = -1
"""The stock of a day on which the file tells none."""
FAR = 3_000
"""An observation window longer than this many days is a wrong date, not a history."""


@dataclass(frozen=True, slots=True)
class Days:
    """One row a SKU and day, by SKU then day; all days of a SKU are in the same part of a history.

    ``sku`` counts the SKUs of the history from 0, ``day`` from 1970-01-01. ``price``: the mean
    of what was paid that day, minor units. ``stock`` in the morning, the most that a line tells.
    """

    sku: Ints
    day: Ints
    price: Floats
    units: Floats
    promo: Flags
    stock: Ints

    def __len__(self) -> int:
        return len(self.day)

    def at(self, where: Flags | Ints) -> Days:
        """Some of the rows."""
        return Days(
            self.sku[where],
            self.day[where],
            self.price[where],
            self.units[where],
            self.promo[where],
            self.stock[where],
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the whole history tells of every SKU's days. ``end``: the day after the last one.

    ``lists_sales``: whether it has no day without a sale, so that such days are passed over.
    """

    end: int
    lists_sales: bool
    promo_days: Ints


@dataclass(frozen=True, slots=True)
class Usable:
    """The days that a fit can use, how many were put in, and how many stock ran out on."""

    days: Days
    put_in: int
    sold_out: int


def usable_days(days: Days, calendar: Calendar) -> Usable:
    """Put in the days that the file passes over and leave out what would mislead a fit.

    A file without a single day of 0 sales lists sales only: the days between, up to its last one,
    are put in with 0 units at the last price. Left out are days on which stock ran out or was too
    short for a usual day (what sold then says what was there, not what was wanted).
    """
    put_in = 0
    if calendar.lists_sales:
        days, put_in = _with_quiet_days(days, calendar)
    short = _short_of_stock(days)
    return Usable(days.at(~short), put_in, int(short.sum()))


def _with_quiet_days(days: Days, calendar: Calendar) -> tuple[Days, int]:
    """Put in the days that a list of sales passes over: nothing sold, at the price before."""
    last_of_sku = np.append(days.sku[1:] != days.sku[:-1], True)[: len(days)]
    following = np.append(days.day[1:], 0)[: len(days)]
    gap = np.where(last_of_sku, calendar.end, following) - days.day
    gap = np.clip(gap, 1, FAR)
    source = np.repeat(np.arange(len(gap)), gap)
    offset = np.arange(len(source)) - np.repeat(np.cumsum(gap) - gap, gap)
    put_in = offset > 0
    full = days.at(source)
    day = full.day + offset
    full = replace(
        full,
        day=day,
        units=np.where(put_in, 0.0, full.units),
        promo=np.where(put_in, np.isin(day, calendar.promo_days), full.promo),
        stock=np.where(put_in, NOT_TOLD, full.stock),
    )
    return full, int(put_in.sum())


def _short_of_stock(days: Days) -> Flags:
    """Days whose stock cannot show the demand: all sold, or less there than a good day takes.

    The second looks only at what was known in the morning. Dropping nothing but sold-out days
    would keep, of days with little stock, just those on which little was wanted.
    """
    told = days.stock != NOT_TOLD
    sold_out = told & (days.stock <= days.units)
    sku = days.sku - days.sku[0] if len(days) else days.sku
    size = int(sku[-1]) + 1 if len(days) else 0
    open_days = summed(sku, ~sold_out, size)
    mean = summed(sku, days.units * ~sold_out, size) / np.maximum(open_days, 1)
    good_day = mean + 2 * np.sqrt(mean)
    short: Flags = sold_out | (told & (days.stock < good_day[sku]))
    return short
