"""Offers against a catalogue: each SKU's worst final price against its floor and recent price.

Offers that start later count in the time they are in force: every stretch from now on in which
the set of offers is another one is tested, and a row tells its worst one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shopkit.offers.catalogue import QUANTITIES, Amounts, FinalPrices, Goods, final_prices
from shopkit.offers.coupon_outcome import Judge, Recent
from shopkit.offers.floors import floor_price
from shopkit.offers.model import BasketLine, Offer, Reading
from shopkit.offers.offer_cells import read_ids
from shopkit.offers.periods import Period, periods_of
from shopkit.offers.plan_catalogue import Catalogue, catalogue_of, moment
from shopkit.offers.stacking import quote
from shopkit.offers.unread import unread
from shopkit.runtime.again import Again
from shopkit.runtime.columns_rows import given_rows
from shopkit.runtime.job import Outcome
from shopkit.runtime.publish import Ended
from shopkit.values import money_text

if TYPE_CHECKING:
    from shopkit.runtime.columns import Columns

PERIODS = ("from", "to", "offers", "below", "sku_id", "final", "case", "stack")
_RECENT = dt.timedelta(days=15)  # the platforms' own window: 近15天最低普惠券后价


@dataclass(frozen=True)
class CatalogueCheck:
    """Every SKU in its worst period; every period with the SKU it is worst for (PERIODS).

    ``goods``: the SKUs that have a price. The rows are made from the catalogue's database each
    time they are gone through.
    """

    rows: Again[Ended]
    periods: list[dict[str, str]]
    goods: Goods


def check_catalogue(
    catalog: Columns,
    offers: Sequence[Offer],
    reading: Reading,
    *,
    now: dt.datetime,
    fee: int = 0,
    margin: int = 0,
    recent: Recent | None = None,
) -> CatalogueCheck:
    """Every SKU: ok where its floor holds from now on over all stacks, review with what to drop.

    Failed without a price. The floor is cost / (1 - fee - margin), or the catalogue's own where
    higher. ``catalog`` was read with ``keep_rows``; ``recent``: of each of its SKUs.
    """
    of = catalogue_of(catalog, now)
    priced = np.flatnonzero(of.price >= 0)
    goods = Goods(of.price, of.covered(offers)).part(priced)
    floors = _floors(of, fee, margin)[priced]
    recent = recent.part(priced) if recent else None
    periods = periods_of(offers, now)
    worst, told = np.zeros(len(goods), np.int64), []
    broken = np.full(len(goods), len(periods))  # the first period in which a floor breaks
    lowest = goods.prices + 1
    for number, period in enumerate(periods):
        found = final_prices(goods, period.offers, reading, QUANTITIES)
        worst[found.worst < lowest] = number
        lowest = np.minimum(lowest, found.worst)
        broken = np.where(found.worst < floors, np.minimum(broken, number), broken)
        told.append(_told(catalog, of.line[priced], goods, floors, period, found, reading))
    judges, place = [], np.zeros(len(goods), np.int64)
    for number, period in enumerate(periods):
        mine = np.flatnonzero(worst == number)
        place[mine] = np.arange(len(mine))
        part = recent.part(mine) if recent else None
        later = number > 0
        judges.append(Judge.of(goods.part(mine), floors[mine], period, reading, part, later=later))
    verdicts = _Verdicts(of.line[priced], periods, judges, worst, place, broken)
    rows = Again(len(of) + catalog.rejected, lambda: _rows(catalog, verdicts))
    return CatalogueCheck(rows, told, goods)


def recent_finals(catalog: Columns, history: Columns, now: dt.datetime) -> Amounts:
    """Each SKU's lowest final price of 15 days: the history's own column of it, else dated rows.

    -1 where none is known. Both tables are in one database; ``now`` is in the shop's time zone.
    """
    fresh = f"ts BETWEEN {moment(now - _RECENT)} AND {moment(now)}"
    price = f"coalesce(lowest_final_15d, CASE WHEN {fresh} THEN final_price END)"
    lows = f"(SELECT sku_id, min({price}) AS low FROM {history.table} GROUP BY sku_id)"  # noqa: S608
    joined = f"LEFT JOIN {lows} AS recent USING (sku_id)"
    return catalog.arrays("coalesce(recent.low, -1)", joined=joined)[0]


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """What is known of the SKUs that have a price; ``line`` rises.

    ``worst``: the period of each, ``place``: where it stands with that period's judge,
    ``broken``: the first period in which its floor breaks.
    """

    line: Amounts
    periods: Sequence[Period]
    judges: list[Judge]
    worst: Amounts
    place: Amounts
    broken: Amounts

    def outcome(self, index: int, sku: str) -> Outcome:
        """What is said of one."""
        broken, judge = int(self.broken[index]), self.judges[int(self.worst[index])]
        since = self.periods[broken].begins if broken < len(self.periods) else None
        return judge.outcome(int(self.place[index]), sku, since)


def _told(
    catalog: Columns,
    line: Amounts,
    goods: Goods,
    floors: Amounts,
    period: Period,
    found: FinalPrices,
    reading: Reading,
) -> dict[str, str]:
    """A period: its offers, how many SKUs fall below, and the stack of the one furthest below."""
    row = {
        "from": f"{period.begins:%Y-%m-%d %H:%M}",
        "to": f"{period.ends:%Y-%m-%d %H:%M}" if period.ends else "",
        "offers": " ".join(one.id for one in period.offers),
        "below": str(int((found.worst < floors).sum())),
    }
    if not len(goods):
        return row
    place = int(np.where(floors < 0, found.worst.max(), found.worst - floors).argmin())
    case = found.cases[found.worst_case[place]]
    names = "sku_id, coalesce(item_id, ''), coalesce(tags, '')"
    query = f"SELECT {names} FROM {catalog.table} WHERE _line = {line[place]}"  # noqa: S608
    ((sku, item, tags),) = catalog.db.execute(query).fetchall()
    basket = BasketLine(sku, int(goods.prices[place]), case.quantity, item, read_ids([tags]))
    done = quote([basket], period.offers, case.assumption, levels=reading.levels)
    return {
        **row,
        "sku_id": sku,
        "final": money_text(int(found.worst[place])),
        "case": str(case),
        "stack": " ".join(step.offer.id for step in done.applied if step.off),
    }


def _rows(catalog: Columns, verdicts: _Verdicts) -> Iterator[Ended]:
    several, index = "count(*) OVER (PARTITION BY sku_id) > 1", 0
    for one in given_rows(catalog, "sku_id", several):
        if one.reject is not None:
            yield unread(one.row, one.reject)
            continue
        sku, twice = one.values
        outcome = Outcome("failed", "price_missing", {"sku": sku})
        if index < len(verdicts.line) and verdicts.line[index] == one.row.line:
            outcome = verdicts.outcome(index, sku)
            index += 1
        if twice:  # which of its prices is the true one?
            outcome = Outcome("failed", "sku_listed_twice", {"sku": sku})
        yield Ended(one.row, sku, outcome)


def _floors(of: Catalogue, fee: int, margin: int) -> Amounts:
    """The higher of the cost's floor and the catalogue's own; -1 where neither is known."""
    of_cost = np.where(of.cost >= 0, floor_price(of.cost, fee, margin), -1)
    return np.asarray(np.maximum(of_cost, of.floor), np.int64)
