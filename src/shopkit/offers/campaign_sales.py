"""What was sold before a campaign: whether an item sells at all, and who may ask money back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopkit.offers.plan_catalogue import moment

if TYPE_CHECKING:
    from shopkit.runtime.columns import Columns

# Our own names, and moments; a price is what a piece went at, else revenue by pieces, rounded up.
# ruff: noqa: S608
_PRICE = """coalesce(price, CASE WHEN revenue > 0 THEN (revenue + units - 1) // units
    ELSE revenue // units END)"""


@dataclass(frozen=True, slots=True)
class Sold:
    """Sales before a campaign of the SKUs and items of a sheet.

    ``pieces``: by item, of late; ``dearer``: by SKU, (price, pieces) sold while price protection
    runs (minor units).
    """

    pieces: Mapping[str, int]
    dearer: Mapping[str, Sequence[tuple[int, int]]]

    def protected(self, sku: str, final: int) -> tuple[int, int]:
        """Pieces sold above ``final``, and the difference in all."""
        above = [(units, units * (price - final)) for price, units in self.dearer.get(sku, ())]
        above = [(units, money) for units, money in above if money > 0]
        return sum(units for units, _ in above), sum(money for _, money in above)


def sold_of(
    sales: Columns, sheet: str, now: dt.datetime, of_late: dt.datetime, protected: dt.datetime
) -> Sold:
    """The sales up to now: pieces since ``of_late``, prices since ``protected``.

    ``sheet``: the table (sku_id, item_id) of the sheet in the same database. A SKU that it has not
    counts for the item that the sales tell, where that is one of the sheet's.
    """
    told = f"units > 0 AND date <= {moment(now)}"
    pieces = f"""
        WITH items AS (
            SELECT sku_id, arg_max(item_id, _line) AS item FROM {sales.table}
            WHERE item_id IS NOT NULL GROUP BY sku_id)
        SELECT coalesce({sheet}.item_id, items.item, sku_id) AS name, CAST(sum(units) AS BIGINT)
        FROM {sales.table} AS sold LEFT JOIN {sheet} USING (sku_id) LEFT JOIN items USING (sku_id)
        WHERE {told} AND date >= {moment(of_late)}
        GROUP BY name HAVING name IN (SELECT item_id FROM {sheet})"""
    dearer = f"""
        SELECT sku_id, {_PRICE} AS paid, CAST(sum(units) AS BIGINT) FROM {sales.table}
        WHERE {told} AND date >= {moment(protected)} AND sku_id IN (SELECT sku_id FROM {sheet})
        GROUP BY sku_id, paid HAVING paid IS NOT NULL"""
    by_sku: dict[str, list[tuple[int, int]]] = {}
    for sku, price, units in sales.db.execute(dearer).fetchall():
        by_sku.setdefault(sku, []).append((price, units))
    return Sold(dict(sales.db.execute(pieces).fetchall()), by_sku)
