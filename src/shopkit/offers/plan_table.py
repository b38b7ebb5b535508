"""A plan as a table: the columns of plan.csv, the digest to sign, the catalogue it is made of."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from shopkit.offers.catalogue import Amounts
from shopkit.offers.offer_cells import read_ids
from shopkit.offers.plan import FLOOR_RULES, NOTHING, REASONS, Catalogue, Plan
from shopkit.runtime.typed import Loaded, Typed
from shopkit.values import WHOLE, money_text

COLUMNS = (
    "sku_id",
    "item_id",
    "sku_code",
    "title",
    "old",
    "new",
    "final",
    "floor",
    "floor_rule",
    "margin_percent",
    "change_percent",
    "reason",
    "rule_id",
    "effective_from",
    "effective_to",
    "change",
    "status",
)
"""Of plan.csv, in order. Money in yuan with two decimals, shares in percent."""

SIGNED = ("sku_id", "old", "new", "rule_id", "effective_from", "effective_to", "change", "status")
"""The columns that count for the digest: what would be done, not how it reads."""


def catalogue_of(loaded: Loaded, now: dt.datetime, rivals: Loaded | None = None) -> Catalogue:
    """The columns that a plan needs, from a table of SKUs; NOTHING where a cell is empty.

    Days of cover: stock over what sold a day in the last 30 (none sold: a thousand days).
    """
    records = loaded.records
    stock, sold = _numbers(records, "stock"), _numbers(records, "sold_30d")
    cover = np.where(sold > 0, stock * 30 // np.maximum(sold, 1), 1000)
    known = (stock >= 0) & (sold >= 0)
    return Catalogue(
        sku_id=_texts(records, "sku_id"),
        item_id=_texts(records, "item_id"),
        sku_code=_texts(records, "sku_code"),
        title=_texts(records, "title"),
        category=_texts(records, "category"),
        tags=[read_ids([str(one.values.get("tags") or "")]) for one in records],
        price=_prices(records),
        cost=_numbers(records, "cost"),
        stock=stock,
        cover=np.where(known, cover, NOTHING),
        age=np.array([_age(one, now) for one in records], np.int64),
        floor=_numbers(records, "floor_price"),
        map_price=_numbers(records, "map_price"),
        lowest=_numbers(records, "lowest_30d"),
        rival=_rivals(records, rivals),
        locked=np.array([bool(one.values.get("locked")) for one in records], np.bool_),
        item_price=_numbers(records, "item_price"),
    )


def rows_of(plan: Plan) -> Iterator[dict[str, str]]:
    """The rows of plan.csv, in the catalogue's order."""
    of, changed, failed = plan.catalogue, plan.changed, plan.failed
    margins, changes = _margins(plan), _changes(plan)
    for index in range(len(of)):
        rule = plan.rules[plan.rule[index]] if plan.rule[index] >= 0 else None
        reason = REASONS[plan.reason[index]]
        moved = plan.new[index] != of.price[index]
        yield {
            "sku_id": of.sku_id[index],
            "item_id": of.item_id[index],
            "sku_code": of.sku_code[index],
            "title": of.title[index],
            "old": _money(of.price[index]),
            "new": _money(plan.new[index]),
            "final": _money(plan.final[index]),
            "floor": _money(plan.floor[index]) if plan.floor[index] else "",
            "floor_rule": FLOOR_RULES[plan.floor_rule[index]],
            "margin_percent": margins[index],
            "change_percent": changes[index] if moved else "0.0",
            "reason": reason,
            "rule_id": rule.id if rule else "",
            "effective_from": _time(rule.starts) if rule and moved else "",
            "effective_to": _time(rule.ends) if rule and moved else "",
            "change": "changed" if changed[index] else "unchanged",
            "status": "failed" if failed[index] else "review" if reason else "ok",
        }


def digest(rows: Iterable[Mapping[str, str]]) -> str:
    """What a person signs: a SHA-256 of what would be done, whatever the order of the rows."""
    total = hashlib.sha256()
    for line in sorted("\x1f".join(row.get(name) or "" for name in SIGNED) for row in rows):
        total.update(line.encode(errors="surrogatepass") + b"\x1e")
    return total.hexdigest()


def _money(minor: int) -> str:
    return money_text(int(minor)) if minor >= 0 else ""


def _time(moment: dt.datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else ""


def _margins(plan: Plan) -> list[str]:
    """What is left of the final price after fee and cost, in percent; empty without a cost."""
    fees = np.array([rule.fee for rule in plan.rules] + [0], np.int64)[plan.rule]
    final, cost = plan.final, plan.catalogue.cost
    left = final * (WHOLE - fees) / WHOLE - cost
    share = 100 * left / np.maximum(final, 1)
    known = (cost >= 0) & (final > 0)
    return [f"{one:.1f}" if told else "" for one, told in zip(share, known, strict=True)]


def _changes(plan: Plan) -> list[str]:
    price = plan.catalogue.price
    share = 100 * (plan.new - price) / np.maximum(price, 1)
    return [f"{one:.1f}" if told else "" for one, told in zip(share, price > 0, strict=True)]


def _texts(records: Sequence[Typed], column: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    found = np.empty(len(records), object)
    found[:] = [str(one.values.get(column) or "") for one in records]
    return found


def _numbers(records: Sequence[Typed], column: str) -> Amounts:
    return np.array([_whole(one.values.get(column)) for one in records], np.int64)


def _whole(value: object) -> int:
    return int(str(value)) if isinstance(value, int) and value >= 0 else NOTHING


def current_price(values: Mapping[str, object]) -> int | None:
    """What a SKU is sold at today: its reduced price where one is set, else its list price."""
    told = (values.get("sale_price"), values.get("list_price"))
    return next((price for price in told if isinstance(price, int)), None)


def _prices(records: Sequence[Typed]) -> Amounts:
    found = (current_price(one.values) for one in records)
    return np.array([NOTHING if price is None else price for price in found], np.int64)


def _age(record: Typed, now: dt.datetime) -> int:
    created = record.values.get("created")
    return (now - created).days if isinstance(created, dt.datetime) else NOTHING


def _rivals(records: Sequence[Typed], rivals: Loaded | None) -> Amounts:
    """The lowest price of a rival for each SKU's item (or the SKU itself)."""
    lowest: dict[str, int] = {}
    for one in rivals.records if rivals else ():
        price = _whole(one.values.get("rival_price"))
        for name in ("sku_id", "item_id"):
            key = str(one.values.get(name) or "")
            if key and price > 0:
                lowest[key] = min(price, lowest.get(key, price))
    ids = [(str(one.values["sku_id"]), str(one.values.get("item_id") or "")) for one in records]
    found = [lowest.get(sku, lowest.get(item, NOTHING)) for sku, item in ids]
    return np.array(found, np.int64)
