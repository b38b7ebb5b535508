"""Scatter and drift of sales, told apart."""

import numpy as np
import pytest

from shopkit.offers.drift import find_unrest
from shopkit.offers.poisson import Cells

SKUS, PERIODS = 80, 26


def cells(units):
    """A cell for each SKU and fortnight, all at one price."""
    sku, period = (axis.ravel() for axis in np.indices(units.shape))
    none = np.zeros(sku.size)
    return Cells(sku, period, none, none, none + 14, units.ravel().astype(float))


def found(level_walk, scatter, mean=100.0):
    rng = np.random.default_rng(2)
    level = np.cumsum(rng.normal(0, level_walk, (SKUS, PERIODS)), axis=1)
    noise = rng.gamma(1 / scatter, scatter, (SKUS, PERIODS)) if scatter else 1.0
    units = rng.poisson(mean * np.exp(level) * noise)
    return find_unrest(cells(units), np.full(SKUS * PERIODS, mean), SKUS)


def test_poisson_sales_neither_drift_nor_scatter():
    unrest = found(0.0, 0.0)
    assert not unrest.walk.any()
    assert unrest.spread.mean() == pytest.approx(1.0, abs=0.25)  # never under 1


def test_scatter_from_fortnight_to_fortnight_is_no_drift():
    unrest = found(0.0, 0.04)
    assert unrest.spread.mean() == pytest.approx(1 + 100 * 0.04, rel=0.2)
    assert np.sqrt(unrest.walk.mean()) < 0.04


def test_a_drift_is_measured():
    unrest = found(0.1, 0.0)
    assert np.sqrt(unrest.walk.mean()) == pytest.approx(0.1, rel=0.35)
    assert unrest.spread.mean() < 2.0


def test_a_sku_that_drifts_alone_has_more_of_it_than_the_others():
    rng = np.random.default_rng(3)
    units = rng.poisson(100.0, (SKUS, PERIODS))
    units[0] = rng.poisson(100 * np.exp(np.linspace(1, -1, PERIODS)))
    unrest = find_unrest(cells(units), np.full(SKUS * PERIODS, 100.0), SKUS)
    assert not unrest.walk.any() or unrest.walk[0] > 3 * np.median(unrest.walk)


def test_a_history_of_a_fortnight_tells_no_drift():
    unrest = find_unrest(cells(np.full((3, 1), 50)), np.full(3, 50.0), 3)
    assert not unrest.walk.any()
