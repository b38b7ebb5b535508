"""How far a SKU's own evidence carries: elasticities drawn to their category, and it to the shop.

Empirical Bayes with two levels, e ~ N(category mean, within²), category mean ~ N(shop mean,
between²), the spreads learned from the shop itself by EM. Small shops cannot teach them, so a
little is known beforehand: own-price elasticities of consumer goods centre at -2.62 (Bijmolt, van
Heerde, Pieters 2005, J. Marketing Research 42(2), 1,851 estimates), and most lie within 1 of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shopkit.offers.arrays import Floats, Ints, summed

USUAL = -2.62
_USUAL_VARIANCE = 1.0
_WITHIN, _WITHIN_WORTH = 1.0, 4.0  # a variance and how many SKUs' word against it counts as much
_BETWEEN, _BETWEEN_WORTH = 0.25, 2.0
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Pool:
    """Each category's mean with its variance, and the variance of SKUs around it."""

    mean: Floats
    mean_variance: Floats
    within: float

    def prior(self, category: Ints) -> tuple[Floats, Floats]:
        """Mean and variance to expect of a SKU of a category before its own sales are looked at."""
        return self.mean[category], self.within + self.mean_variance[category]


def usual_pool(categories: int) -> Pool:
    """What is known before any sale was seen."""
    known = np.full(categories, _USUAL_VARIANCE)
    return Pool(np.full(categories, USUAL), known, _WITHIN)


def learn_pool(own: Floats, variance: Floats, category: Ints, categories: int) -> Pool:
    """Learn the pool from SKUs' own estimates (``variance``: theirs; inf where there is none)."""
    told = np.isfinite(variance)
    own, variance, category = own[told], variance[told], category[told]
    pool = usual_pool(categories)
    between = _BETWEEN
    for _ in range(_ROUNDS):
        weight = 1 / (pool.within + variance)
        precision = summed(category, weight, categories)
        pull = summed(category, weight * own, categories)
        shop = _shop_mean(precision, pull, between)
        mean = (pull + shop / between) / (precision + 1 / between)
        mean_variance = 1 / (precision + 1 / between)
        within = _spread_within(own, variance, mean[category], mean_variance[category], pool.within)
        seen = precision > 0
        off = ((mean - shop) ** 2 + mean_variance)[seen].sum()
        between = (_BETWEEN * _BETWEEN_WORTH + off) / (_BETWEEN_WORTH + seen.sum())
        pool = Pool(mean, mean_variance, within)
    return pool


def _shop_mean(precision: Floats, pull: Floats, between: float) -> float:
    """The mean over categories, each counted by what it knows."""
    seen = precision > 0
    weight = 1 / (between + 1 / precision[seen])
    total = (weight * pull[seen] / precision[seen]).sum() + USUAL / _USUAL_VARIANCE
    return float(total / (weight.sum() + 1 / _USUAL_VARIANCE))


def _spread_within(
    own: Floats, variance: Floats, mean: Floats, mean_variance: Floats, within: float
) -> float:
    share = within / (within + variance)
    off = share * (own - mean)
    second = off * off + share * variance + (1 - share) ** 2 * mean_variance
    return float((_WITHIN * _WITHIN_WORTH + second.sum()) / (_WITHIN_WORTH + len(own)))
