"""Offers against a catalogue: each SKU's worst final price against its floor and recent price.

Offers that start later count in the time they are in force: every stretch from now on in which
the set of offers is another one is tested, and a row tells its worst one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shopkit.offers.catalogue import (
    QUANTITIES,
    Amounts,
    FinalPrices,
    Goods,
    final_prices,
    masks_for,
)
from shopkit.offers.coupon_outcome import Judge, Recent
from shopkit.offers.floors import floor_price
from shopkit.offers.model import BasketLine, Offer, Reading
from shopkit.offers.offer_cells import read_ids
from shopkit.offers.periods import Period, periods_of
from shopkit.offers.plan_catalogue import current_price
from shopkit.offers.stacking import quote
from shopkit.offers.unread import unread_rows
from shopkit.runtime.job import Outcome
from shopkit.runtime.publish import Ended
from shopkit.runtime.typed import Loaded, Typed
from shopkit.values import money_text

PERIODS = ("from", "to", "offers", "below", "sku_id", "final", "case", "stack")
_RECENT = dt.timedelta(days=15)  # the platforms' own window: 近15天最低普惠券后价


@dataclass(frozen=True)
class CatalogueCheck:
    """Every SKU in its worst period; every period with the SKU it is worst for (PERIODS)."""

    rows: list[Ended]
    periods: list[dict[str, str]]


def check_catalogue(
    catalog: Loaded,
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
    higher.
    """
    priced, goods = priced_goods(catalog, offers)
    floors = np.array([_floor(one.values, fee, margin) for one in priced], np.int64)
    periods = periods_of(offers, now)
    worst, told = np.zeros(len(goods), np.int64), []
    broken = np.full(len(goods), len(periods))  # the first period in which a floor breaks
    lowest = goods.prices + 1
    for number, period in enumerate(periods):
        found = final_prices(goods, period.offers, reading, QUANTITIES)
        worst[found.worst < lowest] = number
        lowest = np.minimum(lowest, found.worst)
        broken = np.where(found.worst < floors, np.minimum(broken, number), broken)
        told.append(_told(priced, goods, floors, period, found, reading))
    outcomes: dict[int, Outcome] = {}
    for number, period in enumerate(periods):
        mine = np.flatnonzero(worst == number)
        judge = Judge.of(goods.part(mine), floors[mine], period, reading, recent, later=number > 0)
        for place, index in enumerate(mine):
            record = priced[index]
            since = periods[broken[index]].begins if broken[index] < len(periods) else None
            sku = str(record.values["sku_id"])
            outcomes[record.row.number] = judge.outcome(place, sku, since)
    return CatalogueCheck(_rows(catalog, outcomes), told)


def recent_finals(history: Loaded, now: dt.datetime) -> dict[str, int]:
    """SKU -> lowest final price of 15 days: the table's own column of it, else its dated rows."""
    lows: dict[str, int] = {}
    for record in history.records:
        values, sku = record.values, str(record.values["sku_id"])
        at, final, told = values["ts"], values["final_price"], values["lowest_final_15d"]
        fresh = isinstance(at, dt.datetime) and now - _RECENT <= at <= now
        price = told if isinstance(told, int) else final if fresh else None
        if isinstance(price, int):
            lows[sku] = min(price, lows.get(sku, price))
    return lows


def priced_goods(catalog: Loaded, offers: Sequence[Offer]) -> tuple[list[Typed], Goods]:
    """The SKUs that have a price, and the same as columns with the scope of every offer."""
    priced = [one for one in catalog.records if current_price(one.values) is not None]
    prices = np.array([current_price(one.values) or 0 for one in priced], np.int64)
    masks = masks_for(
        offers,
        [str(one.values["item_id"] or "") for one in priced],
        [str(one.values["sku_id"]) for one in priced],
        [read_ids([str(one.values["tags"] or "")]) for one in priced],
    )
    return priced, Goods(prices, masks)


def _told(
    priced: Sequence[Typed],
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
    case, values = found.cases[found.worst_case[place]], priced[place].values
    item, tags = str(values["item_id"] or ""), read_ids([str(values["tags"] or "")])
    sku, price = str(values["sku_id"]), int(goods.prices[place])
    line = BasketLine(sku, price, case.quantity, item, tags)
    done = quote([line], period.offers, case.assumption, levels=reading.levels)
    return {
        **row,
        "sku_id": sku,
        "final": money_text(int(found.worst[place])),
        "case": str(case),
        "stack": " ".join(step.offer.id for step in done.applied if step.off),
    }


def _rows(catalog: Loaded, outcomes: Mapping[int, Outcome]) -> list[Ended]:
    ended = unread_rows(catalog)
    rows = Counter(str(one.values["sku_id"]) for one in catalog.records)
    for one in catalog.records:
        sku = str(one.values["sku_id"])
        found = outcomes.get(one.row.number, Outcome("failed", "price_missing", {"sku": sku}))
        if rows[sku] > 1:  # which of its prices is the true one?
            found = Outcome("failed", "sku_listed_twice", {"sku": sku})
        ended.append(Ended(one.row, sku, found))
    return sorted(ended, key=lambda one: one.row.number)


def _floor(values: Mapping[str, object], fee: int, margin: int) -> int:
    """The higher of the cost's floor and the catalogue's own; -1 where neither is known."""
    cost, own = values["cost"], values["floor_price"]
    of_cost = floor_price(cost, fee, margin) if isinstance(cost, int) else -1
    return max(of_cost, own if isinstance(own, int) else -1)
