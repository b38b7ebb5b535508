"""The sales table of a shop as the lines that ``daily_sales`` sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from shopkit.offers.arrays import Ints
from shopkit.offers.sales import NOT_TOLD, SalesLines
from shopkit.runtime.casts import Value
from shopkit.runtime.typed import Loaded, Typed

if TYPE_CHECKING:
    import pandas as pd

_FIRST_DAY = dt.date(1970, 1, 1).toordinal()


def read_sales(
    source: Path | str | pd.DataFrame,
    *,
    encoding: str | None = None,
    shop: Path | None = None,
    category_of: Mapping[str, str] | None = None,
) -> tuple[SalesLines, Loaded]:
    """Read a sales history; also how it was loaded, with the rows that were refused.

    ``category_of``: SKU -> category, for those whose category the history does not tell; a SKU
    with neither is in a category without a name. Raises InputRefused for a file that is refused.
    """
    from shopkit.runtime.typed import load_rows

    loaded = load_rows("sales", source, encoding=encoding, shop=shop)
    known = category_of or {}
    rows = [record.values for record in loaded.records]
    sku_names, sku = _codes([str(row["sku_id"]) for row in rows])
    categories = [str(row["category"] or known.get(str(row["sku_id"]), "")) for row in rows]
    category_names, category = _codes(categories)
    return SalesLines(
        skus=sku_names,
        categories=category_names,
        sku=sku,
        category=category,
        day=np.array([_day(row) for row in rows], np.int64),
        price=np.array([_price(row) for row in rows], np.int64),
        units=np.array([_number(row, "units") for row in rows], np.float64),
        promo=np.array([bool(row["promo"]) for row in rows], np.bool_),
        stock=np.array([_stock(row) for row in rows], np.int64),
    ), loaded


def categories_of(records: list[Typed]) -> dict[str, str]:
    """SKU -> category of a catalogue."""
    return {
        str(one.values["sku_id"]): str(one.values["category"])
        for one in records
        if one.values["category"]
    }


def _codes(names: list[str]) -> tuple[list[str], Ints]:
    """The distinct names in order, and the place of each name among them."""
    distinct = sorted(set(names))
    place = {name: number for number, name in enumerate(distinct)}
    return distinct, np.array([place[name] for name in names], np.int64)


def _day(row: Mapping[str, Value]) -> int:
    return cast(dt.datetime, row["date"]).toordinal() - _FIRST_DAY


def _price(row: Mapping[str, Value]) -> int:
    """What a piece went at: the price, else the money by the pieces; 0 where neither is told."""
    price, revenue, units = row["price"], row["revenue"], _number(row, "units")
    if price is None and revenue is not None and units > 0:
        return round(cast(int, revenue) / units)
    return cast(int, price or 0)


def _number(row: Mapping[str, Value], name: str) -> int:
    return cast(int, row[name] or 0)


def _stock(row: Mapping[str, Value]) -> int:
    return NOT_TOLD if row["stock"] is None else max(cast(int, row["stock"]), 0)
