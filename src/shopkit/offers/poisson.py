"""Penalised Poisson regression of many SKUs that share seasons: Newton steps by blocks, in numpy.

log(units a day) = level[sku, step] + elasticity[sku]·x + season[period] + promo·on_promotion, with
x the log of the price over the SKU's usual one. A SKU's level walks at random from step to step, as
far as its prior lets it: what drifts is not taken for an effect of the price. A SKU's own numbers
meet those of others only through the few shared ones, so a Newton step solves a small block a SKU
and one small system for all (Schur complement): linear in the number of SKUs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    """Means and variances to which estimates are drawn.

    ``step_of``: the step of the walk that each period belongs to; all 0: levels stand still.
    ``walk``: a SKU's variance from one step to the next. ``spread``: how many times more than
    Poisson a SKU's sales vary (1 or more); it divides what they say.
    """

    elasticity: Floats
    elasticity_variance: Floats
    season: Floats
    season_variance: float
    promo: float
    promo_variance: float
    spread: Floats
    step_of: Ints
    walk: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """The fit. Variances (of the last step's level, of the elasticity, and between the two) count
    what is not known of the shared terms, too.
    """

    level: Floats  # a row a SKU, a column a step
    elasticity: Floats
    season: Floats
    promo: float
    step_of: Ints
    level_variance: Floats
    covariance: Floats
    elasticity_variance: Floats

    def mean(self, cells: Cells) -> Floats:
        """Units expected in each cell."""
        log = (
            self.level[cells.sku, self.step_of[cells.period]]
            + self.elasticity[cells.sku] * cells.x
            + self.season[cells.period]
            + self.promo * cells.promo
        )
        return np.asarray(cells.days * np.exp(log))


def fit_poisson(cells: Cells, prior: Prior) -> Estimate:
    """Return the most probable values with their curvature (Laplace)."""
    now = _first_guess(cells, prior)
    for _ in range(_STEPS):
        step = _Step(cells, prior, now)
        longest = max(float(np.abs(part).max()) for part in (step.own, step.shared))
        now = step.taken()
        if longest < _SETTLED:
            break
    return _Step(cells, prior, now).with_variances()


def _first_guess(cells: Cells, prior: Prior) -> Estimate:
    count, steps = len(prior.elasticity), int(prior.step_of[-1]) + 1
    units = summed(cells.sku, cells.units, count)
    days = summed(cells.sku, cells.days, count)
    level = np.log((units + 0.5) / np.maximum(days, 1.0))
    none = np.zeros(count)
    return Estimate(
        np.repeat(level[:, None], steps, axis=1),
        prior.elasticity,
        prior.season,
        prior.promo,
        prior.step_of,
        *(none, none, none),
    )


class _Step:
    """One Newton step: the gradient and curvature at ``now``, and where they lead.

    A SKU's own numbers are its elasticity, then its level at each step of the walk.
    """

    def __init__(self, cells: Cells, prior: Prior, now: Estimate) -> None:
        self.now = now
        weight = 1 / prior.spread[cells.sku]
        mean = now.mean(cells) * weight
        rest = cells.units * weight - mean
        self.block, gradient = _own(cells, prior, now, mean, rest)
        ties = _ties(cells, prior, mean)
        curvature, right = _shared(cells, prior, now, mean, rest)
        solved = np.linalg.solve(self.block, np.concatenate([gradient[..., None], ties], 2))
        alone, self.pull = solved[..., 0], solved[..., 1:]
        self.schur = curvature - np.einsum("nkp,nkq->pq", ties, self.pull, optimize=True)
        right = right - np.einsum("nkp,nk->p", ties, alone, optimize=True)
        self.shared = np.linalg.solve(self.schur, right)
        self.own = alone - self.pull @ self.shared

    def taken(self) -> Estimate:
        """Where the step leads, at most so far."""
        shared = np.clip(self.shared, -_LONGEST_STEP, _LONGEST_STEP)
        own = np.clip(self.own, -_LONGEST_STEP, _LONGEST_STEP)
        return replace(
            self.now,
            level=self.now.level + own[:, 1:],
            elasticity=self.now.elasticity + own[:, 0],
            season=self.now.season + shared[:-1],
            promo=self.now.promo + float(shared[-1]),
        )

    def with_variances(self) -> Estimate:
        """The point the step starts from, with the inverse curvature there."""
        ends = [0, self.block.shape[1] - 1]  # the elasticity and the last level
        unit = np.zeros((self.block.shape[1], 2))
        unit[ends, [0, 1]] = 1.0
        inverse = np.linalg.solve(self.block, np.broadcast_to(unit, (len(self.block), *unit.shape)))
        pull = self.pull[:, ends]
        both = inverse[:, ends] + pull @ np.linalg.solve(self.schur, pull.mT)
        return replace(
            self.now,
            level_variance=both[:, 1, 1],
            covariance=both[:, 0, 1],
            elasticity_variance=both[:, 0, 0],
        )


def _own(
    cells: Cells, prior: Prior, now: Estimate, mean: Floats, rest: Floats
) -> tuple[Floats, Floats]:
    """Curvature (a block a SKU) and gradient of elasticities and levels."""
    count, steps = now.level.shape
    place = cells.sku * steps + prior.step_of[cells.period]
    shape = (count, steps)
    precision = 1 / prior.elasticity_variance
    block = np.zeros((count, steps + 1, steps + 1))
    block[:, 0, 0] = summed(cells.sku, mean * cells.x**2, count) + precision
    tie = summed(place, mean * cells.x, count * steps).reshape(shape)
    block[:, 0, 1:] = block[:, 1:, 0] = tie
    levels = np.arange(1, steps + 1)
    block[:, levels, levels] = summed(place, mean, count * steps).reshape(shape)
    block[:, levels, levels] += _LEVEL_PRECISION
    gradient = np.zeros((count, steps + 1))
    off = now.elasticity - prior.elasticity
    gradient[:, 0] = summed(cells.sku, rest * cells.x, count) - precision * off
    gradient[:, 1:] = summed(place, rest, count * steps).reshape(shape)
    if steps > 1:
        stiff = 1 / prior.walk[:, None]
        block[:, levels[1:], levels[:-1]] -= stiff
        block[:, levels[:-1], levels[1:]] -= stiff
        block[:, levels[1:], levels[1:]] += stiff
        block[:, levels[:-1], levels[:-1]] += stiff
        bend = stiff * np.diff(now.level, axis=1)
        gradient[:, 1:-1] += bend
        gradient[:, 2:] -= bend
    return block, gradient


def _ties(cells: Cells, prior: Prior, mean: Floats) -> Floats:
    """Curvature between a SKU's own numbers and the shared ones."""
    count, periods, steps = len(prior.walk), len(prior.season), int(prior.step_of[-1]) + 1
    ties = np.zeros((count, steps + 1, periods + 1))
    place = cells.sku * periods + cells.period
    shape = (count, periods)
    ties[:, 0, :-1] = summed(place, mean * cells.x, count * periods).reshape(shape)
    ties[:, 0, -1] = summed(cells.sku, mean * cells.x * cells.promo, count)
    level = summed(place, mean, count * periods).reshape(shape)
    ties[:, prior.step_of + 1, np.arange(periods)] = level
    own = cells.sku * steps + prior.step_of[cells.period]
    ties[:, 1:, -1] = summed(own, mean * cells.promo, count * steps).reshape(count, steps)
    return ties


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
