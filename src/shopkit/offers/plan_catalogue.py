"""The shop's SKUs as a plan sees them: figures as arrays, words where they are, in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shopkit.offers.catalogue import Amounts, Flags
from shopkit.offers.model import Offer
from shopkit.offers.offer_cells import read_ids
from shopkit.runtime.columns_cells import text_of

if TYPE_CHECKING:
    from shopkit.offers.price_rules import Rule
    from shopkit.runtime.columns import Columns

Texts = NDArray[np.object_]
NOTHING = -1
"""Stands for what is not known in a column of amounts or counts."""

RIVAL_DAYS = 14
"""A rival's price that was seen longer ago than this is not followed."""

_COVER = """CASE WHEN stock >= 0 AND sold_30d > 0 THEN stock * 30 // sold_30d
WHEN stock >= 0 AND sold_30d = 0 THEN 1000 END"""


@dataclass(frozen=True)
class Catalogue:
    """SKUs as columns; NOTHING where a figure is not known. Money in minor units.

    ``cover``: stock over what sold a day in the last 30 days (none sold: a thousand days).
    ``age``: days since it was listed. ``lowest``: the lowest price of 30 days. ``rival``: the
    lowest that a rival asks. ``began``: the price that today began with. ``table`` has the words.
    """

    table: Columns
    line: Amounts  # in the file, header included
    price: Amounts
    cost: Amounts
    stock: Amounts
    sold: Amounts
    cover: Amounts
    age: Amounts
    floor: Amounts
    map_price: Amounts
    item_price: Amounts  # the item's own, shown beside its SKUs' prices
    lowest: Amounts
    began: Amounts
    rival: Amounts
    locked: Flags

    def __len__(self) -> int:
        return len(self.price)

    def named(self, rules: Sequence[Rule]) -> list[Flags]:
        """For each rule the SKUs that have its category, its tag, and an id or code of its form."""
        return self._flags([self._naming(rule) for rule in rules])

    def covered(self, offers: Sequence[Offer]) -> dict[str, Flags]:
        """Who is in the scope of each offer; no entry: everyone is."""
        scoped = [one for one in offers if not one.scope.whole_shop or one.scope.without]
        flags = self._flags([self._scope(one) for one in scoped])
        return {one.id: mask for one, mask in zip(scoped, flags, strict=True)}

    @cached_property
    def sku_id(self) -> Texts:
        """Every id, for what asks about SKUs by name; a plan by rules never does."""
        return self.table.arrays("sku_id")[0]

    @property
    def item(self) -> Amounts:
        """A number for each item, the same for its SKUs; NOTHING without an item."""
        first = "min(_line) OVER (PARTITION BY item_id)"
        (found,) = self.table.arrays(f"CASE WHEN item_id IS NULL THEN -1 ELSE {first} END")
        return found

    @property
    def twice(self) -> Flags | None:
        """Whose id stands in another row, too; None where every id is its own."""
        (ids,) = self.table.db.execute(
            f"SELECT count(DISTINCT sku_id) FROM {self.table.table}"  # noqa: S608  our own name
        ).fetchall()[0]
        if ids == len(self):
            return None
        return self.table.arrays("count(*) OVER (PARTITION BY sku_id) > 1")[0]

    def _flags(self, conditions: Sequence[str]) -> list[Flags]:
        """Which SKUs each condition in SQL is true of; an empty one is true of all."""
        asked = [one for one in conditions if one]
        found = iter(self.table.arrays(*asked) if asked else ())
        return [next(found) if one else np.ones(len(self), np.bool_) for one in conditions]

    def _naming(self, rule: Rule) -> str:
        told = []
        if rule.category:
            told += _among("category", [rule.category])
        if rule.tag:
            told.append(self._tagged(frozenset([rule.tag])))
        if rule.sku:
            form = text_of(rule.sku.replace("\\", "\\\\"))
            told.append(f"(sku_id GLOB {form} OR coalesce(sku_code GLOB {form}, false))")
        return " AND ".join(told)

    def _scope(self, offer: Offer) -> str:
        scope = offer.scope
        inside = [
            *_among("item_id", scope.items),
            *_among("sku_id", scope.skus),
            *([self._tagged(scope.tags)] if scope.tags else []),
        ]
        left_out = [*_among("item_id", scope.without), *_among("sku_id", scope.without)]
        within = "true" if scope.whole_shop else " OR ".join(inside) or "false"
        return f"({within}) AND NOT ({' OR '.join(left_out) or 'false'})"

    def _tagged(self, wanted: frozenset[str]) -> str:
        """Whether a SKU has one of these tags: by the texts that its column of tags has."""
        texts = self.table.db.execute(f"SELECT DISTINCT tags FROM {self.table.table}").fetchall()  # noqa: S608
        fitting = (text for (text,) in texts if text and wanted & read_ids([text]))
        return next(iter(_among("tags", fitting)), "false")


def catalogue_of(
    table: Columns,
    now: dt.datetime,
    rivals: Columns | None = None,
    history: str | None = None,
    own: str | None = None,
) -> Catalogue:
    """The columns that a plan needs. ``now`` is in the shop's time zone.

    ``history``, ``own``: SQL of tables (sku_id, ts, price) in the same database, one given and the
    shop's own. The lowest price of a SKU is that of the first, else of the catalogue's column,
    else of the shop's own; the price that today began with that of either, else today's.
    """
    figures = {
        "price": "sale_price, list_price",
        "cost": "cost",
        "stock": "stock",
        "sold": "sold_30d",
        "cover": _COVER,
        "age": f"CAST(floor((epoch({moment(now)}) - epoch(created)) / 86400) AS BIGINT)",
        "floor": "floor_price",
        "map_price": "map_price",
        "item_price": "item_price",
        "lowest": "lowest_30d",
    }
    asked = [f"greatest(coalesce({told}, -1), -1)" for told in figures.values()]
    line, *found, locked = table.arrays("_line", *asked, "coalesce(locked, false)")
    known = dict(zip(figures, found, strict=True))
    began = known["price"]
    if own is not None:
        low, price = _history(table, own, now)
        known["lowest"] = np.where(known["lowest"] >= 0, known["lowest"], low)
        began = np.where(price >= 0, price, began)
    if history is not None:
        low, price = _history(table, history, now)
        known["lowest"] = np.where(low >= 0, low, known["lowest"])
        began = np.where(price >= 0, price, began)
    rival = np.full(len(locked), NOTHING) if rivals is None else _rivals(table, rivals, now)
    return Catalogue(table, line, **known, began=began, rival=rival, locked=locked)


def current_price(values: Mapping[str, object]) -> int | None:
    """What a SKU is sold at today: its reduced price where one is set, else its list price."""
    told = (values.get("sale_price"), values.get("list_price"))
    return next((price for price in told if isinstance(price, int)), None)


def _history(table: Columns, history: str, now: dt.datetime) -> list[Amounts]:
    """The lowest price of the 30 days before now, and the price that today began with.

    A price that already held when the 30 days opened is one of them, as in lows.py.
    """
    opens, today = now - dt.timedelta(days=30), dt.datetime.combine(now.date(), dt.time())
    held = f"arg_max(price, ts) FILTER (ts <= {moment(opens)})"
    low = f"least({held}, min(price) FILTER (ts > {moment(opens)}))"
    began = f"arg_max(price, ts) FILTER (ts <= {moment(today)})"
    points = f"{history} WHERE price >= 0 AND ts < {moment(now)}"
    told = f"SELECT sku_id, {low} AS low, {began} AS began FROM {points} GROUP BY sku_id"  # noqa: S608
    joined = f"LEFT JOIN ({told}) AS known USING (sku_id)"
    return table.arrays("coalesce(known.low, -1)", "coalesce(known.began, -1)", joined=joined)


def _rivals(table: Columns, rivals: Columns, now: dt.datetime) -> Amounts:
    """The lowest price of a rival, seen of late, for each SKU, else for its item."""
    since = moment(now - dt.timedelta(days=RIVAL_DAYS))
    seen = f"rival_price > 0 AND coalesce(seen_at >= {since}, true)"
    lows = " UNION ALL ".join(
        f"SELECT {key} AS key, rival_price AS price FROM {rivals.table} WHERE {seen}"  # noqa: S608
        for key in ("sku_id", "item_id")
    )
    told = f"(SELECT key, min(price) AS price FROM ({lows}) GROUP BY key)"  # noqa: S608
    joined = (
        f"LEFT JOIN {told} AS own ON own.key = {table.table}.sku_id "
        f"LEFT JOIN {told} AS whole ON whole.key = {table.table}.item_id"
    )
    return table.arrays("coalesce(own.price, whole.price, -1)", joined=joined)[0]


def moment(at: dt.datetime) -> str:
    """A moment in SQL, as the tables in a database have it: in the shop's time zone."""
    return f"TIMESTAMP {text_of(at.replace(tzinfo=None).isoformat(sep=' '))}"


def _among(column: str, wanted: Iterable[str]) -> list[str]:
    """The condition that a column has one of these texts; none where there are no texts."""
    listed = ", ".join(text_of(one) for one in sorted(wanted))
    return [f"coalesce({column} IN ({listed}), false)"] if listed else []
