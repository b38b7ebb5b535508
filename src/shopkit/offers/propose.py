"""Prices proposed for a goal: what each SKU's demand says, inside the bounds that rules leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shopkit.offers.arrays import Floats, Ints
from shopkit.offers.demand import REACH, Demand, expected_units
from shopkit.offers.optimise import Options, choose
from shopkit.values import WHOLE

Objective = Literal["profit", "revenue", "clear-stock"]

CLEAR_IN_DAYS = 30
_MOST_OPTIONS = 400  # prices tried a SKU; between them profit differs by less than a millionth
_CHUNK = 4_000  # SKUs whose options are laid out at once
_DRAWS = 1_000
_SEED = 20_250_106


@dataclass(frozen=True, slots=True)
class Goods:
    """SKUs and the bounds of their prices, in minor units.

    ``lowest`` and ``highest``: what floors, caps and rules leave, both allowed. A price ends as
    ``ending`` says on steps of ``step``: 10 and 0 is a grid of 0.10, 100 and 90 all prices .90.
    ``stock``: pieces. A cost or stock under 0 is not known.
    """

    skus: tuple[str, ...]
    price: Ints
    cost: Ints
    lowest: Ints
    highest: Ints
    step: Ints
    ending: Ints
    stock: Ints


@dataclass(frozen=True, slots=True)
class Change:
    """A figure a day against today's price: expected, and the ends of its 90 % interval.

    Profit and revenue in minor units, units in pieces. NaN: the profit where no cost is known.
    """

    expected: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Total:
    """A change of the whole plan a day, with its 90 % interval, beside today's figure."""

    today: float
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Proposals:
    """A price a SKU (today's where none is proposed) and what it is expected to change.

    ``reason``: empty where a price is proposed or today's is the best; else why nothing could be
    proposed: a reason of the fit (price_never_varied, ...), ``goal_cost_missing``,
    ``goal_stock_missing`` (the objective needs one), ``no_price_within_rules``,
    ``change_limit`` (today's breaks a bound, but no more changes are allowed).
    ``revenue_kept``: whether the least revenue asked for is reached.
    """

    price: Ints
    reason: tuple[str, ...]
    profit: Change
    revenue: Change
    units: Change
    totals: dict[str, Total]
    revenue_kept: bool


def propose(
    goods: Goods,
    demand: Demand,
    *,
    objective: Objective = "profit",
    max_changes: int | None = None,
    min_revenue: int = 0,
    days: int = CLEAR_IN_DAYS,
) -> Proposals:
    """Propose prices for ``goods``; ``demand`` may hold other SKUs, in any order.

    ``profit`` and ``revenue`` are made as large as can be expected; ``clear-stock`` frees the
    most money bound in stock within ``days`` (pieces sold, none beyond the stock, at cost) and of
    prices that do so equally takes the one with more revenue. ``min_revenue``: the share (ppm) of
    today's expected revenue of these SKUs that must be kept. At most ``max_changes`` SKUs change;
    those whose price today breaks a bound come first. Same inputs, same prices, in any order.
    """
    own = demand.of(goods.skus)
    reason = _lacking(goods, own, objective)
    able = np.flatnonzero([not told for told in reason] & (goods.price > 0))
    options, prices = _options(goods, own, able, objective, days)
    today = expected_units(own, able, goods.price[able]) * goods.price[able]
    least = -(1 - min_revenue / WHOLE) * float(today.sum()) if min_revenue else -np.inf
    found = choose(options, most_changes=max_changes, least_revenue=least)
    price = goods.price.copy()
    moved = found.option >= 0
    price[able[moved]] = prices[found.option[moved]]
    stuck = options.must & ~moved
    reason[able[stuck]] = "change_limit"
    reason[able[stuck & (np.diff(options.first) == 0)]] = "no_price_within_rules"
    return _expected(goods, own, able, price, tuple(reason), found.kept)


def _lacking(goods: Goods, own: Demand, objective: Objective) -> NDArray[np.object_]:
    """Why nothing can be said of a SKU; empty where something can."""
    told = np.array(own.reason, dtype=object)
    fitted = own.known
    if objective != "revenue":
        told[fitted & (goods.cost < 0)] = "goal_cost_missing"
    if objective == "clear-stock":
        told[fitted & (goods.stock < 0)] = "goal_stock_missing"
    return told


def _options(
    goods: Goods, own: Demand, able: Ints, objective: Objective, days: int
) -> tuple[Options, Ints]:
    """Every price that each SKU may take, with what it brings over today's."""
    counts, gains, revenues, prices = [np.zeros(0, np.int64)], [], [], []
    for rows in _chunks(able):
        sku, price = _grid(goods, rows)
        counts.append(np.bincount(sku, minlength=len(rows)))
        units = expected_units(own, rows[sku], price)
        before = expected_units(own, rows, goods.price[rows])
        goal = _goal(goods, rows, sku, price, units, objective, days)
        here = np.arange(len(rows))
        now = _goal(goods, rows, here, goods.price[rows], before, objective, days)
        gains.append(goal - now[sku])
        revenues.append(price * units - (goods.price[rows] * before)[sku])
        prices.append(price)
    first = np.append(0, np.cumsum(np.concatenate(counts)))
    must = (goods.price < goods.lowest) | (goods.price > goods.highest)
    joined = [np.concatenate(parts) if parts else np.zeros(0) for parts in (gains, revenues)]
    stepped = np.concatenate(prices) if prices else np.zeros(0, np.int64)
    return Options(first, joined[0], joined[1], must[able]), stepped


def _chunks(rows: Ints) -> Iterator[Ints]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def _grid(goods: Goods, rows: Ints) -> tuple[Ints, Ints]:
    """Each SKU's prices between its bounds, today's left out; evenly thinned where they are many.

    Both ends stay in: that is where the best price lies as often as not.
    """
    step, ending = goods.step[rows], goods.ending[rows]
    low = -((ending - np.maximum(goods.lowest[rows], 1)) // step)  # rounded up
    high = (goods.highest[rows] - ending) // step
    count = np.maximum(high - low + 1, 0)
    tried = np.minimum(count, _MOST_OPTIONS)
    sku = np.repeat(np.arange(len(rows)), tried)
    place = np.arange(len(sku)) - np.repeat(np.cumsum(tried) - tried, tried)
    spread = place * (count[sku] - 1) // np.maximum(tried[sku] - 1, 1)
    price = (low[sku] + spread) * step[sku] + ending[sku]
    other = price != goods.price[rows][sku]
    return sku[other], price[other]


def _goal(
    goods: Goods,
    rows: Ints,
    sku: Ints,
    price: Ints,
    units: Floats,
    objective: Objective,
    days: int,
) -> Floats:
    """What a price brings a day by the objective, in minor units."""
    if objective == "profit":
        return (price - goods.cost[rows][sku]) * units
    if objective == "revenue":
        return price * units
    stock = goods.stock[rows][sku]
    cleared = np.minimum(units, stock / days)
    return goods.cost[rows][sku] * cleared + 1e-6 * price * cleared


def _expected(
    goods: Goods, own: Demand, able: Ints, price: Ints, reason: tuple[str, ...], kept: bool
) -> Proposals:
    """The expected change of every SKU and of the whole, with intervals, by simulation.

    The same draws serve every SKU, so a SKU's interval hangs on nothing but itself. For the sums
    elasticities err independently, levels (the season to come) all the same way.
    """
    figures = {name: np.zeros((3, len(goods.skus))) for name in ("profit", "revenue", "units")}
    sums = {name: np.zeros(4) for name in figures}  # today, expected, variance, shared deviation
    for rows in _chunks(able):
        units = _Units(own, rows, goods.price[rows], price[rows])
        old, new = goods.price.astype(np.float64), price.astype(np.float64)
        cost = np.where(goods.cost < 0, np.nan, goods.cost)
        worth = {
            "profit": ((old - cost)[rows], (new - cost)[rows]),
            "revenue": (old[rows], new[rows]),
            "units": (np.ones(len(rows)), np.ones(len(rows))),
        }
        for name, (before, after) in worth.items():
            figures[name][:, rows] = units.change(before, after)
            sums[name] += units.sums(before, after)
    changes = {name: Change(*values) for name, values in figures.items()}
    totals = {name: _total(*values) for name, values in sums.items()}
    return Proposals(price, reason, **changes, totals=totals, revenue_kept=kept)


class _Units:
    """Units a day of some SKUs at today's and the new price: expected, and drawn by chance."""

    def __init__(self, own: Demand, rows: Ints, old: Ints, new: Ints) -> None:
        level, slope = np.random.default_rng(_SEED).standard_normal((2, _DRAWS))
        self.old = expected_units(own, rows, old)
        self.new = expected_units(own, rows, new)
        self.error = own.units_error[rows]
        self.level = np.exp(self.error[:, None] * level)
        elasticity = own.elasticity[rows][:, None] + own.elasticity_error[rows][:, None] * slope
        self.old_drawn, self.new_drawn = (
            own.units[rows][:, None] * np.exp(np.log(price / own.at[rows])[:, None] * elasticity)
            for price in (old, new)
        )

    def change(self, before: Floats, after: Floats) -> Floats:
        """Expected change and interval of units times what one is worth, before and after."""
        low, high = np.quantile(self._off(before, after) * self.level, [0.05, 0.95], axis=1)
        return np.stack([after * self.new - before * self.old, low, high])

    def sums(self, before: Floats, after: Floats) -> Floats:
        """Summed: today's figure, the change, its variance, and its deviation by the level."""
        change = after * self.new - before * self.old
        variance = np.nansum(self._off(before, after).var(axis=1))
        shared = np.nansum(change * self.error)
        return np.array([np.nansum(before * self.old), np.nansum(change), variance, shared])

    def _off(self, before: Floats, after: Floats) -> Floats:
        return np.asarray(after[:, None] * self.new_drawn - before[:, None] * self.old_drawn)


def _total(today: float, expected: float, variance: float, shared: float) -> Total:
    reach = REACH * float(np.sqrt(variance + shared**2))
    return Total(float(today), float(expected), expected - reach, expected + reach)
