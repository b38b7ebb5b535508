"""The lines that a sign-up price must hold: the lowest final and the lowest list price of late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopkit.offers.campaign_rules import Rules
from shopkit.offers.plan_catalogue import moment

if TYPE_CHECKING:
    from shopkit.runtime.columns import Columns


@dataclass(frozen=True, slots=True)
class Told:
    """A line, where it stands, and when it was read (None: not told)."""

    price: int
    source: str
    observed: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a history tells of a SKU, of final and of list prices.

    ``low_final``, ``low_list``: the lowest that held in the days before (minor units).
    ``told_final``, ``told_list``: the newest low that the platform itself worked out.
    """

    low_final: int | None = None
    low_list: int | None = None
    told_final: Told | None = None
    told_list: Told | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """The stricter of what is known, and from where. ``stale``: when a figure too old was read.

    ``dated``: whether it is told when the final line was read.
    """

    final: int | None = None
    source: str = ""
    listed: int | None = None
    dated: bool = True
    stale: dt.datetime | None = None


def known_prices(history: Columns, sheet: str, now: dt.datetime, days: int) -> dict[str, Known]:
    """SKU -> what the history tells. A list price says nothing of what buyers finally paid.

    ``sheet``: the table (sku_id, item_id) of the sheet in the same database. ``now`` is in the
    shop's time zone; the lowest price of the ``days`` before it is that of lows.py.
    """
    lows = (_low(name, now, days) for name in ("final_price", "list_price"))
    told = (_newest(name) for name in ("lowest_final_15d", "lowest_list_15d"))
    query = f"""SELECT sku_id, {", ".join([*lows, *told])} FROM {history.table}
        WHERE sku_id IN (SELECT sku_id FROM {sheet}) GROUP BY sku_id"""  # noqa: S608  our own names
    found = {}
    for sku, low_final, low_list, *newest in history.db.execute(query).fetchall():
        final, listed = (_told(one, now.tzinfo) for one in newest)
        found[sku] = Known(low_final, low_list, final, listed)
    return found


def _low(name: str, now: dt.datetime, days: int) -> str:
    """The lowest price that held in the days before now; one that held at their start is one."""
    opens = moment(now - dt.timedelta(days=days))
    before = f"max({{'at': ts, 'price': {name}}}) FILTER ({name} > 0 AND ts <= {opens})"
    inside = f"min({name}) FILTER ({name} > 0 AND ts > {opens} AND ts < {moment(now)})"
    return f"least(({before}).price, {inside})"


def _newest(name: str) -> str:
    """The low that was read last, of equal ones the first in the file; none is older than undated.

    A struct of price and time.
    """
    dated = "coalesce(ts, TIMESTAMP '1970-01-01')"
    last = f"max({{'at': {dated}, 'line': -_line, 'price': {name}, 'seen': ts}})"
    return f"{last} FILTER ({name} > 0)"


def _told(low: Mapping[str, Any] | None, zone: dt.tzinfo | None) -> Told | None:
    if low is None:
        return None
    seen = low["seen"]
    return Told(low["price"], "history", seen.replace(tzinfo=zone) if seen else None)


def lines_of(
    row: Mapping[str, object], known: Known | None, rules: Rules, now: dt.datetime
) -> Lines:
    """The lines of a row of the sheet: its own, the history's snapshots, the history's lows.

    A snapshot older than ``rules.most_age`` is refused: the sheet's own holds its row, one of the
    history where nothing fresh stands beside it. A price that a history tells holds until the
    next one, however old.
    """
    mine, seen = known or Known(), row.get("observed")
    read = seen if isinstance(seen, dt.datetime) else None
    oldest = now - dt.timedelta(hours=rules.most_age)
    finals = _snapshots(_whole(row.get("line_price")), read, mine.told_final)
    lists = _snapshots(_whole(row.get("list_line")), read, mine.told_list)
    for low, told in ((mine.low_final, finals), (mine.low_list, lists)):
        if low:
            told.append(Told(low, "history", now))
    old = [one for one in finals if one.observed and one.observed < oldest]
    fresh = [one for one in finals if one not in old]
    if old and (not fresh or any(one.source == "sheet" for one in old)):
        return Lines(stale=min(one.observed for one in old if one.observed))
    final = min(fresh, key=lambda one: one.price, default=None)
    listed = min((one.price for one in lists), default=None) if rules.list_line else None
    if final is None:
        return Lines(listed=listed)
    return Lines(final.price, final.source, listed, final.observed is not None)


def _snapshots(own: int | None, read: dt.datetime | None, newest: Told | None) -> list[Told]:
    """The sheet's own line, and the newest snapshot of the history."""
    found = [Told(own, "sheet", read)] if own else []
    return [*found, newest] if newest else found


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
