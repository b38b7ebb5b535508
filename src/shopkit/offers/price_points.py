"""Prices over time inside a database, in one form: sku_id, ts, price."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from shopkit.runtime.columns import lent
from shopkit.runtime.state import State

if TYPE_CHECKING:
    import duckdb

    from shopkit.runtime.columns import Columns

ON_SHELF = "coalesce(list_price, final_price)"
"""What a buyer saw in a table of prices over time; the final price where no other is told (SQL)."""


def share_history(
    state: State, db: duckdb.DuckDBPyConnection, zone: dt.tzinfo | None
) -> str | None:
    """Lend the shop's own price history to a database: its table's name there; None without one.

    It has sku_id, ts (in ``zone``, the shop's) and price (minor units).
    """
    known = False
    for part in state.read_parts("SELECT sku_id, since, list_price FROM price_history"):
        ids, since, prices = zip(*part, strict=True)
        moments = (dt.datetime.fromisoformat(one).astimezone(zone) for one in since)
        points = {
            "sku_id": np.array(ids, object),
            "ts": np.array([one.replace(tzinfo=None) for one in moments], "M8[us]"),
            "price": np.array(prices, np.int64),
        }
        if not known:
            columns = "sku_id VARCHAR, ts TIMESTAMP, price BIGINT"
            db.execute(f"CREATE OR REPLACE TABLE own_history ({columns})")
            known = True
        with lent(db, "own_points", points):
            db.execute("INSERT INTO own_history SELECT * FROM own_points")
    return "own_history" if known else None


def points_in(history: Columns) -> str:
    """A table of prices over time, read into the database, in the same form: SQL to stand in FROM.

    What a buyer saw on the shelf counts; the final price where no other is told.
    """
    return f"(SELECT sku_id, ts, {ON_SHELF} AS price FROM {history.table} WHERE ts IS NOT NULL)"  # noqa: S608
