"""Prices for a goal (profit, revenue, cleared stock) inside the bounds that the rules leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from shopkit.messages import reason as words_of
from shopkit.offers.catalogue import Amounts
from shopkit.offers.demand import Demand
from shopkit.offers.plan import bounds_of
from shopkit.offers.plan_catalogue import Catalogue
from shopkit.offers.price_rules import Rule
from shopkit.offers.propose import Change, Goods, Objective, Proposals, propose
from shopkit.runtime.job import Figure
from shopkit.values import WHOLE, money_text

_CAP = 200_000  # ppm: no goal moves a price further at once where its rule names no cap
_GRID = (0, 10)  # prices end on whole jiao (0.10) where a rule names no ending

COLUMNS = (
    "sku_id",
    "old",
    "proposed",
    "profit_change",
    "profit_low",
    "profit_high",
    "revenue_change",
    "revenue_low",
    "revenue_high",
    "units_change",
    "units_low",
    "units_high",
    "reason",
    "detail",
)
"""Of proposals.csv: changes a day against today's price, with the ends of 90 % intervals."""


@dataclass(frozen=True)
class Goal:
    """What the prices are for. ``min_revenue``: share (ppm) of today's that must be kept."""

    objective: Objective
    max_changes: int | None = None
    min_revenue: int = 0


def targets_for(
    catalogue: Catalogue, rules: Sequence[Rule], demand: Demand, goal: Goal
) -> tuple[Amounts, Proposals, Amounts]:
    """Prices for the whole catalogue (today's where none is proposed), how they came about, and
    which SKUs were asked about (the others have no rule, or are held by it).
    """
    rule, floor, reason = bounds_of(catalogue, rules)
    place = np.flatnonzero((rule >= 0) & (reason == 0) & (catalogue.price > 0))
    goods = _goods(catalogue, rules, place, rule[place], floor[place])
    found = propose(
        goods,
        demand,
        objective=goal.objective,
        max_changes=goal.max_changes,
        min_revenue=goal.min_revenue,
    )
    targets = catalogue.price.copy()
    targets[place] = found.price
    return targets, found, place


def proposal_rows(
    catalogue: Catalogue, found: Proposals, place: Amounts
) -> Iterator[dict[str, str]]:
    """The rows of proposals.csv."""
    for row, index in enumerate(place):
        yield {
            "sku_id": catalogue.sku_id[index],
            "old": money_text(int(catalogue.price[index])),
            "proposed": money_text(int(found.price[row])) if not found.reason[row] else "",
            **_change("profit", found.profit, row, 100),
            **_change("revenue", found.revenue, row, 100),
            **_change("units", found.units, row, 1),
            "reason": found.reason[row],
            "detail": _words(found.reason[row], catalogue.sku_id[index]),
        }


def expected_of(found: Proposals) -> dict[str, Figure]:
    """What all proposals together change a day (money in yuan), with 90 % intervals."""
    told: dict[str, Figure] = {"revenue_kept": found.revenue_kept}
    for name, total in found.totals.items():
        unit = 1 if name == "units" else 100
        parts = {
            "today": total.today,
            "change": total.expected,
            "low": total.low,
            "high": total.high,
        }
        told |= {f"{name}_{part}": round(value / unit, 2) for part, value in parts.items()}
    return told


def _words(reason: str, sku: str) -> str:
    return " ".join(words_of(reason, sku=sku)).strip() if reason else ""


def _goods(
    catalogue: Catalogue, rules: Sequence[Rule], place: Amounts, rule: Amounts, floor: Amounts
) -> Goods:
    caps = np.array([one.cap or _CAP for one in rules], np.int64)[rule]
    endings = np.array([one.ending or _GRID for one in rules], np.int64).reshape(-1, 2)[rule]
    price = catalogue.price[place]
    lowest = np.maximum(floor, -(-price * (WHOLE - caps) // WHOLE))
    return Goods(
        skus=tuple(catalogue.sku_id[place]),
        price=price,
        cost=catalogue.cost[place],
        lowest=lowest,
        highest=np.maximum(price * (WHOLE + caps) // WHOLE, lowest),
        step=endings[:, 1],
        ending=endings[:, 0],
        stock=catalogue.stock[place],
    )


def _change(name: str, change: Change, row: int, unit: int) -> dict[str, str]:
    parts = (change.expected, change.low, change.high)
    figures = (float(part[row]) / unit for part in parts)
    texts = ("" if isnan(figure) else f"{figure:.2f}" for figure in figures)  # no cost, no profit
    return dict(zip((f"{name}_change", f"{name}_low", f"{name}_high"), texts, strict=True))
