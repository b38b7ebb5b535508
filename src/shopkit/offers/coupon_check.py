"""Offers against a catalogue: each worst final price against its floor; dead and twin offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from shopkit.offers.catalogue import QUANTITIES, Amounts, Goods, masks_for
from shopkit.offers.floors import FloorCheck, check, floor_price
from shopkit.offers.model import Offer, Reading
from shopkit.offers.offer_cells import read_ids
from shopkit.offers.words import gives
from shopkit.runtime.job import Figure, Outcome
from shopkit.runtime.publish import Ended
from shopkit.runtime.typed import Loaded
from shopkit.values import money_text

EVIDENCE = ("list_price", "final", "floor", "under_list_percent", "case", "drop", "then", "face")


def check_catalogue(
    catalog: Loaded,
    offers: Sequence[Offer],
    reading: Reading,
    *,
    fee: int = 0,
    margin: int = 0,
) -> list[Ended]:
    """Every SKU: ok where its floor holds over all stacks, review with the offer to drop, failed
    without a price. The floor is cost / (1 - fee - margin), or the catalogue's own where higher.
    """
    priced = [one for one in catalog.records if _price(one.values) is not None]
    prices = np.array([_price(one.values) or 0 for one in priced], np.int64)
    floors = np.array([_floor(one.values, fee, margin) for one in priced], np.int64)
    masks = masks_for(
        offers,
        [str(one.values.get("item_id") or "") for one in priced],
        [str(one.values["sku_id"]) for one in priced],
        [read_ids([str(one.values.get("tags") or "")]) for one in priced],
    )
    found = check(Goods(prices, masks), np.maximum(floors, 0), offers, reading, QUANTITIES)
    places = {one.row.number: place for place, one in enumerate(priced)}
    ended = []
    for one in catalog.records:
        sku = str(one.values["sku_id"])
        place = places.get(one.row.number)
        if place is None:
            outcome = Outcome("failed", "price_missing", {"sku": sku})
        else:
            outcome = _outcome(found, place, sku, int(prices[place]), floors, offers)
        ended.append(Ended(one.row, sku, outcome))
    return ended


def remarks(catalog: Loaded, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """What is odd about the offers themselves: dead ones, overlaps, exposure."""
    prices = [price for one in catalog.records if (price := _price(one.values)) is not None]
    dearest = max(prices, default=0) * max(QUANTITIES)
    rows = []
    for one in offers:
        face = one.tiers[-1].value if one.kind == "minus" else 0
        dead = one.has_threshold and one.tiers[0].amount > dearest
        rows.append(
            {
                "offer": one.id,
                "gives": gives(one.kind, one.tiers, each_per=one.each_per),
                "exposure": money_text(face * one.total) if face and one.total else "",
                "remark": "dead" if dead else "",
                "with": "",
            }
        )
    for first, second in combinations([one for one in offers if one.level == "coupon"], 2):
        if first.scope == second.scope and _overlap(first, second):
            row = next(row for row in rows if row["offer"] == first.id)
            row["with"] = f"{row['with']} {second.id}".strip()
            row["remark"] = row["remark"] or "overlap"
    return rows


def _overlap(first: Offer, second: Offer) -> bool:
    """Whether two windows share a moment."""
    begins = [one.starts for one in (first, second) if one.starts]
    ends = [one.ends for one in (first, second) if one.ends]
    return not begins or not ends or max(begins) < min(ends)


def _outcome(
    found: FloorCheck,
    place: int,
    sku: str,
    price: int,
    floors: Amounts,
    offers: Sequence[Offer],
) -> Outcome:
    final, floor = int(found.final[place]), int(floors[place])
    dropped = offers[found.drop[place]] if found.drop[place] >= 0 else None
    face = int(found.face[place])
    evidence: dict[str, Figure] = {
        "list_price": money_text(price),
        "final": money_text(final),
        "floor": money_text(floor) if floor >= 0 else None,
        "under_list_percent": round(100 * (1 - final / price), 1) if price else None,
        "case": str(found.cases[found.case[place]]),
        "drop": dropped.id if dropped else None,
        "then": money_text(int(found.then[place])) if dropped else None,
        "face": money_text(face) if face > 0 else None,
    }
    if floor < 0:
        return Outcome("review", "cost_missing", {"sku": sku}, evidence)
    if found.holds[place]:
        return Outcome("ok", evidence=evidence)
    told: dict[str, Figure] = {
        "sku": sku,
        "new": money_text(price),
        "final": money_text(final),
        "floor": money_text(floor),
        "offer": (dropped.name or dropped.id) if dropped else "-",
        "face": money_text(face) if face > 0 else "-",
    }
    return Outcome("review", "below_floor_after_offers", told, evidence)


def _price(values: Mapping[str, object]) -> int | None:
    price = values.get("list_price")
    price = values.get("sale_price") if price is None else price
    return price if isinstance(price, int) else None


def _floor(values: Mapping[str, object], fee: int, margin: int) -> int:
    """The higher of the cost's floor and the catalogue's own; -1 where neither is known."""
    cost, own = values.get("cost"), values.get("floor_price")
    of_cost = floor_price(cost, fee, margin) if isinstance(cost, int) else -1
    return max(of_cost, own if isinstance(own, int) else -1)
