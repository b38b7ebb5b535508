"""Offers against a catalogue: each SKU's worst final price against its floor and recent price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shopkit.offers.catalogue import QUANTITIES, Amounts, Goods, masks_for
from shopkit.offers.floors import FloorCheck, check, floor_price
from shopkit.offers.model import Offer, Reading
from shopkit.offers.offer_cells import read_ids
from shopkit.offers.plan_catalogue import current_price
from shopkit.offers.unread import unread_rows
from shopkit.runtime.job import Figure, Outcome
from shopkit.runtime.publish import Ended
from shopkit.runtime.typed import Loaded, Typed
from shopkit.values import money_text

EVIDENCE = (
    "list_price",
    "final",
    "floor",
    "under_list_percent",
    "recent",
    "under_recent_percent",
    "case",
    "drop",
    "then",
    "face",
)
_RECENT = dt.timedelta(days=15)  # the platforms' own window: 近15天最低普惠券后价


@dataclass(frozen=True)
class Recent:
    """What buyers paid of late: SKU -> lowest final price, minor units.

    More than ``most`` per cent below it is for a person to read.
    """

    finals: Mapping[str, int]
    most: float


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


def check_catalogue(
    catalog: Loaded,
    offers: Sequence[Offer],
    reading: Reading,
    *,
    fee: int = 0,
    margin: int = 0,
    recent: Recent | None = None,
) -> list[Ended]:
    """Every SKU: ok where its floor holds over all stacks, review with the offer to drop, failed
    without a price. The floor is cost / (1 - fee - margin), or the catalogue's own where higher.
    """
    priced, goods = priced_goods(catalog, offers)
    floors = np.array([_floor(one.values, fee, margin) for one in priced], np.int64)
    found = check(goods, np.maximum(floors, 0), offers, reading, QUANTITIES)
    places = {one.row.number: place for place, one in enumerate(priced)}
    ended = unread_rows(catalog)
    for one in catalog.records:
        sku = str(one.values["sku_id"])
        place = places.get(one.row.number)
        if place is None:
            outcome = Outcome("failed", "price_missing", {"sku": sku})
        else:
            outcome = _outcome(found, place, sku, int(goods.prices[place]), floors, offers, recent)
        ended.append(Ended(one.row, sku, outcome))
    return sorted(ended, key=lambda one: one.row.number)


def _outcome(
    found: FloorCheck,
    place: int,
    sku: str,
    price: int,
    floors: Amounts,
    offers: Sequence[Offer],
    recent: Recent | None,
) -> Outcome:
    final, floor = int(found.final[place]), int(floors[place])
    before = recent.finals.get(sku) if recent else None
    evidence: dict[str, Figure] = {
        "list_price": money_text(price),
        "final": money_text(final),
        "floor": money_text(floor) if floor >= 0 else None,
        "under_list_percent": _under(final, price),
        "recent": None if before is None else money_text(before),
        "under_recent_percent": None if before is None else _under(final, before),
        "case": str(found.cases[found.case[place]]),
    }
    if floor >= 0 and not found.holds[place]:
        return _below(found, place, sku, offers, evidence)
    fall = evidence["under_recent_percent"]
    if recent is not None and isinstance(fall, float) and fall > recent.most:
        told = {name: evidence[name] for name in ("final", "recent")}
        return Outcome(
            "review", "final_far_under_recent", {"sku": sku, "percent": fall, **told}, evidence
        )
    if floor < 0:
        return Outcome("review", "cost_missing", {"sku": sku}, evidence)
    return Outcome("ok", evidence=evidence)


def _below(
    found: FloorCheck,
    place: int,
    sku: str,
    offers: Sequence[Offer],
    evidence: dict[str, Figure],
) -> Outcome:
    """Below its floor: which offer to drop, and the largest face of it that fits."""
    dropped = offers[found.drop[place]] if found.drop[place] >= 0 else None
    face = money_text(int(found.face[place])) if found.face[place] > 0 else None
    mended: dict[str, Figure] = {
        "drop": dropped.id if dropped else None,
        "then": money_text(int(found.then[place])) if dropped else None,
        "face": face,
    }
    told: dict[str, Figure] = {
        "sku": sku,
        "new": evidence["list_price"],
        "final": evidence["final"],
        "floor": evidence["floor"],
        "offer": (dropped.name or dropped.id) if dropped else "-",
        "face": face or "-",
    }
    return Outcome("review", "below_floor_after_offers", told, {**evidence, **mended})


def _under(final: int, price: int) -> float | None:
    """How far below, in per cent with one decimal."""
    return round(100 * (1 - final / price), 1) if price else None


def _floor(values: Mapping[str, object], fee: int, margin: int) -> int:
    """The higher of the cost's floor and the catalogue's own; -1 where neither is known."""
    cost, own = values["cost"], values["floor_price"]
    of_cost = floor_price(cost, fee, margin) if isinstance(cost, int) else -1
    return max(of_cost, own if isinstance(own, int) else -1)
