"""Orders that carry coupon codes: what buyers paid, what was given away, what the goods cost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from shopkit.offers.codes import fold
from shopkit.runtime.casts import Value

if TYPE_CHECKING:
    from shopkit.runtime.columns import Columns

# Orders that brought no money, as the platforms' exports name them (read 2026-11); a coupon on one
# of them goes back to its holder.
_NO_SALE = {"cancelled", "canceled", "voided", "refunded", "pending", "failed", "expired", "unpaid"}
_NO_SALE |= {"交易关闭", "等待买家付款", "已取消", "已关闭", "待付款"}
_BETWEEN_CODES = re.compile(r"[,;，；、|\n]+")

_READ = [
    *("order_id", "discount_code", "status", "cancelled", "order_discount", "discount"),
    *("order_refunded", "refund_amount", "paid_amount", "order_subtotal", "order_total"),
    *("order_shipping", "sku_id", "sku_code", "qty"),
]
_BATCH = 10_000  # lines taken from the database at a time

Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CouponOrder:
    """A paid order with coupon codes; amounts in minor units, None where the file tells none.

    ``given``: what the codes took off. ``revenue``: paid for goods, less refunds. ``goods``: what
    the goods cost the shop.
    """

    id: str
    codes: tuple[str, ...]  # case folded
    given: int | None
    revenue: int | None
    goods: int | None


def coupon_orders(orders: Columns, catalog: Columns | None = None) -> Iterator[CouponOrder]:
    """The paid orders with codes, one by one. Costs come from the catalogue's ``cost``."""
    costs = _costs(catalog) if catalog is not None else {}
    for name, rows in groupby(_lines_with_codes(orders), itemgetter("order_id")):
        order = _order(str(name), list(rows), costs)
        if order is not None:
            yield order


def _lines_with_codes(orders: Columns) -> Iterator[Values]:
    """All lines of the orders that have a code in one of them, order by order."""
    table, names = orders.table, ", ".join(_READ)
    coded = f"SELECT order_id FROM {table} WHERE discount_code IS NOT NULL"  # noqa: S608  our own names
    lines = orders.db.cursor().execute(
        f"SELECT {names} FROM {table} WHERE order_id IN ({coded}) ORDER BY order_id, _line"  # noqa: S608
    )
    while batch := lines.fetchmany(_BATCH):
        for line in batch:
            yield dict(zip(_READ, line, strict=True))


def tells_codes(orders: Columns) -> bool:
    """Whether the file has a column of codes at all (Taobao's exports have none)."""
    return "discount_code" in orders.columns


def _order(name: str, rows: Sequence[Values], costs: Mapping[str, int]) -> CouponOrder | None:
    told = {
        fold(code) for row in rows for code in _BETWEEN_CODES.split(_text(row, "discount_code"))
    }
    codes = tuple(sorted(told - {""}))
    states = {_text(row, "status").casefold().removeprefix("wc-") for row in rows}
    if not codes or states & _NO_SALE or any(row["cancelled"] for row in rows):
        return None
    given = _first(rows, "order_discount")
    given = _sum(rows, "discount") if given is None else given
    return CouponOrder(name, codes, given, _revenue(rows), _goods(rows, costs))


def _revenue(rows: Sequence[Values]) -> int | None:
    """What was paid for the goods: by the lines, else the order's own total of goods."""
    refunded = _first(rows, "order_refunded")
    refunded = _sum(rows, "refund_amount") if refunded is None else refunded
    paid = _sum(rows, "paid_amount", every=True)
    if paid is None:
        paid = _first(rows, "order_subtotal")  # Shopify: goods after discounts
    if paid is None:
        total, shipping = _first(rows, "order_total"), _first(rows, "order_shipping")
        paid = None if total is None else total - (shipping or 0)
    return None if paid is None else paid - (refunded or 0)


def _goods(rows: Sequence[Values], costs: Mapping[str, int]) -> int | None:
    """Cost of the goods; None where one of them is not known."""
    total = 0
    for row in rows:
        ids = (_text(row, name) for name in ("sku_id", "sku_code"))
        cost = next((costs[one] for one in ids if one in costs), None)
        if cost is None:
            return None
        quantity = row["qty"]
        total += cost * (quantity if isinstance(quantity, int) else 1)
    return total


def _costs(catalog: Columns) -> dict[str, int]:
    """SKU id or code -> cost; the id counts where both are the same text, of twins the last."""
    costs: dict[str, int] = {}
    for name in ("sku_code", "sku_id"):
        told = f"{name} IS NOT NULL AND cost IS NOT NULL"
        costs |= catalog.db.execute(
            f"SELECT {name}, cost FROM {catalog.table} WHERE {told} ORDER BY _line"  # noqa: S608
        ).fetchall()
    return costs


def _text(row: Values, name: str) -> str:
    return str(row[name] or "")


def _first(rows: Sequence[Values], name: str) -> int | None:
    """An amount of the whole order, which its rows repeat."""
    return next((value for row in rows if isinstance(value := row[name], int)), None)


def _sum(rows: Sequence[Values], name: str, *, every: bool = False) -> int | None:
    """The lines' amounts; None where none is told (``every``: where one is not)."""
    told = [value for row in rows if isinstance(value := row[name], int)]
    return sum(told) if told and not (every and len(told) < len(rows)) else None
