"""How much each SKU's sales drift, and how much more than Poisson they scatter, from the rest.

The rest is what a fit with still levels leaves, fortnight by fortnight, as a share of what it
expects. Chance makes neighbouring fortnights differ as much as far ones; a drift (a random walk)
makes far ones differ more. So two lags tell the two apart (method of moments).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shopkit.offers.arrays import Floats, summed
from shopkit.offers.poisson import Cells

_FAR = 4  # fortnights
_WORTH = 10.0  # fortnights of the shop's own scatter that each SKU's is blended with
_DRIFT_WORTH = 2.0  # SKUs of mean size whose word counts as much as the SKU's own
_NO_DRIFT = 0.02**2  # a variance (of logs, a fortnight) too small to matter
_LEAST = 0.003**2


@dataclass(frozen=True, slots=True)
class Unrest:
    """``walk``: a SKU's variance of log level from fortnight to fortnight, all 0 where a shop does
    not drift. ``spread``: how many times more than Poisson it varies, 1 or more.
    """

    walk: Floats
    spread: Floats


@dataclass(frozen=True, slots=True)
class _Lag:
    """Sums a SKU over pairs of fortnights: squared differences (weighed), weights, pairs."""

    squares: Floats
    weight: Floats
    pairs: Floats


def find_unrest(cells: Cells, still: Floats, count: int) -> Unrest:
    """Learn both from cells and the units that a fit with still levels expects in each."""
    periods = int(cells.period.max(initial=0)) + 1
    place = cells.sku * periods + cells.period
    shape = (count, periods)
    expected = summed(place, still, count * periods).reshape(shape)
    units = summed(place, cells.units, count * periods).reshape(shape)
    expected *= (units.sum(1) / np.maximum(expected.sum(1), 1e-9))[:, None]
    near, far = _lag(units, expected, 1), _lag(units, expected, min(_FAR, max(periods // 3, 2)))
    walk = _walk(near, far, min(_FAR, max(periods // 3, 2)))
    scatter = near.squares - walk * near.weight
    shop = max(1.0, float(scatter.sum() / max(near.pairs.sum(), 1.0)))
    spread = (scatter + _WORTH * shop) / (near.pairs + _WORTH)
    return Unrest(walk, np.asarray(np.maximum(1.0, spread), np.float64))


def _lag(units: Floats, expected: Floats, lag: int) -> _Lag:
    before, after = expected[:, :-lag], expected[:, lag:]
    told = (before > 0) & (after > 0)
    weight = np.where(told, before * after / np.where(told, before + after, 1.0), 0.0)
    rest = units / np.maximum(expected, 1e-9)
    apart = np.where(told, rest[:, lag:] - rest[:, :-lag], 0.0)
    return _Lag((weight * apart**2).sum(1), weight.sum(1), told.sum(1).astype(np.float64))


def _walk(near: _Lag, far: _Lag, lag: int) -> Floats:
    """What far fortnights differ more than near ones, over the steps between; by SKU and shop."""
    pairs = far.pairs / np.maximum(near.pairs, 1.0)
    more = far.squares - pairs * near.squares
    steps = lag * far.weight - pairs * near.weight
    shop = float(more.sum() / max(steps.sum(), 1e-9))
    if shop < _NO_DRIFT:
        return np.zeros(len(more))
    worth = _DRIFT_WORTH * float(steps.mean())
    return np.asarray(np.maximum((more + worth * shop) / (steps + worth), _LEAST), np.float64)
