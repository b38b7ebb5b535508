"""The sales table of a shop, summed to days in the database and handed out SKUs by SKUs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shopkit.offers.arrays import Ints
from shopkit.offers.sales import FAR, NOT_TOLD, Calendar, Days
from shopkit.runtime.columns import Columns, open_columns, open_database
from shopkit.runtime.rejects import Reject

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_AT_ONCE = 1 << 18  # days handed out at a time
_MEMORY = "256MB"  # of the database; what is over it lies in files

# What a piece went at: the price, else the money by the pieces. Sums are of whole numbers, so
# their order makes no difference.
_LINES = """
    CREATE VIEW sold_lines AS
    SELECT sku_id, CAST(date AS DATE) AS day, CAST(coalesce(units, 0) AS DOUBLE) AS units,
        CAST(CASE WHEN price IS NULL AND revenue <> 0 AND units > 0
            THEN round_even(revenue / units, 0) ELSE coalesce(price, 0) END AS DOUBLE) AS price,
        coalesce(promo, false) AS promo, stock
    FROM {sales}"""
_DAYS = f"""
    CREATE TABLE days AS
    SELECT place AS sku, CAST(day - DATE '1970-01-01' AS INTEGER) AS day,
        CASE WHEN sum(units) > 0 THEN sum(units * price) / sum(units)
            ELSE sum(price) / count(*) END AS price,
        sum(units) AS units, bool_or(promo) AS promo,
        coalesce(max(CASE WHEN stock < 0 THEN 0 ELSE stock END), {NOT_TOLD}) AS stock
    FROM sold_lines JOIN sku_places USING (sku_id)
    WHERE units >= 0 AND price > 0
    GROUP BY ALL ORDER BY sku, day"""  # noqa: S608  our own words
_DROPPED = """
    SELECT count(*) FILTER (units < 0), count(*) FILTER (units >= 0 AND price <= 0)
    FROM sold_lines"""


@dataclass(frozen=True, slots=True)
class SalesHistory:
    """A sales history in a database. ``category_of``: a SKU's category, that of its last line.

    ``dropped``: lines left out, by why: returns (negative quantities: they answer an earlier
    day's price) and no_price.
    """

    db: duckdb.DuckDBPyConnection
    source: str
    skus: tuple[str, ...]
    categories: tuple[str, ...]
    category_of: Ints
    calendar: Calendar
    dropped: Mapping[str, int]
    rejects: list[Reject]
    rejected: int

    def parts(self) -> Iterator[Days]:
        """The days on which there was a price, SKU by SKU, so many SKUs at a time."""
        for first, last in self._ranges():
            query = f"SELECT * FROM days WHERE sku BETWEEN {first} AND {last} ORDER BY sku, day"  # noqa: S608
            yield Days(**self.db.execute(query).fetchnumpy())

    def _ranges(self) -> Iterator[tuple[int, int]]:
        """First and last SKU of each part; days that will be put in are counted, too."""
        span = "count(*)"
        if self.calendar.lists_sales:
            span = f"least({self.calendar.end} - min(day), {FAR} * count(*))"
        query = f"SELECT sku, {span} AS size FROM days GROUP BY sku ORDER BY sku"  # noqa: S608
        found = self.db.execute(query).fetchnumpy()
        part = np.cumsum(found["size"]) // _AT_ONCE
        ends = np.flatnonzero(np.append(part[1:] != part[:-1], True)[: len(part)])
        begins = np.append(0, ends[:-1] + 1)
        yield from zip(found["sku"][begins], found["sku"][ends], strict=True) if len(ends) else ()


@contextmanager
def open_sales(
    source: Path | str | pd.DataFrame,
    *,
    encoding: str | None = None,
    shop: Path | None = None,
    catalog: Path | None = None,
) -> Iterator[SalesHistory]:
    """Read a sales history, streamed, and sum its lines to days.

    ``catalog``: names the category of SKUs whose category the history does not tell; a SKU with
    neither is in a category without a name. Raises InputRefused for a file that is refused.
    """
    with open_database(_MEMORY) as db:
        found = open_columns("sales", source, db, encoding=encoding, shop=shop)
        goods = None
        if catalog is not None:
            goods = open_columns("catalog", catalog, db, encoding=encoding, shop=shop)
        categories = _place(db, found, goods)
        ((returns, no_price),) = _summed(db, found)
        places = db.execute("SELECT sku_id, category FROM sku_places ORDER BY place").fetchall()
        yield SalesHistory(
            db=db,
            source=found.source,
            skus=tuple(sku for sku, _ in places),
            categories=categories,
            category_of=np.array([category for _, category in places], np.int64),
            calendar=_calendar(db),
            dropped={"returns": returns, "no_price": no_price},
            rejects=found.read_rejects(),
            rejected=found.rejected,
        )


def _place(db: duckdb.DuckDBPyConnection, sales: Columns, goods: Columns | None) -> tuple[str, ...]:
    """Number the SKUs and the categories by their names; returns the categories' names."""
    known = "SELECT NULL AS sku_id, NULL AS category WHERE false"
    if goods is not None:  # of a SKU that stands there twice, the last category
        last = "arg_max(category, _line) AS category"
        known = f"SELECT sku_id, {last} FROM {goods.table} GROUP BY sku_id"  # noqa: S608
    db.execute(
        f"""CREATE TABLE sku_categories AS
        SELECT sku_id, coalesce(sales.category, known.category, '') AS name, max(_line) AS line
        FROM {sales.table} AS sales LEFT JOIN ({known}) AS known USING (sku_id) GROUP BY ALL"""  # noqa: S608
    )
    db.execute(
        """CREATE TABLE sku_places AS
        WITH names AS (SELECT name, row_number() OVER (ORDER BY name) - 1 AS place
            FROM (SELECT DISTINCT name FROM sku_categories))
        SELECT sku_id, row_number() OVER (ORDER BY sku_id) - 1 AS place,
            arg_max(names.place, line) AS category
        FROM sku_categories JOIN names USING (name) GROUP BY sku_id"""
    )
    names = db.execute("SELECT DISTINCT name FROM sku_categories ORDER BY name").fetchall()
    return tuple(name for (name,) in names)


def _summed(db: duckdb.DuckDBPyConnection, sales: Columns) -> list[tuple[int, int]]:
    """Make the table of days; returns how many lines were returns and how many had no price."""
    db.execute(_LINES.format(sales=sales.table))
    db.execute(_DAYS)
    return db.execute(_DROPPED).fetchall()


def _calendar(db: duckdb.DuckDBPyConnection) -> Calendar:
    ((last, quiet),) = db.execute(
        "SELECT max(day), count(*) FILTER (units = 0) FROM days"
    ).fetchall()
    promo = db.execute("SELECT DISTINCT day FROM days WHERE promo ORDER BY day").fetchnumpy()
    return Calendar(0 if last is None else last + 1, last is not None and not quiet, promo["day"])
