"""The shop's own prices against what is online: where two tables of SKUs do not agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shopkit.runtime.again import Again

if TYPE_CHECKING:
    import duckdb

    from shopkit.runtime.columns import Columns

_AT_ONCE = 10_000
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
    """How many SKUs of the book were looked for, and where they differ, in the book's order.

    ``differences`` stay in the database until they are gone through.
    """

    compared: int
    differences: Again[Difference]


# A SKU is sold at its reduced price where one is set, else at its list price. Sums hold figures
# only and texts are joined to them: so what does not fit in memory can go on in files.
_BOOK = """
    CREATE OR REPLACE TABLE {name} AS
    WITH priced AS (
        SELECT sku_id, sku_code, _line, coalesce(sale_price, list_price) AS price FROM {table}),
    skus AS (
        SELECT sku_id, min(_line) AS place, max(price) AS price,
            min(price) <> max(price) AS several,
            min(_line) FILTER (sku_code IS NOT NULL) AS coded
        FROM priced GROUP BY sku_id)
    SELECT skus.*, sku_code AS code
    FROM skus LEFT JOIN (SELECT _line, sku_code FROM priced) ON _line = coded"""
# Online a SKU is found by its own id, else by its code; an id counts before a code of the same
# text, and of several the first.
_COMPARED = """
    CREATE OR REPLACE TABLE drift AS
    WITH codes AS (
        SELECT code, price, place, several FROM online WHERE place IN
            (SELECT min(place) FROM online WHERE code IS NOT NULL GROUP BY code)),
    there AS (
        SELECT own.sku_id, own.place, own.price AS own,
            coalesce(own.several, false) AS several,
            CASE WHEN a.place IS NOT NULL THEN a.price WHEN b.place IS NOT NULL THEN b.price
                WHEN c.place IS NOT NULL THEN c.price ELSE d.price END AS online,
            coalesce(CASE WHEN a.place IS NOT NULL THEN a.several
                WHEN b.place IS NOT NULL THEN b.several
                WHEN c.place IS NOT NULL THEN c.several ELSE d.several END, false) AS there_several,
            coalesce(a.place, b.place, c.place, d.place) IS NULL AS missing
        FROM own LEFT JOIN online AS a ON a.sku_id = own.sku_id
        LEFT JOIN codes AS b ON b.code = own.sku_id
        LEFT JOIN online AS c ON c.sku_id = own.code
        LEFT JOIN codes AS d ON d.code = own.code),
    told AS (
        SELECT sku_id, place, own, online, CASE WHEN missing THEN 'missing'
            WHEN several OR there_several THEN 'twice' WHEN own = online THEN NULL
            WHEN own IS NULL AND online IS NULL THEN NULL
            WHEN own IS NULL OR online IS NULL THEN 'no_price' ELSE 'differs' END AS drift
        FROM there),
    looked_for AS (SELECT sku_id AS key FROM own UNION ALL SELECT code FROM own)
    SELECT sku_id, drift, own, online, 0 AS part, place FROM told WHERE drift IS NOT NULL
    UNION ALL
    SELECT sku_id, 'extra', NULL, price, 1, place FROM online
    WHERE NOT EXISTS (SELECT 1 FROM looked_for WHERE key = sku_id)
        AND NOT EXISTS (SELECT 1 FROM looked_for WHERE key = code)"""


def keep_book(name: Literal["own", "online"], table: Columns) -> None:
    """Keep the ids and prices of a table of SKUs under ``name`` in its database."""
    table.db.execute(_BOOK.format(name=name, table=table.table))


def compare(db: duckdb.DuckDBPyConnection) -> PriceCheck:
    """Compare the two books kept in the database."""
    db.execute(_COMPARED)
    counts = "SELECT (SELECT count(*) FROM own), (SELECT count(*) FROM drift)"
    compared, drifted = db.execute(counts).fetchall()[0]
    return PriceCheck(compared, Again(drifted, lambda: _differences(db)))


def _differences(db: duckdb.DuckDBPyConnection) -> Iterator[Difference]:
    found = db.cursor().execute("SELECT sku_id, drift, own, online FROM drift ORDER BY part, place")
    while rows := found.fetchmany(_AT_ONCE):
        yield from (Difference(*row) for row in rows)
