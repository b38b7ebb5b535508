"""What was sold before a campaign: whether an item sells at all, and who may ask money back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shopkit.runtime.typed import Loaded


@dataclass(frozen=True, slots=True)
class Sale:
    """Pieces of a SKU sold on a day at a price (minor units; None where the file tells none)."""

    on: dt.datetime
    units: int
    price: int | None


@dataclass(frozen=True, slots=True)
class Sold:
    """Sales by SKU, and each SKU's item where the table tells it."""

    by_sku: Mapping[str, Sequence[Sale]]
    items: Mapping[str, str]

    def pieces(self, item_of: Mapping[str, str], since: dt.datetime) -> Counter[str]:
        """Pieces sold from ``since`` on by item; ``item_of``: SKU -> item, before the table's."""
        told: Counter[str] = Counter()
        for sku, sales in self.by_sku.items():
            item = item_of.get(sku) or self.items.get(sku) or sku
            told[item] += sum(one.units for one in sales if one.on >= since)
        return told

    def protected(self, sku: str, final: int, since: dt.datetime) -> tuple[int, int]:
        """Pieces sold above ``final`` from ``since`` on, and the difference in all."""
        dearer = [
            (one.units, one.units * (one.price - final))
            for one in self.by_sku.get(sku, ())
            if one.on >= since and one.price is not None and one.price > final
        ]
        return sum(units for units, _ in dearer), sum(money for _, money in dearer)


def sold_of(sales: Loaded, now: dt.datetime) -> Sold:
    """The sales of a table up to now. A price is what a piece went at, else revenue by pieces."""
    by_sku: dict[str, list[Sale]] = {}
    items: dict[str, str] = {}
    for record in sales.records:
        values, sku = record.values, str(record.values["sku_id"])
        if item := values.get("item_id"):
            items[sku] = str(item)
        on, units = values.get("date"), values.get("units")
        if isinstance(on, dt.datetime) and isinstance(units, int) and units > 0 and on <= now:
            by_sku.setdefault(sku, []).append(Sale(on, units, _price(values, units)))
    return Sold(by_sku, items)


def _price(values: Mapping[str, object], units: int) -> int | None:
    price, revenue = values.get("price"), values.get("revenue")
    if isinstance(price, int):
        return price
    return -(-revenue // units) if isinstance(revenue, int) else None
