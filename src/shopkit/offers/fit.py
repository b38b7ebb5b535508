"""``price fit``: own-price elasticity of every SKU from its sales, with an interval.

A Poisson model of daily units with a season for each category and fortnight, promotion days, the
weekday, levels that may drift, and days short of stock left out; SKUs with little history are drawn
to their category (empirical Bayes). A per-SKU log-log regression, what most notebooks do, takes the
season for an effect of the price and cannot use days without sales.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shopkit.offers.arrays import Floats, Ints
from shopkit.offers.demand import REACH, Demand
from shopkit.offers.drift import Unrest, find_unrest
from shopkit.offers.fit_cells import Digest
from shopkit.offers.poisson import Cells, Estimate, Prior, fit_poisson
from shopkit.offers.pooling import Pool, learn_pool, usual_pool

_RECENT = 2  # periods that tell the season and level of now
_SEASON_VARIANCE = 0.3**2  # of a category's season around the shop's
_SHOP_SEASON_VARIANCE = 1.0
_PROMO_VARIANCE = 0.3**2
_SHOP_PROMO_VARIANCE = 4.0
_ROUNDS = 3
_MOVED_DAYS = 7
_FEWEST_UNITS = 10
_MOST_STEPS = 26


@dataclass(frozen=True, slots=True)
class Fit:
    """The fit of a history: ``demand`` and, a SKU each, what it rests on.

    ``category_elasticity``: mean of the category, to which SKUs are drawn; ``own_share``: how much
    of the estimate comes from the SKU's own sales (0 to 1). ``dropped``: see Digest.
    """

    demand: Demand
    category: tuple[str, ...]
    category_elasticity: Floats
    own_share: Floats
    days: Ints
    prices: Ints
    units: Floats
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Estimates of all SKUs, category by category, in the order of the SKUs."""

    level: Floats
    elasticity: Floats
    level_variance: Floats
    covariance: Floats
    elasticity_variance: Floats
    now: Floats  # log of the season at the end of the history
    still: Floats  # units expected in each cell with the mean level of its SKU


def fit_sales(sales: Digest) -> Fit:
    """Fit a history. SKUs that cannot have an estimate of their own say why in ``demand.reason``.

    Reasons: ``no_usable_sales``, ``sales_too_few``, ``price_never_varied``,
    ``sells_more_when_dear`` (the price seems to follow demand, so no price can be advised).
    """
    count, cells = len(sales.skus), sales.cells
    category, categories = sales.category_of, len(sales.categories)
    pool = usual_pool(categories)
    unrest = Unrest(np.zeros(count), np.ones(count))
    shop = _fit_shop(cells, count)
    for _ in range(_ROUNDS):
        fitted = _fit_categories(cells, sales, pool, unrest, shop)
        unrest = find_unrest(cells, fitted.still, count)
        pool = learn_pool(*_own(fitted, pool, category), category, categories)
    fitted = _fit_categories(cells, sales, pool, unrest, shop)
    return _told(sales, fitted, pool)


def _fit_shop(cells: Cells, count: int) -> Estimate:
    """The whole shop as one category: the season and lift that categories are drawn to."""
    periods = int(cells.period.max(initial=0)) + 1
    pool = usual_pool(1)
    mean, variance = pool.prior(np.zeros(count, np.int64))
    prior = Prior(
        elasticity=mean,
        elasticity_variance=variance,
        season=np.zeros(periods),
        season_variance=_SHOP_SEASON_VARIANCE,
        promo=0.0,
        promo_variance=_SHOP_PROMO_VARIANCE,
        spread=np.ones(count),
        step_of=np.zeros(periods, np.int64),
        walk=np.zeros(count),
    )
    return fit_poisson(cells, prior)


def _fit_categories(
    cells: Cells, sales: Digest, pool: Pool, unrest: Unrest, shop: Estimate
) -> _Fitted:
    """Fit every category by itself; SKUs of different ones share nothing but the priors."""
    count, categories = len(sales.skus), len(sales.categories)
    level, slope, v_level, v_both, v_slope, now = np.zeros((6, count))
    still = np.zeros(len(cells.sku))
    step_of = _steps(len(shop.season), walks=bool(unrest.walk.any()))
    length = np.bincount(step_of)[-1]
    prior_mean, prior_variance = pool.prior(sales.category_of)
    members = _groups(sales.category_of, categories)
    rows = _groups(sales.category_of[cells.sku], categories)
    local = np.zeros(count, np.int64)
    for skus, chosen in zip(members, rows, strict=True):
        if not len(skus):
            continue
        local[skus] = np.arange(len(skus))
        part = _part(cells, chosen, local)
        prior = Prior(
            elasticity=prior_mean[skus],
            elasticity_variance=prior_variance[skus],
            season=shop.season,
            season_variance=_SEASON_VARIANCE,
            promo=shop.promo,
            promo_variance=_PROMO_VARIANCE,
            spread=unrest.spread[skus],
            step_of=step_of,
            walk=unrest.walk[skus] * length,
        )
        found = fit_poisson(part, prior)
        level[skus], slope[skus] = found.level[:, -1], found.elasticity
        v_level[skus], v_both[skus] = found.level_variance, found.covariance
        v_slope[skus] = found.elasticity_variance
        now[skus] = found.season[-_RECENT:].mean()
        v_level[skus] += _season_unrest(found.season)
        mean_level = found.level - found.level.mean(1, keepdims=True)
        moved = mean_level[part.sku, step_of[part.period]]
        still[chosen] = found.mean(part) * np.exp(-moved)
    return _Fitted(level, slope, v_level + unrest.walk, v_both, v_slope, now, still)


def _steps(periods: int, *, walks: bool) -> Ints:
    """The step of the walk that each period belongs to; the last step is a whole one."""
    if not walks:
        return np.zeros(periods, np.int64)
    length = -(-periods // _MOST_STEPS)
    step = (np.arange(periods) - periods) // length
    return np.asarray(step - step[0], np.int64)


def _season_unrest(season: Floats) -> float:
    """How far a fortnight was off the mean of the two before it, on average (a variance of logs).

    What is told of the fortnights to come is no surer than that.
    """
    if len(season) <= _RECENT:
        return _SEASON_VARIANCE
    before = np.convolve(season, np.full(_RECENT, 1 / _RECENT), "valid")[:-1]
    return float(((season[_RECENT:] - before) ** 2).mean())


def _groups(code: Ints, count: int) -> list[Ints]:
    """The places of each code, in order."""
    order = np.argsort(code, kind="stable")
    return np.split(order, np.cumsum(np.bincount(code, minlength=count))[:-1])


def _part(cells: Cells, chosen: Ints, local: Ints) -> Cells:
    return Cells(
        local[cells.sku[chosen]],
        cells.period[chosen],
        cells.promo[chosen],
        cells.x[chosen],
        cells.days[chosen],
        cells.units[chosen],
    )


def _own(fitted: _Fitted, pool: Pool, category: Ints) -> tuple[Floats, Floats]:
    """What a SKU's sales alone say: the estimate with the prior taken out again."""
    prior_mean, prior_variance = pool.prior(category)
    evidence = 1 / fitted.elasticity_variance - 1 / prior_variance
    told = evidence > 1e-3 / prior_variance
    evidence = np.where(told, evidence, 1.0)
    pull = fitted.elasticity / fitted.elasticity_variance - prior_mean / prior_variance
    return pull / evidence, np.where(told, 1 / evidence, np.inf)


def _told(sales: Digest, fitted: _Fitted, pool: Pool) -> Fit:
    """Put the estimates in the form that people and the plan read."""
    category = sales.category_of
    own, own_variance = _own(fitted, pool, category)
    _, prior_variance = pool.prior(category)
    reason = _reasons(sales, own - REACH * np.sqrt(own_variance))
    return Fit(
        demand=_demand(sales, fitted, reason),
        category=tuple(sales.categories[code] for code in category),
        category_elasticity=pool.mean[category],
        own_share=np.clip(1 - fitted.elasticity_variance / prior_variance, 0, 1),
        days=sales.days,
        prices=sales.prices,
        units=sales.units,
        dropped=sales.dropped,
    )


def _reasons(sales: Digest, surely_above: Floats) -> tuple[str, ...]:
    """Why a SKU has no estimate of its own; the first that holds."""
    verdicts = [
        ("no_usable_sales", sales.days == 0),
        ("sales_too_few", sales.units < _FEWEST_UNITS),
        ("price_never_varied", sales.moved < _MOVED_DAYS),
        ("sells_more_when_dear", surely_above > 0),
    ]
    found = np.full(len(sales.days), "", dtype=object)
    for reason, holds in reversed(verdicts):
        found[holds] = reason
    return tuple(found)


def _demand(sales: Digest, fitted: _Fitted, reason: tuple[str, ...]) -> Demand:
    """Demand at the price where the errors of level and elasticity do not hang together."""
    usual = sales.usual
    pivot = usual - fitted.covariance / fitted.elasticity_variance
    at = np.maximum(np.round(np.exp(np.clip(pivot, 0, 30))), 1)
    x = np.log(at) - usual
    level = fitted.level + fitted.now + fitted.elasticity * x
    level_variance = (
        fitted.level_variance + 2 * x * fitted.covariance + x * x * fitted.elasticity_variance
    )
    silent = np.array([bool(code) for code in reason])
    return Demand(
        skus=tuple(sales.skus),
        at=at.astype(np.int64),
        units=np.where(silent, np.nan, np.exp(level)),
        units_error=np.where(silent, np.nan, np.sqrt(np.maximum(level_variance, 0))),
        elasticity=np.where(silent, np.nan, fitted.elasticity),
        elasticity_error=np.where(silent, np.nan, np.sqrt(fitted.elasticity_variance)),
        reason=reason,
    )
