"""The shop's own price history: what each SKU cost since when, kept in the state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shopkit.offers.lows import PricePoint
from shopkit.offers.price_points import ON_SHELF
from shopkit.runtime.rejects import Reject
from shopkit.runtime.state import State
from shopkit.values import money_text

if TYPE_CHECKING:
    from shopkit.runtime.columns import Columns

_AT_ONCE = 10_000  # rows taken from the database at a time


def add_history(state: State, table: Columns, now: dt.datetime) -> tuple[int, int, list[Reject]]:
    """Add a table of prices (SKUs as of now, or a history with dates).

    Returns how many are new, how many were seen, and the rows that tell no price or no time. Only
    changes are kept: a price that is the last known one adds nothing, so adding the same export
    again adds nothing either. Rows go from the one database to the other as they are read.
    """
    changes = _Changes(table, now, _latest(state))
    with state.transaction():
        before = _count(state)
        state.write_many("INSERT OR IGNORE INTO price_history VALUES (?,?,?,?,?)", iter(changes))
        new = _count(state) - before
    return new, changes.seen, sorted(changes.left, key=lambda one: one.line)


@dataclass
class _Changes:
    """The rows of a table that change a SKU's price, and what was met on the way to them."""

    table: Columns
    now: dt.datetime
    known: dict[str, tuple[int | None, str]]  # SKU -> its last price, and since when
    seen: int = 0
    left: list[Reject] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[str, str, int, None, str]]:
        source, dated = self.table.source, self.table.kind == "price_history"
        for line, sku, moment, amount in self._rows(dated=dated):
            wrong = _wrong(amount, has_time=moment is not None or not dated)
            if wrong is not None:
                self.left.append(Reject(source, line, *wrong))
                continue
            self.seen += 1
            told = moment.replace(tzinfo=self.now.tzinfo) if moment is not None else self.now
            at = told.isoformat(timespec="seconds")
            last, since = self.known.get(sku, (None, ""))
            if last == amount and at >= since:
                continue
            self.known[sku] = max((amount, at), (last, since), key=lambda pair: pair[1])
            yield sku, at, amount, None, source

    def _rows(self, *, dated: bool) -> Iterator[tuple[Any, ...]]:
        price = ON_SHELF if dated else "coalesce(sale_price, list_price)"
        since = "ts" if dated else "NULL"
        rows = self.table.db.cursor().execute(
            f"SELECT _line, sku_id, {since}, {price} FROM {self.table.table} "  # noqa: S608
            "ORDER BY sku_id, 3, _line"
        )
        while batch := rows.fetchmany(_AT_ONCE):
            yield from batch


def _wrong(amount: int | None, *, has_time: bool) -> tuple[str, str, str] | None:
    """Column, value and rule of what a row lacks; None for a sound one."""
    if not has_time:
        return "ts", "", "cell_empty"
    if amount is None:
        return "price", "", "cell_empty"
    return ("price", money_text(amount), "price_below_nought") if amount < 0 else None


def _count(state: State) -> int:
    return int(state.read("SELECT COUNT(*) FROM price_history")[0][0])


def history_of(state: State, skus: Sequence[str] = ()) -> dict[str, list[PricePoint]]:
    """The prices of some SKUs (all, if none is named), oldest first."""
    asked = "SELECT sku_id, since, list_price FROM price_history"
    found = state.read_in(f"{asked} WHERE sku_id IN", list(skus)) if skus else state.read(asked)
    points: dict[str, list[PricePoint]] = {}
    for sku, since, price in found:
        points.setdefault(sku, []).append(PricePoint(dt.datetime.fromisoformat(since), price))
    return {sku: sorted(points[sku]) for sku in sorted(points)}


def _latest(state: State) -> dict[str, tuple[int | None, str]]:
    found = state.read("SELECT sku_id, list_price, MAX(since) FROM price_history GROUP BY sku_id")
    return {sku: (price, since) for sku, price, since in found}
