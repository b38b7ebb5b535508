"""Choose one price a SKU: the most of a goal, at most K changes, revenue kept; numpy alone.

Both limits tie all SKUs together. At a given worth of revenue (a Lagrange multiplier) the best
choice under the limit on changes is found exactly: each SKU's best price, then the K best SKUs.
The multiplier that just keeps the revenue is found by bisection; what it leaves over is used by
exact exchanges of one or two SKUs. On 2,000 SKUs within 0.1 % of an integer program
(tests/benchmarks/price_optimum.py), with no solver to install.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shopkit.offers.arrays import Flags, Floats, Ints

_HALVINGS = 60
_EXCHANGES = 200
_PAIRS = 400  # moves, the most promising, that an exchange of two looks at


@dataclass(frozen=True, slots=True)
class Options:
    """What may be chosen, grouped by SKU: the SKU's ``first`` entry up to the next one's.

    ``gain`` and ``revenue``: what an option brings more than leaving the price as it is. Leaving
    it is always possible and stands in no list. ``must``: SKUs whose price may not stay.
    """

    first: Ints  # one more than SKUs: the last is the length
    gain: Floats
    revenue: Floats
    must: Flags

    @property
    def sku(self) -> Ints:
        """The SKU of each option."""
        return np.repeat(np.arange(len(self.must)), np.diff(self.first))


@dataclass(frozen=True, slots=True)
class Choice:
    """``option`` a SKU (an index into the options; -1: leave it), the sums, and how good it is.

    ``bound``: no choice whatever gains more than this. ``kept``: whether revenue could be kept.
    """

    option: Ints
    gain: float
    revenue: float
    bound: float
    kept: bool


def choose(
    options: Options, *, most_changes: int | None = None, least_revenue: float = -np.inf
) -> Choice:
    """Choose options so that the summed gain is largest.

    At most ``most_changes`` SKUs change, those that must before all others; the summed revenue is
    at least ``least_revenue`` (negative: so much may be lost). Where no choice keeps it, the one
    with the most revenue comes back, with ``kept`` false.
    """
    problem = _Problem(options, most_changes, least_revenue)
    free = problem.best(0.0)
    if problem.revenue(free) >= least_revenue:
        return problem.told(free, problem.gain(free), kept=True)
    most = problem.best(np.inf)
    if problem.revenue(most) < least_revenue:
        return problem.told(most, problem.gain(most), kept=False)
    rich, poor, worth, bound = _bisect(problem, most, free)
    return problem.told(_use_up(problem, _walk(problem, rich, poor), worth), bound, kept=True)


class _Problem:
    """The options without those that another of the same SKU beats in both figures."""

    def __init__(self, options: Options, most_changes: int | None, least: float) -> None:
        self.kept = undominated(options)
        self.sku = options.sku[self.kept]
        self.count = len(options.must)
        self.first = np.searchsorted(self.sku, np.arange(self.count + 1))
        self.gains = np.append(options.gain[self.kept], 0.0)  # the last: leave the price
        self.revenues = np.append(options.revenue[self.kept], 0.0)
        self.must = options.must
        self.most = self.count if most_changes is None else most_changes
        self.least = least
        self.filled = np.flatnonzero(np.diff(self.first))

    def best(self, worth: float) -> Ints:
        """The best choice where a unit of revenue is worth so much gain (inf: only revenue)."""
        value = self.revenues if np.isinf(worth) else self.gains + worth * self.revenues
        option = np.full(self.count, -1)
        if not len(self.filled):
            return option
        best = np.maximum.reduceat(value[:-1], self.first[self.filled])
        hit = np.flatnonzero(value[:-1] == np.repeat(best, np.diff(self.first)[self.filled]))
        sku, place = np.unique(self.sku[hit], return_index=True)
        score = np.where(self.must[sku], np.inf, best)
        order = np.lexsort((sku, -best, -score))[: self.most]
        order = order[(score[order] > 0)]
        option[sku[order]] = hit[place[order]]
        return option

    def gain(self, option: Ints) -> float:
        """What a choice gains in all."""
        return float(self.gains[option].sum())

    def revenue(self, option: Ints) -> float:
        """What a choice adds to revenue in all."""
        return float(self.revenues[option].sum())

    def told(self, option: Ints, bound: float, *, kept: bool) -> Choice:
        """The choice in the caller's own numbering."""
        original = np.where(option >= 0, np.append(self.kept, -1)[option], -1)
        return Choice(original, self.gain(option), self.revenue(option), bound, kept)


def undominated(options: Options) -> Ints:
    """Options of which no other of the SKU has more of one figure and no less of the other."""
    sku = options.sku
    order = np.lexsort((-options.revenue, -options.gain, sku))
    if not len(order):
        return order
    revenue = options.revenue[order]
    span = float(np.ptp(revenue)) + 1.0
    lifted = revenue + sku[order] * span  # a running maximum that starts anew with each SKU
    before = np.append(-np.inf, np.maximum.accumulate(lifted)[:-1])
    new = np.append(True, sku[order][1:] != sku[order][:-1])
    return np.sort(order[new | (lifted > before)])


def _bisect(problem: _Problem, most: Ints, free: Ints) -> tuple[Ints, Ints, float, float]:
    """Find the worth of revenue that just keeps it: a choice that does, one that does not."""
    low, high = 0.0, 1.0
    rich, poor = most, free
    bound = np.inf
    while problem.revenue(option := problem.best(high)) < problem.least and high < 1e12:
        low, poor, high = high, option, high * 4
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        option = problem.best(middle)
        revenue = problem.revenue(option)
        bound = min(bound, problem.gain(option) + middle * (revenue - problem.least))
        if revenue >= problem.least:
            high, rich = middle, option
        else:
            low, poor = middle, option
    return rich, poor, high, bound


def _walk(problem: _Problem, rich: Ints, poor: Ints) -> Ints:
    """Go from the choice that keeps the revenue towards the other, dearest steps first."""
    here = rich.copy()
    differing = np.flatnonzero(rich != poor)
    more = problem.gains[poor[differing]] - problem.gains[rich[differing]]
    less = problem.revenues[rich[differing]] - problem.revenues[poor[differing]]
    rate = np.where(less > 0, more / np.maximum(less, 1e-12), np.inf)
    spare = problem.revenue(here) - problem.least
    changes = int((here >= 0).sum())
    for place in np.argsort(-rate, kind="stable"):
        sku = differing[place]
        grows = int(poor[sku] >= 0) - int(here[sku] >= 0)
        allowed = (poor[sku] >= 0 or not problem.must[sku]) and changes + grows <= problem.most
        if more[place] > 0 and less[place] <= spare and allowed:
            here[sku], spare, changes = poor[sku], spare - less[place], changes + grows
    return here


def _use_up(problem: _Problem, option: Ints, worth: float) -> Ints:
    """Exchange the options of one or two SKUs as long as that gains and both limits hold."""
    here = option.copy()
    for _ in range(_EXCHANGES):
        skus, to, gain, revenue, changes = _moves(problem, here, worth)
        spare = problem.revenue(here) - problem.least
        room = problem.most - int((here >= 0).sum())
        fits = (revenue[:, None] + revenue >= -spare) & (changes[:, None] + changes <= room)
        fits &= skus[:, None] != skus
        both = np.where(fits, gain[:, None] + gain, 0.0)
        i, j = np.unravel_index(int(both.argmax()), both.shape)
        if both[i, j] <= 1e-9 * max(1.0, abs(problem.gain(here))):
            break
        for move in (i, j):
            if skus[move] >= 0:
                here[skus[move]] = to[move]
    return here


def _moves(problem: _Problem, here: Ints, worth: float) -> tuple[Ints, Ints, Floats, Floats, Ints]:
    """The likeliest moves: SKU, its option then, and what gain, revenue and changes add.

    Likely is what costs least where revenue and changes are paid for at their worth. The last
    one is no move at all (SKU -1), which makes a pair with it an exchange of one.
    """
    stays = np.flatnonzero((here >= 0) & ~problem.must)
    skus = np.concatenate([problem.sku, stays])
    to = np.concatenate([np.arange(len(problem.sku)), np.full(len(stays), -1)])
    moved = to != here[skus]
    skus, to = skus[moved], to[moved]
    gain = problem.gains[to] - problem.gains[here[skus]]
    revenue = problem.revenues[to] - problem.revenues[here[skus]]
    changes = (to >= 0).astype(np.int64) - (here[skus] >= 0)
    cost = worth * revenue + gain - changes * _worth_of_a_change(problem, here, worth)
    top = np.argsort(-cost, kind="stable")[:_PAIRS]
    none = np.zeros(1, np.int64)
    return (
        np.concatenate([skus[top], none - 1]),
        np.concatenate([to[top], none - 1]),
        np.append(gain[top], 0.0),
        np.append(revenue[top], 0.0),
        np.concatenate([changes[top], none]),
    )


def _worth_of_a_change(problem: _Problem, here: Ints, worth: float) -> float:
    """What the least of the changes made brings, where no more may be made; else nothing."""
    changed = here[here >= 0]
    if len(changed) < problem.most or not len(changed):
        return 0.0
    return max(0.0, float((problem.gains[changed] + worth * problem.revenues[changed]).min()))
