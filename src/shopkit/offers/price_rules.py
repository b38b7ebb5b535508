"""Price rules from the shop's table: which SKUs, what to do with them, inside which bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from shopkit.offers import offer_cells as oc
from shopkit.offers.endings import read_ending
from shopkit.offers.offer_cells import Unclear
from shopkit.offers.read_offers import CellUnclear, cell, reject
from shopkit.runtime.rejects import Reject
from shopkit.runtime.typed import Typed, load_rows
from shopkit.values import WHOLE, read_money, read_percent

if TYPE_CHECKING:
    import pandas as pd

Action = Literal["set", "percent", "minus", "cost_plus", "margin", "match", "clearance"]
Steps = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Band:
    """From ``low`` to ``high``, both in; None is open."""

    low: int | None = None
    high: int | None = None

    @property
    def open(self) -> bool:
        """Whether everything is in it."""
        return self.low is None and self.high is None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Money in minor units, shares in ppm; the higher ``priority`` wins.

    ``value``: the price (set), what is taken off (minus) or added to a rival's price (match), the
    change (percent), the markup (cost_plus), the margin (margin). ``steps`` of clearance: (days of
    cover from, change). ``cap``: the largest change of a price at once, ``day_cap`` within a day;
    0 without.
    """

    id: str
    priority: int
    action: Action
    value: int
    steps: Steps = ()
    category: str = ""
    tag: str = ""
    sku: str = ""
    price: Band = Band()
    stock: Band = Band()
    cover: Band = Band()
    age: Band = Band()
    ending: tuple[int, int] | None = None
    fee: int = 0
    margin: int = 0
    floor: int = 0
    history: bool = False
    cap: int = 0
    day_cap: int = 0
    starts: dt.datetime | None = None
    ends: dt.datetime | None = None


def read_rules(
    source: Path | str | pd.DataFrame, *, encoding: str | None = None, shop: Path | None = None
) -> tuple[list[Rule], list[Reject]]:
    """Read a table of rules; what cannot be read is in the rejects. Raises InputRefused."""
    loaded = load_rows("price_rules", source, encoding=encoding, shop=shop)
    rules: dict[str, Rule] = {}
    rejects = list(loaded.rejects)
    for record in loaded.records:
        try:
            rule = _rule(record)
            if rule.id in rules:
                raise CellUnclear("rule_id", Unclear("rule_twice", rule.id))
            rules[rule.id] = rule
        except CellUnclear as error:
            rejects.append(reject(loaded, record, error))
    return list(rules.values()), rejects


def _rule(record: Typed) -> Rule:
    values = record.values
    action = oc.meaning("action", cell(values, "action"))
    if action is None:
        raise CellUnclear("action", Unclear("action_unknown", cell(values, "action")))
    text = oc.plain(cell(values, "value"))
    value, steps = _value(cast(Action, action), text)
    fee, margin = _share(values, "fee"), _share(values, "margin")
    if fee + (value if action == "margin" else margin) >= WHOLE:
        raise CellUnclear("margin", Unclear("margin_takes_all", ""))
    return Rule(
        id=cell(values, "rule_id"),
        priority=_number(values, "priority") or 0,
        action=cast(Action, action),
        value=value,
        steps=steps,
        category=cell(values, "category"),
        tag=cell(values, "tag"),
        sku=cell(values, "sku"),
        price=_band(values, "price"),
        stock=_band(values, "stock"),
        cover=_band(values, "cover"),
        age=_band(values, "age"),
        ending=_ending(cell(values, "ending")),
        fee=fee,
        margin=margin,
        floor=_number(values, "floor") or 0,
        history=bool(values.get("history")),
        cap=_share(values, "cap"),
        day_cap=_share(values, "day_cap"),
        starts=_moment(values, "starts"),
        ends=_moment(values, "ends"),
    )


def _value(action: Action, text: str) -> tuple[int, Steps]:
    if action == "clearance":
        return 0, _steps(text)
    if action == "match" and not text:
        return 0, ()
    shares = action in ("percent", "cost_plus", "margin")
    return _read(read_percent if shares else read_money, text), ()


def _steps(text: str) -> Steps:
    """``60:-10%;120:-20%``: from 60 days of cover on 10 % less, from 120 on 20 % less."""
    steps = []
    for part in text.replace("；", ";").split(";"):
        days, _, change = part.partition(":")
        if not days.strip().isdecimal():
            raise CellUnclear("value", Unclear("clearance_unreadable", text))
        steps.append((int(days), _read(read_percent, change)))
    return tuple(sorted(steps))


def _read(reader: Callable[[str], int], text: str) -> int:
    try:
        return reader(text.removeprefix("+"))
    except ValueError:
        raise CellUnclear("value", Unclear("rule_value_unreadable", text)) from None


def _ending(text: str) -> tuple[int, int] | None:
    try:
        return read_ending(oc.plain(text))
    except ValueError:
        raise CellUnclear("ending", Unclear("ending_unreadable", text)) from None


def _band(values: Mapping[str, object], name: str) -> Band:
    return Band(_number(values, f"{name}_from"), _number(values, f"{name}_to"))


def _number(values: Mapping[str, object], name: str) -> int | None:
    found = values.get(name)
    return found if isinstance(found, int) else None


def _share(values: Mapping[str, object], name: str) -> int:
    share = _number(values, name) or 0
    if not 0 <= share < WHOLE:
        raise CellUnclear(name, Unclear("share_out_of_range", cell(values, name)))
    return share


def _moment(values: Mapping[str, object], name: str) -> dt.datetime | None:
    found = values.get(name)
    return found if isinstance(found, dt.datetime) else None
