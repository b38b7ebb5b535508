"""The shop's own price history: what each SKU cost since when, kept in the state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from shopkit.offers.lows import PricePoint
from shopkit.offers.price_book import prices_of
from shopkit.runtime.state import State
from shopkit.runtime.typed import Loaded


def add_history(state: State, table: Loaded, now: dt.datetime) -> tuple[int, int]:
    """Add a table of prices (SKUs as of now, or a history with dates); returns (new, seen).

    Only changes are kept: a price that is the last known one adds nothing, so adding the same
    export again adds nothing either.
    """
    rows = _dated(table) if table.kind == "price_history" else _of_now(table, now)
    known = _latest(state)
    new = []
    for sku, since, price in sorted(rows, key=lambda row: (row[0], row[1])):
        if known.get(sku, (None, ""))[0] == price and since >= known[sku][1]:
            continue
        new.append((sku, since, price, None, table.source))
        known[sku] = max((price, since), known.get(sku, (price, "")), key=lambda pair: pair[1])
    before = state.read("SELECT COUNT(*) FROM price_history")[0][0]
    with state.transaction():
        state.write_many("INSERT OR IGNORE INTO price_history VALUES (?,?,?,?,?)", new)
    after = state.read("SELECT COUNT(*) FROM price_history")[0][0]
    return after - before, len(rows)


def history_of(state: State, skus: Sequence[str] = ()) -> dict[str, list[PricePoint]]:
    """The prices of some SKUs (all, if none is named), oldest first."""
    asked = "SELECT sku_id, since, list_price FROM price_history"
    found = state.read_in(f"{asked} WHERE sku_id IN", list(skus)) if skus else state.read(asked)
    points: dict[str, list[PricePoint]] = {}
    for sku, since, price in found:
        points.setdefault(sku, []).append(PricePoint(dt.datetime.fromisoformat(since), price))
    return {sku: sorted(points[sku]) for sku in sorted(points)}


def _of_now(table: Loaded, now: dt.datetime) -> list[tuple[str, str, int]]:
    at = now.isoformat(timespec="seconds")
    ids = {str(one.values["sku_id"]) for one in table.records}
    return [(sku, at, price) for sku, price in prices_of(table).items() if sku in ids]


def _dated(table: Loaded) -> list[tuple[str, str, int]]:
    return list(_dated_rows(table))


def _dated_rows(table: Loaded) -> Iterable[tuple[str, str, int]]:
    for one in table.records:
        since, price = one.values.get("ts"), one.values.get("list_price")
        if isinstance(since, dt.datetime) and isinstance(price, int):
            yield str(one.values["sku_id"]), since.isoformat(timespec="seconds"), price


def _latest(state: State) -> dict[str, tuple[int | None, str]]:
    found = state.read("SELECT sku_id, list_price, MAX(since) FROM price_history GROUP BY sku_id")
    return {sku: (price, since) for sku, price, since in found}
