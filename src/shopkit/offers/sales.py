"""A sales history as one row a SKU and day: summed, priced, freed of days that tell nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopkit.offers.arrays import Flags, Floats, Ints, summed

NOT_TOLD = -1
"""The stock of a day on which the file tells none."""
_FAR = 3_000  # an observation window longer than this many days is a wrong date, not a history


@dataclass(frozen=True, slots=True)
class SalesLines:
    """The lines of a file, one entry each: codes count ``skus`` and ``categories`` from 0.

    ``day``: days since 1970-01-01. ``price`` of a piece in minor units, 0 or less: not told.
    ``stock`` in the morning, -1: not told. Lines of a day may be many (orders, stores, returns).
    """

    skus: Sequence[str]
    categories: Sequence[str]
    sku: Ints
    category: Ints
    day: Ints
    price: Ints
    units: Floats
    promo: Flags
    stock: Ints


@dataclass(frozen=True, slots=True)
class Sales:
    """One row a SKU and day, by SKU then day; ``days`` is how much of a usual day it counts for.

    ``dropped``: lines or days left out, by why (returns, no_price, sold_out), and those put in
    (quiet_days).
    """

    skus: tuple[str, ...]
    categories: tuple[str, ...]
    category_of: Ints  # a SKU's category: the one of its last line
    sku: Ints
    day: Ints
    price: Floats  # minor units; the mean of what was paid that day
    units: Floats
    promo: Flags
    dropped: dict[str, int] = field(default_factory=dict)


def daily_sales(lines: SalesLines) -> Sales:
    """Sum a file's lines to days and leave out what would mislead a fit.

    Left out: returns (negative quantities: they answer an earlier day's price), lines without a
    price, days on which stock ran out or was too short for a usual day (what sold then says what
    was there, not what was wanted). A file without a single day of 0 sales lists sales only: the
    days between, up to its last one, are put in with 0 units at the last price.
    """
    sold = (lines.units >= 0) & (lines.price > 0)
    dropped = {
        "returns": int((lines.units < 0).sum()),
        "no_price": int(((lines.price <= 0) & (lines.units >= 0)).sum()),
    }
    days = _summed(lines, sold)
    if len(days["sku"]) and not (days["units"] == 0).any():
        days, put_in = _with_quiet_days(days)
        dropped["quiet_days"] = put_in
    kept = ~_short_of_stock(days)
    dropped["sold_out"] = int((~kept).sum())
    category_of = np.zeros(len(lines.skus), np.int64)
    category_of[lines.sku] = lines.category
    return Sales(
        tuple(lines.skus),
        tuple(lines.categories),
        category_of,
        days["sku"][kept],
        days["day"][kept],
        days["price"][kept],
        days["units"][kept],
        days["promo"][kept],
        dropped,
    )


def _summed(lines: SalesLines, used: Flags) -> dict[str, NDArray[Any]]:
    """One row a SKU and day: units summed, the mean price paid, the most stock told."""
    sku, day = lines.sku[used], lines.day[used]
    units, price = lines.units[used], lines.price[used].astype(np.float64)
    first = int(day.min()) if len(day) else 0
    span = int(day.max()) - first + 1 if len(day) else 1
    keys, place = np.unique(sku * span + (day - first), return_inverse=True)
    count = np.bincount(place, minlength=len(keys))
    sold = summed(place, units, len(keys))
    paid = summed(place, units * price, len(keys))
    asked = summed(place, price, len(keys))
    stock = np.full(len(keys), NOT_TOLD, np.int64)
    np.maximum.at(stock, place, lines.stock[used])
    return {
        "sku": keys // span,
        "day": keys % span + first,
        "price": np.where(sold > 0, paid / np.maximum(sold, 1e-9), asked / np.maximum(count, 1)),
        "units": sold,
        "promo": summed(place, lines.promo[used], len(keys)) > 0,
        "stock": stock,
    }


def _with_quiet_days(days: dict[str, NDArray[Any]]) -> tuple[dict[str, NDArray[Any]], int]:
    """Put in the days that a list of sales passes over: nothing sold, at the price before."""
    last_of_sku = np.append(days["sku"][1:] != days["sku"][:-1], True)
    end = int(days["day"].max()) + 1
    following = np.append(days["day"][1:], 0)
    gap = np.where(last_of_sku, end, following) - days["day"]
    gap = np.clip(gap, 1, _FAR)
    source = np.repeat(np.arange(len(gap)), gap)
    offset = np.arange(len(source)) - np.repeat(np.cumsum(gap) - gap, gap)
    promo_days = np.unique(days["day"][days["promo"]])
    day = days["day"][source] + offset
    put_in = offset > 0
    return {
        "sku": days["sku"][source],
        "day": day,
        "price": days["price"][source],
        "units": np.where(put_in, 0.0, days["units"][source]),
        "promo": np.where(put_in, np.isin(day, promo_days), days["promo"][source]),
        "stock": np.where(put_in, NOT_TOLD, days["stock"][source]),
    }, int(put_in.sum())


def _short_of_stock(days: dict[str, NDArray[Any]]) -> Flags:
    """Days whose stock cannot show the demand: all sold, or less there than a good day takes.

    The second looks only at what was known in the morning. Dropping nothing but sold-out days
    would keep, of days with little stock, just those on which little was wanted.
    """
    told = days["stock"] != NOT_TOLD
    sold_out = told & (days["stock"] <= days["units"])
    size = int(days["sku"].max()) + 1 if len(days["sku"]) else 0
    open_days = summed(days["sku"], ~sold_out, size)
    mean = summed(days["sku"], days["units"] * ~sold_out, size) / np.maximum(open_days, 1)
    good_day = mean + 2 * np.sqrt(mean)
    short: Flags = sold_out | (told & (days["stock"] < good_day[days["sku"]]))
    return short
