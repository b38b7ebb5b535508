"""What a fit makes of histories whose elasticities are known."""

import numpy as np
import pytest

from shopkit.offers.demand import REACH, expected_units
from shopkit.offers.fit import fit_sales
from shopkit.offers.fit_cells import digest_sales
from shopkit.offers.pooling import USUAL, learn_pool
from shopkit.offers.sales import NOT_TOLD
from tests.offers.sales_world import history, shop

TRUE = np.array([-0.6, -1.2, -1.8, -2.2, -2.5, -3.0, -3.6, -4.0])


def fitted(rows):
    with history(rows) as sales:
        return fit_sales(digest_sales(sales))


def one_sku(moves=True, price=10_000, units=3):
    """A SKU beside others, with a price of its own making."""
    others = shop(TRUE, days=120)
    return [*others, *(("X", "C", d, price, units, False, NOT_TOLD) for d in range(120))]


def of(fit, sku):
    return fit.demand.skus.index(sku)


def test_known_elasticities_are_found_and_lie_in_their_intervals():
    demand = fitted(shop(TRUE)).demand
    assert np.abs(demand.elasticity - TRUE).mean() < 0.25
    assert (np.abs(demand.elasticity - TRUE) < 3 * demand.elasticity_error).all()
    assert demand.reason == ("",) * len(TRUE)


def test_a_season_that_prices_follow_is_not_taken_for_an_effect_of_the_price():
    rows = shop(np.full(8, -2.0), season=0.3, base=12)
    demand = fitted(rows).demand
    assert np.abs(demand.elasticity + 2.0).max() < 0.6
    x = np.array([[np.log(row[3]), np.log(max(row[4], 0.5))] for row in rows]).T
    naive = np.polyfit(*x, 1)[0]
    assert naive > -1.5  # what a regression without a season makes of it


def test_promotion_days_are_not_taken_for_an_effect_of_the_price():
    def promoted(row):
        sku, kind, day, price, units, _, stock = row
        on = day % 20 == 0
        return (sku, kind, day, 8_000 if on else price, units * 4 if on else units, on, stock)

    fit = fitted([promoted(row) for row in shop(np.full(8, -2.0))])
    assert np.abs(fit.demand.elasticity + 2.0).max() < 0.7


def test_the_level_is_that_of_the_last_weeks():
    demand = fitted(shop(TRUE)).demand
    units = expected_units(demand, np.arange(8), np.full(8, 10_000))
    assert np.log(units / 6.0) == pytest.approx(0, abs=0.15)


def test_a_price_that_never_varied_gets_no_estimate_and_says_so():
    fit = fitted(one_sku())
    place = of(fit, "X")
    assert fit.demand.reason[place] == "price_never_varied"
    assert not fit.demand.known[place]
    assert np.isfinite(fit.category_elasticity[place])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"units": 0}, "sales_too_few"),
        ({"price": 0}, "no_usable_sales"),
        ({"units": -1}, "no_usable_sales"),
    ],
)
def test_a_sku_without_sales_gets_no_estimate(changes, reason):
    fit = fitted(one_sku(**changes))
    assert fit.demand.reason[of(fit, "X")] == reason


def test_a_sku_that_sells_more_when_dear_gets_no_estimate():
    rising = [(sku, *rest) for sku, *rest in shop([3.0], base=30)]
    fit = fitted([*shop(TRUE), *(("X", *rest) for _, *rest in rising)])
    assert fit.demand.reason[of(fit, "X")] == "sells_more_when_dear"


def test_thin_skus_lean_on_their_category_and_thick_ones_on_themselves():
    rows = [
        *shop(np.full(10, -3.0), base=20),
        *(("X", *rest) for _, *rest in shop([-1.0], base=0.2)),
    ]
    fit = fitted(rows)
    thin, thick = of(fit, "X"), of(fit, "K00")
    assert fit.own_share[thin] < 0.5 < fit.own_share[thick]
    assert fit.demand.elasticity_error[thin] > 2 * fit.demand.elasticity_error[thick]


def test_a_shop_of_one_sku_and_one_price_still_comes_to_an_end():
    fit = fitted([("A", "", day, 1000, day % 3, False, NOT_TOLD) for day in range(30)])
    assert fit.demand.reason == ("price_never_varied",)


def test_intervals_hold_the_truth_nine_times_in_ten():
    rng = np.random.default_rng(5)
    inside = []
    for seed in range(4):
        true = rng.normal(-2, 0.8, 30)
        demand = fitted(shop(true, seed=seed, days=160, base=3)).demand
        inside.extend(np.abs(demand.elasticity - true) < REACH * demand.elasticity_error)
    assert 0.82 < np.mean(inside) < 0.97


def test_the_pool_of_few_leans_on_what_is_known_of_shops():
    pool = learn_pool(np.array([-1.0]), np.array([4.0]), np.array([0]), 2)
    assert USUAL < pool.mean[0] < -1.0
    many = learn_pool(np.full(50, -1.0), np.full(50, 0.01), np.zeros(50, np.int64), 2)
    assert many.mean[0] == pytest.approx(-1.0, abs=0.05)
    assert USUAL < many.mean[1] < -1.0  # a category without sales: between the shop and all shops


def test_a_sku_that_fades_is_expected_to_sell_what_it_last_sold():
    rows = [
        (*row[:4], row[4] // 3 if row[0] == "K00" and row[2] > 196 else row[4], *row[5:])
        for row in shop(np.full(8, -2.0))
    ]
    demand = fitted(rows).demand
    units = expected_units(demand, np.arange(8), np.full(8, 10_000))
    assert units[0] < 0.5 * np.median(units[1:])
    assert demand.units_error[0] > 1.2 * np.median(demand.units_error[1:])


def test_drift_is_not_taken_for_an_effect_of_the_price_and_widens_the_intervals():
    rng = np.random.default_rng(8)
    drifting, true = [], np.full(24, -2.0)
    for row in shop(true, base=12):
        if row[2] == 0:
            level = 0.0
        level += rng.normal(0, 0.04)
        drifting.append((*row[:4], int(rng.poisson(row[4] * np.exp(level))), *row[5:]))
    calm, wild = fitted(shop(true, base=12)).demand, fitted(drifting).demand
    assert (np.abs(wild.elasticity - true) < REACH * wild.elasticity_error).mean() > 0.75
    assert np.median(wild.elasticity_error) > 1.2 * np.median(calm.elasticity_error)
    assert np.median(wild.units_error) > 1.2 * np.median(calm.units_error)
