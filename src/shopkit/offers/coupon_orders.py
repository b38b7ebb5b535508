"""Orders that carry coupon codes: what buyers paid, what was given away, what the goods cost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shopkit.offers.codes import fold
from shopkit.runtime.casts import Value
from shopkit.runtime.typed import Loaded

# Orders that brought no money, as the platforms' exports name them (read 2026-11); a coupon on one
# of them goes back to its holder.
_NO_SALE = {"cancelled", "canceled", "voided", "refunded", "pending", "failed", "expired", "unpaid"}
_NO_SALE |= {"交易关闭", "等待买家付款", "已取消", "已关闭", "待付款"}
_BETWEEN_CODES = re.compile(r"[,;，；、|\n]+")

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


def coupon_orders(orders: Loaded, catalog: Loaded | None = None) -> list[CouponOrder]:
    """The paid orders with codes, in the file's order. Costs come from the catalogue's ``cost``."""
    costs = _costs(catalog) if catalog is not None else {}
    lines: dict[str, list[Values]] = {}
    for record in orders.records:
        lines.setdefault(str(record.values["order_id"]), []).append(record.values)
    found = (_order(name, rows, costs) for name, rows in lines.items())
    return [one for one in found if one is not None]


def tells_codes(orders: Loaded) -> bool:
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


def _costs(catalog: Loaded) -> dict[str, int]:
    """SKU id or code -> cost; the id counts where both are the same text."""
    costs: dict[str, int] = {}
    for name in ("sku_code", "sku_id"):
        for record in catalog.records:
            cost, sku = record.values["cost"], _text(record.values, name)
            if sku and isinstance(cost, int):
                costs[sku] = cost
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
