"""A sign-up sheet checked: each SKU passes or is held, and one held SKU holds its whole item."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shopkit.offers.lows import PricePoint, lowest
from shopkit.offers.model import Assumption, Offer, OfficialRounding, Reading
from shopkit.offers.reductions import piece_off
from shopkit.offers.signup import largest, passes
from shopkit.runtime.job import Figure, Outcome, Row, Status
from shopkit.runtime.profiles import Profile
from shopkit.runtime.publish import Ended
from shopkit.runtime.typed import Loaded, Typed
from shopkit.values import money_text, read_percent

PLACEMENT = "campaign"
EVIDENCE = ("item_id", "sku_id", "signup_price", "line", "line_from", "largest", "largest_by_rule")
_GONE = frozenset({"已下架", "下架", "delisted", "已删除", "仓库中"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What a campaign asks: shares in ppm, amounts in minor units, ages in days and hours."""

    rate: int
    roundings: tuple[OfficialRounding, ...]
    step: int = 100
    days: int = 15
    most_age: int = 72


@dataclass(frozen=True, slots=True)
class Checked:
    """A SKU of the sheet: the line it must hold, and the largest price that does."""

    row: Row
    item: str
    sku: str
    signup: int | None
    line: int | None
    line_from: str
    largest: int
    by_rule: Mapping[str, int]
    reason: str = ""
    values: Mapping[str, Figure] | None = None

    @property
    def ended(self) -> Ended:
        """The row as results.csv tells it."""
        rules = "; ".join(f"{name} {money_text(price)}" for name, price in self.by_rule.items())
        evidence: dict[str, Figure] = {
            "item_id": self.item,
            "sku_id": self.sku,
            "signup_price": None if self.signup is None else money_text(self.signup),
            "line": None if self.line is None else money_text(self.line),
            "line_from": self.line_from,
            "largest": money_text(self.largest) if self.largest else None,
            "largest_by_rule": rules,
        }
        values = dict(self.values or {})
        status: Status = "review" if self.reason else "ok"
        outcome = Outcome(status, self.reason, values, evidence)
        return Ended(self.row, f"{self.item}/{self.sku}", outcome)


def rules_of(profile: Profile, reading: Reading, rate: str | None = None) -> Rules:
    """A campaign's rules from a profile; ``rate`` (``12%``) is the official reduction of this one.

    Raises ValueError for a rate that is none.
    """
    share = read_percent(rate or profile.text("official_rate", "0%"))
    return Rules(
        rate=share,
        roundings=reading.officials,
        step=int(profile.number("signup_step_fen", 100) or 100),
        days=int(profile.number("line_days", 15) or 15),
        most_age=int(profile.number("evidence_max_hours", 72) or 72),
    )


def check_sheet(
    sheet: Loaded,
    rules: Rules,
    *,
    now: dt.datetime,
    history: Loaded | None = None,
    offers: Sequence[Offer] = (),
) -> list[Checked]:
    """Check every row. ``offers``: the item discounts that run during the campaign count."""
    points = _points(history)
    checked = [
        _checked(record, rules, now, points.get(str(record.values["sku_id"]), []), offers)
        for record in sheet.records
        if str(record.values.get("status") or "") not in _GONE
    ]
    unread = [_unread(row, sheet) for row in sheet.rejected]
    return _whole_items(_without_twins([*checked, *unread]))


def _checked(
    record: Typed,
    rules: Rules,
    now: dt.datetime,
    points: Sequence[PricePoint],
    offers: Sequence[Offer],
) -> Checked:
    values = record.values
    item, sku = str(values["item_id"]), str(values["sku_id"])
    signup = _whole(values.get("signup_price"))
    line, line_from = _line(values, points, now, rules.days)
    told: dict[str, Figure] = {"sku": sku, "item": item, "line": money_text(line or 0)}
    blank = Checked(record.row, item, sku, signup, line, line_from, 0, {})
    if line is None:
        return replace(blank, reason="line_missing", values=told)
    observed = values.get("observed")
    if isinstance(observed, dt.datetime) and now - observed > dt.timedelta(hours=rules.most_age):
        old: dict[str, Figure] = {"hours": rules.most_age, "observed": f"{observed:%Y-%m-%d %H:%M}"}
        return replace(blank, reason="evidence_stale", values={**told, **old})
    off = _item_off(signup or line, item, sku, offers)
    by_rule: dict[str, int] = {
        rounding: largest(line, rules.rate, off, [rounding], rules.step)
        for rounding in rules.roundings
    }
    most = largest(line, rules.rate, off, rules.roundings, rules.step)
    found = replace(blank, largest=most, by_rule=by_rule)
    told |= {"largest": money_text(most)}
    if signup is None:
        return found if most else replace(found, reason="no_signup_price", values=told)
    told |= {"signup": money_text(signup)}
    if signup % rules.step:
        step = {"step": money_text(rules.step)}
        return replace(found, reason="signup_not_in_steps", values={**told, **step})
    if not passes(signup, line, rules.rate, off, rules.roundings):
        return replace(found, reason="signup_over_line", values=told)
    return found


def _line(
    values: Mapping[str, object], points: Sequence[PricePoint], now: dt.datetime, days: int
) -> tuple[int | None, str]:
    """The stricter of the sheet's own line and the history's low, and which of them it is."""
    own, low = _whole(values.get("line_price")), lowest(points, now, days).price
    known = [(price, name) for price, name in ((own, "sheet"), (low, "history")) if price]
    return min(known) if known else (None, "")


def _item_off(price: int, item: str, sku: str, offers: Sequence[Offer]) -> int:
    """What the item's own discounts take off each piece: an amount; percents at this price."""
    running = [
        one
        for one in offers
        if one.level == "item"
        and not one.has_threshold
        and one.scope.covers(item, sku, frozenset())
    ]
    return max((piece_off(one, price, Assumption()) for one in running), default=0)


def _without_twins(checked: Sequence[Checked]) -> list[Checked]:
    """A SKU that stands in two rows is refused by platforms: both wait."""
    counts = Counter(one.sku for one in checked)
    return [
        replace(one, reason="sku_twice", values={"sku": one.sku, "item": one.item})
        if counts[one.sku] > 1
        else one
        for one in checked
    ]


def _whole_items(checked: Sequence[Checked]) -> list[Checked]:
    """One SKU that is held holds all of its item."""
    held = {one.item: one.sku for one in reversed(checked) if one.reason}
    told = sorted(checked, key=lambda one: one.row.number)
    return [
        replace(
            one, reason="item_held", values={"sku": one.sku, "item": one.item, "by": held[one.item]}
        )
        if not one.reason and one.item in held
        else one
        for one in told
    ]


def _unread(row: Row, sheet: Loaded) -> Checked:
    """A row that could not be read holds its item too."""
    found = next((one for one in sheet.rejects if one.line == row.line), None)
    binding = sheet.binding

    def cell(name: str) -> str:
        place = binding.at.get(name) if binding else None
        return "" if binding is None or place is None else row.cells[binding.headers[place]]

    values: dict[str, Figure] = {}
    if found is not None:
        values = {name: str(value) for name, value in found.error.values.items()}
    reason = found.rule if found else "cell_empty"
    item, sku = cell("item_id"), cell("sku_id")
    return Checked(row, item, sku, None, None, "", 0, {}, reason, values)


def _points(history: Loaded | None) -> dict[str, list[PricePoint]]:
    """What buyers finally paid, by SKU: the final price, else the list price."""
    points: dict[str, list[PricePoint]] = {}
    for one in history.records if history else ():
        since, final = one.values.get("ts"), _whole(one.values.get("final_price"))
        price = final or _whole(one.values.get("list_price"))
        if isinstance(since, dt.datetime) and price:
            points.setdefault(str(one.values["sku_id"]), []).append(PricePoint(since, price))
    return points


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
