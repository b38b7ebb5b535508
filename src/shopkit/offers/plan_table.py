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


def columns_of(plan: Plan) -> dict[str, list[str]]:
    """The columns of plan.csv, in the catalogue's order: a million rows are no million mappings."""
    of, failed = plan.catalogue, plan.failed
    moved = plan.new != of.price
    ruled = np.where(moved, plan.rule, -1)
    rules = (*plan.rules, None)
    reasons = np.array(REASONS, object)[plan.reason]
    waits = np.where(plan.reason > 0, "review", "ok").astype(object)
    told = (
        *(column.tolist() for column in (of.sku_id, of.item_id, of.sku_code, of.title)),
        *(_moneys(amounts) for amounts in (of.price, plan.new, plan.final)),
        _moneys(np.where(plan.floor > 0, plan.floor, NOTHING)),
        np.array(FLOOR_RULES, object)[plan.floor_rule].tolist(),
        _margins(plan),
        np.where(moved, np.array(_changes(plan), object), "0.0").tolist(),
        reasons.tolist(),
        np.array([rule.id if rule else "" for rule in rules], object)[plan.rule].tolist(),
        np.array([_time(rule.starts) if rule else "" for rule in rules], object)[ruled].tolist(),
        np.array([_time(rule.ends) if rule else "" for rule in rules], object)[ruled].tolist(),
        np.where(plan.changed, "changed", "unchanged").tolist(),
        np.where(failed, "failed", waits).tolist(),
    )
    return dict(zip(COLUMNS, told, strict=True))


def rows_of(plan: Plan) -> Iterator[dict[str, str]]:
    """The rows of plan.csv, in the catalogue's order."""
    return rows_in(columns_of(plan))


def rows_in(columns: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """The rows that columns make."""
    return (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))


def row_at(columns: Mapping[str, Sequence[str]], index: int) -> dict[str, str]:
    """One row of them."""
    return {name: column[index] for name, column in columns.items()}


def digest(rows: Iterable[Mapping[str, str]]) -> str:
    """What a person signs: a SHA-256 of what would be done, whatever the order of the rows."""
    return _sealed("\x1f".join(row.get(name) or "" for name in SIGNED) for row in rows)


def digest_of(columns: Mapping[str, Sequence[str]]) -> str:
    """The same of a plan's columns."""
    return _sealed(map("\x1f".join, zip(*(columns[name] for name in SIGNED), strict=True)))


def _sealed(lines: Iterable[str]) -> str:
    total = hashlib.sha256()
    for line in sorted(lines):
        total.update(line.encode(errors="surrogatepass") + b"\x1e")
    return total.hexdigest()


def _moneys(amounts: Amounts) -> list[str]:
    """Amounts as text; each that occurs is spelt once."""
    known, place = np.unique(amounts, return_inverse=True)
    return np.array([_money(one) for one in known], object)[place].tolist()  # type: ignore[no-any-return]


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
