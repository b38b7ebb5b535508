"""The lines that a sign-up price must hold: the lowest final and the lowest list price of late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from shopkit.offers.campaign_rules import Rules
from shopkit.offers.lows import PricePoint, lowest
from shopkit.runtime.typed import Loaded


@dataclass(frozen=True, slots=True)
class Told:
    """A line, where it stands, and when it was read (None: not told)."""

    price: int
    source: str
    observed: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a history tells of a SKU: prices since when, and lows that the platform worked out."""

    finals: list[PricePoint] = field(default_factory=list)
    lists: list[PricePoint] = field(default_factory=list)
    low_final: list[Told] = field(default_factory=list)
    low_list: list[Told] = field(default_factory=list)


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


def known_prices(history: Loaded | None) -> dict[str, Known]:
    """SKU -> what the history tells. A list price says nothing of what buyers finally paid."""
    found: dict[str, Known] = {}
    for record in history.records if history else ():
        values = record.values
        known = found.setdefault(str(values["sku_id"]), Known())
        at = values.get("ts")
        since = at if isinstance(at, dt.datetime) else None
        for name, points in (("final_price", known.finals), ("list_price", known.lists)):
            price = _whole(values.get(name))
            if price and since:
                points.append(PricePoint(since, price))
        for name, lows in (
            ("lowest_final_15d", known.low_final),
            ("lowest_list_15d", known.low_list),
        ):
            if price := _whole(values.get(name)):
                lows.append(Told(price, "history", since))
    return found


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
    finals = _snapshots(_whole(row.get("line_price")), read, mine.low_final)
    lists = _snapshots(_whole(row.get("list_line")), read, mine.low_list)
    for points, told in ((mine.finals, finals), (mine.lists, lists)):
        if low := lowest(points, now, rules.days).price:
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


def _snapshots(own: int | None, read: dt.datetime | None, lows: list[Told]) -> list[Told]:
    """The sheet's own line, and the newest snapshot of the history."""
    found = [Told(own, "sheet", read)] if own else []
    newest = max(
        lows, key=lambda one: one.observed.timestamp() if one.observed else 0, default=None
    )
    return [*found, newest] if newest else found


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
