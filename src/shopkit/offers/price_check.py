"""The shop's own prices against what is online: where two tables of SKUs do not agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import duckdb

    from shopkit.runtime.columns import Columns

Drift = Literal["differs", "missing", "extra", "no_price", "twice"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A SKU whose price online is not the one in the shop's own book; prices in minor units.

    ``drift``: differs; missing (not online) or extra (not in the book); no_price (one of the two
    tells none); twice (one of the two tells several prices, and nobody knows which holds).
    """

    sku_id: str
    drift: Drift
    own: int | None
    online: int | None


@dataclass(frozen=True, slots=True)
class PriceCheck:
    """How many SKUs of the book were looked for, and where they differ, in the book's order."""

    compared: int
    differences: list[Difference]


# A SKU is sold at its reduced price where one is set, else at its list price. Online it is found by
# its own id, else by its code; an id counts before a code of the same text.
_BOOK = """
    CREATE OR REPLACE TABLE {name} AS
    SELECT sku_id, any_value(sku_code) AS code, min(_line) AS place,
        max(coalesce(sale_price, list_price)) AS price,
        min(coalesce(sale_price, list_price)) <> max(coalesce(sale_price, list_price)) AS several
    FROM {table} GROUP BY sku_id"""
_COMPARED = """
    WITH keys AS (
        SELECT key, arg_min(row, rank) AS found FROM (
            SELECT sku_id AS key, 1 AS rank, online AS row FROM online
            UNION ALL SELECT code, 2, online FROM online WHERE code IS NOT NULL)
        GROUP BY key),
    own_found AS (
        SELECT own.*, coalesce(by_id.found, by_code.found) AS there
        FROM own LEFT JOIN keys AS by_id ON by_id.key = own.sku_id
        LEFT JOIN keys AS by_code ON by_code.key = own.code),
    looked_for AS (
        SELECT sku_id AS key FROM own UNION SELECT code FROM own WHERE code IS NOT NULL)
    SELECT sku_id, there IS NULL AS missing, false AS extra, price, there.price AS online,
        coalesce(several, false) OR coalesce(there.several, false) AS twice, 0 AS part, place
    FROM own_found
    UNION ALL
    SELECT sku_id, false, true, NULL, price, false, 1, place FROM online
    WHERE sku_id NOT IN (FROM looked_for)
        AND (code IS NULL OR code NOT IN (FROM looked_for))
    ORDER BY part, place"""


def keep_book(name: Literal["own", "online"], table: Columns) -> None:
    """Keep the ids and prices of a table of SKUs under ``name`` in its database."""
    table.db.execute(_BOOK.format(name=name, table=table.table))


def compare(db: duckdb.DuckDBPyConnection) -> PriceCheck:
    """Compare the two books kept in the database."""
    (compared,) = db.execute("SELECT count(*) FROM own").fetchall()[0]
    differences = []
    rows = db.execute(_COMPARED)
    while row := rows.fetchone():
        sku, missing, extra, own, online, twice = row[:6]
        drift = _drift(own, online, missing=missing, extra=extra, twice=twice)
        if drift is not None:
            differences.append(Difference(sku, drift, own, online))
    return PriceCheck(compared, differences)


def _drift(
    own: int | None, online: int | None, *, missing: bool, extra: bool, twice: bool
) -> Drift | None:
    if extra:
        return "extra"
    if missing:
        return "missing"
    if twice:
        return "twice"
    if own == online:
        return None
    return "no_price" if own is None or online is None else "differs"
