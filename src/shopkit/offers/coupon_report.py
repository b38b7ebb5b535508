"""What coupons brought: claim rate, use rate, cost, margin, and which of them lose money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from shopkit.offers.code_store import holders
from shopkit.offers.codes import fold
from shopkit.offers.coupon_orders import CouponOrder
from shopkit.offers.coupon_run import batch_names
from shopkit.offers.read_offers import CellUnclear, benefit_of, unit_of
from shopkit.offers.unread import unread_rows
from shopkit.runtime.job import Figure, Outcome
from shopkit.runtime.publish import Ended
from shopkit.runtime.state import State
from shopkit.runtime.typed import Loaded, Typed
from shopkit.values import money_text, portion, split

EVIDENCE = (
    "issued",
    "claimed",
    "claim_percent",
    "used",
    "use_percent",
    "orders",
    "cost",
    "cost_from",
    "revenue",
    "margin",
    "margin_percent",
    "orders_without_cost",
)
_BATCH = 10_000  # orders whose codes are looked up at a time


@dataclass
class Account:
    """What the orders say of one coupon; money in minor units.

    ``margin``: revenue less goods, fee and nothing else, over the orders whose goods' cost is
    known; ``known`` is their revenue.
    """

    orders: int = 0
    given: int = 0
    revenue: int = 0
    margin: int = 0
    known: int = 0
    without_cost: int = 0
    untold: int = 0  # orders that do not say what was taken off


@dataclass(frozen=True, slots=True)
class CouponReport:
    """The rows, and what belongs to no row: orders whose codes are none of the coupons'."""

    rows: list[Ended]
    accounts: Mapping[int, Account] = field(default_factory=dict)
    strange_orders: int = 0


def report_coupons(
    coupons: Loaded,
    orders: Iterable[CouponOrder] | None,
    *,
    owner: Callable[[Iterable[str]], Mapping[str, str]] = lambda _: {},
    fee: int = 0,
) -> CouponReport:
    """Account for every coupon of an export.

    ``orders``: None where the file has no codes, then the cost is face x used. ``owner``: of
    single codes, the coupon that each was issued for (see ``issued_to``). ``fee``: the share of
    revenue that the platform keeps, ppm. An order with several coupons is split between them by
    their faces where all are amounts, else evenly. A coupon whose margin is below zero is for
    review.
    """
    faces = {one.row.number: _face(coupons, one) for one in coupons.records}
    accounts, strange = _accounts(coupons.records, orders or [], owner, faces, fee)
    rows = [
        _ended(one, accounts[one.row.number], faces[one.row.number], told=orders is not None)
        for one in coupons.records
    ]
    rows += unread_rows(coupons)
    return CouponReport(sorted(rows, key=lambda one: one.row.number), accounts, strange)


def issued_to(state: State, codes: Iterable[str]) -> dict[str, str]:
    """Code -> name of the coupon that ``coupon create`` issued it for, of those that it did."""
    names = batch_names(state)
    found: dict[str, str] = {}
    for batch, imported, held in holders(state, codes):
        if not imported and batch in names:
            found.update(dict.fromkeys(held, names[batch]))
    return found


def _accounts(
    records: Sequence[Typed],
    orders: Iterable[CouponOrder],
    owner: Callable[[Iterable[str]], Mapping[str, str]],
    faces: Mapping[int, int | None],
    fee: int,
) -> tuple[dict[int, Account], int]:
    """Row number -> account; and how many orders belong to none."""
    accounts = {one.row.number: Account() for one in records}
    named = _named(records)
    strange, left = 0, iter(orders)
    while batch := list(islice(left, _BATCH)):
        issued = owner({code for one in batch for code in one.codes if code not in named})
        for order in batch:
            keys = (named.get(code, named.get(fold(issued.get(code, "")))) for code in order.codes)
            mine = sorted({key for key in keys if key is not None})
            strange += not mine
            if mine:
                _book(order, [accounts[key] for key in mine], [faces[key] for key in mine], fee)
    return accounts, strange


def _named(records: Sequence[Typed]) -> dict[str, int]:
    """Folded code, id or name -> row number; a code counts before an id, the first row wins."""
    named: dict[str, int] = {}
    for column in ("code", "coupon_id", "name"):
        for one in records:
            text = fold(str(one.values[column] or ""))
            if text:
                named.setdefault(text, one.row.number)
    return named


def _book(
    order: CouponOrder, mine: Sequence[Account], faces: Sequence[int | None], fee: int
) -> None:
    """Put an order down to its coupons, all amounts parted by the same weights."""
    weights = [face for face in faces if face]
    weights = weights if len(weights) == len(mine) else [1] * len(mine)
    revenue = order.revenue or 0
    margin = None
    if order.revenue is not None and order.goods is not None:
        margin = revenue - order.goods - portion(max(0, revenue), fee)
    given, brought = split(order.given or 0, weights), split(revenue, weights)
    left = split(margin or 0, weights)
    for place, one in enumerate(mine):
        one.orders += 1
        one.untold += order.given is None
        one.given += given[place]
        one.revenue += brought[place]
        if margin is None:
            one.without_cost += 1
        else:
            one.margin += left[place]
            one.known += brought[place]


def _face(coupons: Loaded, one: Typed) -> int | None:
    """What a coupon takes off at most, in minor units; None for a share or an unclear cell."""
    try:
        benefit = benefit_of(one.values, "face", unit_of(coupons, "face"))
    except CellUnclear:
        return None
    fixed = benefit.kind == "minus" and not benefit.each_per
    return benefit.tiers[-1].value if fixed else None


def _ended(one: Typed, account: Account, face: int | None, *, told: bool) -> Ended:
    values = one.values
    issued, claimed, used = _count(values["total"]), values["claimed"], values["used"]
    used = account.orders if used is None and told else used
    cost, source = _cost(account, face, used if isinstance(used, int) else None, told=told)
    evidence: dict[str, Figure] = {
        "issued": issued,
        "claimed": claimed if isinstance(claimed, int) else None,
        "claim_percent": _percent(claimed, issued),
        "used": used if isinstance(used, int) else None,
        "use_percent": _percent(used, issued if claimed is None else claimed),
        "orders": account.orders if told else None,
        "cost": None if cost is None else money_text(cost),
        "cost_from": source,
    }
    if account.orders:
        known = account.orders > account.without_cost
        evidence |= {
            "revenue": money_text(account.revenue),
            "margin": money_text(account.margin) if known else None,
            "margin_percent": _percent(account.margin, account.known) if known else None,
            "orders_without_cost": account.without_cost,
        }
    name = str(values["name"] or values["code"] or values["coupon_id"] or f"line {one.row.line}")
    if account.margin < 0:
        lost = money_text(-account.margin)
        why: dict[str, Figure] = {"coupon": name, "lost": lost, "orders": account.orders}
        return Ended(one.row, name, Outcome("review", "coupon_loses_money", why, evidence))
    return Ended(one.row, name, Outcome("ok", evidence=evidence))


def _cost(
    account: Account, face: int | None, used: int | None, *, told: bool
) -> tuple[int | None, str]:
    """What the coupon cost and where the figure is from: orders, or face x used."""
    if told and not account.untold:
        return account.given, "orders"
    return (face * used, "face x used") if face is not None and used is not None else (None, "")


def _count(value: object) -> int | None:
    text = str(value or "").replace(",", "").strip()
    return int(text) if text.isdecimal() and text.isascii() else None


def _percent(part: object, whole: object) -> float | None:
    if not isinstance(part, int) or not isinstance(whole, int) or whole <= 0:
        return None
    return (part * 1000 + whole // 2) // whole / 10
