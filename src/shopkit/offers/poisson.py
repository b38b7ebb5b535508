"""Penalised Poisson regression of many SKUs that share seasons: Newton steps by blocks, in numpy.

log(units a day) = level[sku] + elasticity[sku]·x + season[period] + promo·on_promotion, with x the
log of the price over the SKU's usual one. A SKU's two numbers meet those of others only through
the few shared ones, so a step solves 2 x 2 blocks and one small system (Schur complement): linear
in the number of SKUs. Elasticities, seasons and the promotion's lift are drawn to their priors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shopkit.offers.arrays import Floats, Ints, summed

_STEPS = 40
_SETTLED = 1e-4
_LONGEST_STEP = 1.0  # in log units: keeps the first steps of thin SKUs from running away
_LEVEL_PRECISION = 1e-4  # a level is free but for what keeps SKUs without sales finite


@dataclass(frozen=True, slots=True)
class Cells:
    """Days of a SKU with one price, period and promotion, summed. Codes count from 0.

    ``days`` is the exposure: a strong weekday counts for more than 1. ``x`` is log(price/usual).
    """

    sku: Ints
    period: Ints
    promo: Floats  # 1 or 0
    x: Floats
    days: Floats
    units: Floats


@dataclass(frozen=True, slots=True)
class Prior:
    """Means and variances to which estimates are drawn; ``spread`` divides a SKU's evidence.

    ``spread``: how many times more than Poisson its sales vary (1 or more).
    """

    elasticity: Floats
    elasticity_variance: Floats
    season: Floats
    season_variance: float
    promo: float
    promo_variance: float
    spread: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """The fit; variances of level and elasticity (and between them) count the shared terms' too."""

    level: Floats
    elasticity: Floats
    season: Floats
    promo: float
    level_variance: Floats
    covariance: Floats
    elasticity_variance: Floats

    def mean(self, cells: Cells) -> Floats:
        """Units expected in each cell."""
        log = (
            self.level[cells.sku]
            + self.elasticity[cells.sku] * cells.x
            + self.season[cells.period]
            + self.promo * cells.promo
        )
        return np.asarray(cells.days * np.exp(log))


def fit_poisson(cells: Cells, prior: Prior, start: Estimate | None = None) -> Estimate:
    """Return the most probable values with their curvature (Laplace); ``start`` saves steps."""
    now = start or _first_guess(cells, prior)
    for _ in range(_STEPS):
        step = _Step(cells, prior, now)
        longest = max(float(np.abs(step.elasticity).max()), float(np.abs(step.shared).max()))
        now = step.taken()
        if longest < _SETTLED:
            break
    return _Step(cells, prior, now).with_variances()


def _first_guess(cells: Cells, prior: Prior) -> Estimate:
    count = len(prior.elasticity)
    units = summed(cells.sku, cells.units, count)
    days = summed(cells.sku, cells.days, count)
    level = np.log((units + 0.5) / np.maximum(days, 1.0))
    none = np.zeros(count)
    return Estimate(level, prior.elasticity, prior.season, prior.promo, none, none, none)


class _Step:
    """One Newton step: the gradient and curvature at ``now``, and where they lead."""

    def __init__(self, cells: Cells, prior: Prior, now: Estimate) -> None:
        self.now = now
        weight = 1 / prior.spread[cells.sku]
        mean = now.mean(cells) * weight
        rest = cells.units * weight - mean
        self._solve(*self._own(cells, prior, mean, rest), *_shared(cells, prior, now, mean, rest))

    def _own(
        self, cells: Cells, prior: Prior, mean: Floats, rest: Floats
    ) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Set up the 2 x 2 blocks: inverse curvature, gradients, and the ties to shared terms."""
        count, periods = len(prior.elasticity), len(prior.season)
        sku, x, precision = cells.sku, cells.x, 1 / prior.elasticity_variance
        a = summed(sku, mean, count) + _LEVEL_PRECISION
        b = summed(sku, mean * x, count)
        c = summed(sku, mean * x * x, count) + precision
        determinant = a * c - b * b
        inverse = np.stack([c, -b, a]) / determinant
        off = self.now.elasticity - prior.elasticity
        level = summed(sku, rest, count)
        slope = summed(sku, rest * x, count) - precision * off
        place = sku * (periods + 1) + cells.period
        promo_place = sku * (periods + 1) + periods
        ties = [
            summed(place, part, count * (periods + 1))
            + summed(promo_place, part * cells.promo, count * (periods + 1))
            for part in (mean, mean * x)
        ]
        shape = (count, periods + 1)
        return inverse, level, slope, ties[0].reshape(shape), ties[1].reshape(shape)

    def _solve(
        self,
        inverse: Floats,
        level: Floats,
        slope: Floats,
        tie_level: Floats,
        tie_slope: Floats,
        curvature: Floats,
        gradient: Floats,
    ) -> None:
        self.inverse = inverse
        self.pull_level = inverse[0][:, None] * tie_level + inverse[1][:, None] * tie_slope
        self.pull_slope = inverse[1][:, None] * tie_level + inverse[2][:, None] * tie_slope
        self.schur = curvature - tie_level.T @ self.pull_level - tie_slope.T @ self.pull_slope
        right = gradient - self.pull_level.T @ level - self.pull_slope.T @ slope
        self.shared = np.linalg.solve(self.schur, right)
        level = level - tie_level @ self.shared
        slope = slope - tie_slope @ self.shared
        self.level = inverse[0] * level + inverse[1] * slope
        self.elasticity = inverse[1] * level + inverse[2] * slope

    def taken(self) -> Estimate:
        """Where the step leads, at most so far."""
        now, shared = self.now, np.clip(self.shared, -_LONGEST_STEP, _LONGEST_STEP)
        return Estimate(
            now.level + np.clip(self.level, -_LONGEST_STEP, _LONGEST_STEP),
            now.elasticity + np.clip(self.elasticity, -_LONGEST_STEP, _LONGEST_STEP),
            now.season + shared[:-1],
            now.promo + float(shared[-1]),
            *(now.level_variance, now.covariance, now.elasticity_variance),
        )

    def with_variances(self) -> Estimate:
        """The point the step starts from, with the inverse curvature there."""
        now = self.now
        spread = np.linalg.solve(self.schur, np.stack([self.pull_level, self.pull_slope]).mT)
        level, slope = (part.mT for part in spread)
        return Estimate(
            now.level,
            now.elasticity,
            now.season,
            now.promo,
            self.inverse[0] + (level * self.pull_level).sum(1),
            self.inverse[1] + (level * self.pull_slope).sum(1),
            self.inverse[2] + (slope * self.pull_slope).sum(1),
        )


def _shared(
    cells: Cells, prior: Prior, now: Estimate, mean: Floats, rest: Floats
) -> tuple[Floats, Floats]:
    """Curvature and gradient of the seasons and, last, of the promotion's lift."""
    periods = len(prior.season)
    both = summed(cells.period, mean * cells.promo, periods)
    curvature = np.diag(np.append(summed(cells.period, mean, periods), both.sum()))
    curvature[:-1, -1] = curvature[-1, :-1] = both
    curvature += np.diag(
        np.append(np.full(periods, 1 / prior.season_variance), 1 / prior.promo_variance)
    )
    season = (now.season - prior.season) / prior.season_variance
    promo = (now.promo - prior.promo) / prior.promo_variance
    gradient = np.append(
        summed(cells.period, rest, periods) - season, (rest * cells.promo).sum() - promo
    )
    return curvature, gradient
