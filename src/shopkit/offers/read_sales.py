"""The sales table of a shop as the lines that ``daily_sales`` sums."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shopkit.offers.sales import NOT_TOLD, SalesLines
from shopkit.runtime.columns import Columns, open_columns, open_database
from shopkit.runtime.rejects import Reject

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_LINES = f"""
    SELECT sku_places.place AS sku, category_places.place AS category,
        date_diff('day', DATE '1970-01-01', CAST(lines.date AS DATE)) AS day,
        coalesce(lines.price, 0) AS price,
        CASE WHEN lines.price IS NULL THEN coalesce(lines.revenue, 0) ELSE 0 END AS revenue,
        CAST(coalesce(lines.units, 0) AS DOUBLE) AS units,
        coalesce(lines.promo, false) AS promo,
        CASE WHEN lines.stock IS NULL THEN {NOT_TOLD} ELSE greatest(lines.stock, 0) END AS stock
    FROM sales_lines AS lines
    JOIN sku_places USING (sku_id) JOIN category_places ON name = in_category
    ORDER BY _line"""  # noqa: S608  our own names


@dataclass(frozen=True, slots=True)
class ReadSales:
    """A sales history read: its lines, and what of the file could not be read."""

    lines: SalesLines
    source: str
    rejects: list[Reject]
    rejected: int


def read_sales(
    source: Path | str | pd.DataFrame,
    *,
    encoding: str | None = None,
    shop: Path | None = None,
    catalog: Path | None = None,
) -> ReadSales:
    """Read a sales history, streamed: what stays in memory is eight numbers a line.

    ``catalog``: names the category of SKUs whose category the history does not tell; a SKU with
    neither is in a category without a name. Raises InputRefused for a file that is refused.
    """
    with open_database() as db:
        found = open_columns("sales", source, db, encoding=encoding, shop=shop)
        goods = None
        if catalog is not None:
            goods = open_columns("catalog", catalog, db, encoding=encoding, shop=shop)
        return ReadSales(_lines(found, goods), found.source, found.read_rejects(), found.rejected)


def _lines(sales: Columns, goods: Columns | None) -> SalesLines:
    db = sales.db
    known = "SELECT NULL AS sku_id, NULL AS category WHERE false"
    if goods is not None:  # of a SKU that stands there twice, the last category
        last = "arg_max(category, _line) AS category"
        known = f"SELECT sku_id, {last} FROM {goods.table} GROUP BY sku_id"  # noqa: S608
    query = f"""SELECT sales.*, coalesce(sales.category, known.category, '') AS in_category
        FROM {sales.table} AS sales LEFT JOIN ({known}) AS known USING (sku_id)"""  # noqa: S608
    db.execute(f"CREATE VIEW sales_lines AS {query}")
    skus = _places(db, "sku_places", "sku_id")
    categories = _places(db, "category_places", "in_category", named="name")
    told: dict[str, NDArray[Any]] = db.execute(_LINES).fetchnumpy()
    return SalesLines(
        skus=skus,
        categories=categories,
        sku=told["sku"],
        category=told["category"],
        day=told["day"],
        price=_price(told["price"], told["revenue"], told["units"]),
        units=told["units"],
        promo=told["promo"],
        stock=told["stock"],
    )


def _places(
    db: duckdb.DuckDBPyConnection, table: str, column: str, *, named: str = ""
) -> list[str]:
    """The distinct texts of a column in order; ``table`` tells the place of each among them."""
    name = named or column
    distinct = f"SELECT DISTINCT {column} AS {name} FROM sales_lines"  # noqa: S608  our own names
    query = f"SELECT {name}, row_number() OVER (ORDER BY {name}) - 1 AS place FROM ({distinct})"  # noqa: S608
    db.execute(f"CREATE TABLE {table} AS {query}")
    found = db.execute(f"SELECT {name} FROM {table} ORDER BY place").fetchall()  # noqa: S608
    return [str(one) for (one,) in found]


def _price(price: NDArray[Any], revenue: NDArray[Any], units: NDArray[Any]) -> NDArray[np.int64]:
    """What a piece went at: the price, else the money by the pieces; 0 where neither is told."""
    by_money = np.rint(revenue / np.maximum(units, 1.0))
    return np.where((revenue != 0) & (units > 0), by_money, price).astype(np.int64)
