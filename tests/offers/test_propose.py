"""Prices proposed for a goal, inside every bound, and what they are expected to change."""

import numpy as np
import pytest

from shopkit.offers.demand import Demand
from shopkit.offers.propose import Goods, propose

SKUS = ("dear", "cheap", "rigid")


def demand(elasticity=(-1.5, -4.0, -0.5), error=0.2, skus=SKUS, reason=None, units=10.0):
    count = len(skus)
    return Demand(
        skus=skus,
        at=np.full(count, 10_000),
        units=np.full(count, units),
        units_error=np.full(count, 0.1),
        elasticity=np.array(elasticity, np.float64),
        elasticity_error=np.full(count, error),
        reason=reason or ("",) * count,
    )


def goods(skus=SKUS, **changes):
    columns = {
        "price": 10_000,
        "cost": 5_000,
        "lowest": 8_000,
        "highest": 12_000,
        "step": 10,
        "ending": 0,
        "stock": 500,
    } | changes
    values = {name: np.broadcast_to(np.array(of), len(skus)).copy() for name, of in columns.items()}
    return Goods(skus, **values)


def test_profit_takes_the_price_that_the_elasticity_asks_for():
    found = propose(goods(), demand(error=0.0))
    assert found.price.tolist() == [12_000, 8_000, 12_000]  # caps: 15,000, 6,667, never enough
    inner = propose(goods(cost=7_000), demand((-3.0, -3.5, -2.8), error=0.0))
    best = 7_000 * np.array([3 / 2, 3.5 / 2.5, 2.8 / 1.8])  # cost e/(e+1)
    assert np.abs(inner.price - best).max() <= 10


def test_the_expected_change_is_that_of_the_curve_and_its_interval_holds_it():
    found = propose(goods(("one",), cost=7_000), demand((-2.0,), 0.0, ("one",)))
    sold = 10 * (12_000 / 10_000) ** -2.0
    level = np.exp(0.1**2 / 2)  # the mean of what the level may be
    assert found.units.expected[0] == pytest.approx((sold - 10) * level)
    assert found.revenue.expected[0] == pytest.approx((12_000 * sold - 100_000) * level)
    assert found.profit.expected[0] == pytest.approx((5_000 * sold - 30_000) * level)
    for change in (found.units, found.revenue, found.profit):
        assert change.low[0] < change.expected[0] < change.high[0]
    total = found.totals["profit"]
    assert total.today == pytest.approx(30_000 * level)
    assert total.low < total.expected < total.high


def test_a_surer_elasticity_has_a_narrower_interval():
    wide, narrow = (propose(goods(), demand(error=error)).profit for error in (0.8, 0.1))
    assert ((wide.high - wide.low) > (narrow.high - narrow.low)).all()


def test_prices_end_as_asked():
    found = propose(goods(step=100, ending=90), demand())
    assert (found.price % 100 == 90).all()
    assert ((found.price >= 8_000) & (found.price <= 12_000)).all()


def test_floors_hold_whatever_the_goal():
    for objective in ("profit", "revenue", "clear-stock"):
        found = propose(goods(lowest=9_995), demand(), objective=objective)
        assert (found.price >= 9_995).all()


def test_a_sku_without_an_estimate_gets_no_proposal_and_says_why():
    told = ("price_never_varied", "", "")
    found = propose(goods(), demand((np.nan, -4.0, -0.5), reason=told))
    assert (found.price[0], found.reason) == (10_000, told)
    assert not found.profit.expected[0]
    other = propose(goods(("stranger", *SKUS[1:])), demand())
    assert other.reason == ("sku_not_in_sales", "", "")


def test_what_the_goal_needs_and_the_catalogue_lacks():
    lacking = goods(cost=[-1, 5_000, 5_000], stock=[500, -1, 500])
    assert propose(lacking, demand()).reason == ("goal_cost_missing", "", "")
    cleared = propose(lacking, demand(), objective="clear-stock")
    assert cleared.reason == ("goal_cost_missing", "goal_stock_missing", "")
    takings = propose(lacking, demand(), objective="revenue")
    assert takings.reason == ("", "", "")
    assert np.isnan(takings.profit.expected[0])
    assert np.isfinite(takings.totals["profit"].expected)


def test_at_most_so_many_changes_and_broken_floors_first():
    low = goods(lowest=[8_000, 8_000, 10_500])
    found = propose(low, demand(), max_changes=1)
    assert (found.price != low.price).tolist() == [False, False, True]
    none = propose(low, demand(), max_changes=0)
    assert none.reason == ("", "", "change_limit")
    assert (none.price == low.price).all()


def test_no_price_within_the_rules():
    found = propose(goods(lowest=13_000), demand())
    assert found.reason == ("no_price_within_rules",) * 3
    assert (found.price == 10_000).all()


def test_revenue_is_kept():
    shop, known = goods(cost=8_000), demand((-2.5, -3.0, -2.0), error=0.0)
    free = propose(shop, known)
    assert free.totals["revenue"].expected < -0.1 * free.totals["revenue"].today
    kept = propose(shop, known, min_revenue=980_000)
    assert kept.revenue_kept
    assert kept.totals["revenue"].expected >= -0.02 * kept.totals["revenue"].today - 1e-6
    assert 0 < kept.totals["profit"].expected < free.totals["profit"].expected


def test_revenue_that_cannot_be_kept_is_told():
    found = propose(goods(lowest=11_500), demand((-4.0,) * 3), min_revenue=1_000_000)
    assert not found.revenue_kept


def test_clearing_stock_sells_no_piece_cheaper_than_it_must():
    stock = [100, 2_000, 300]  # 10 a day: too short, too long, just right for 30 days
    found = propose(goods(stock=stock), demand((-2.0,) * 3, 0.0), objective="clear-stock")
    assert found.price[0] == 12_000
    assert found.price[1] == 8_000
    assert found.price[2] == pytest.approx(10_000, rel=0.01)


def test_the_order_of_the_skus_does_not_matter():
    turned = goods(SKUS[::-1])
    one, other = propose(goods(), demand()), propose(turned, demand())
    assert one.price.tolist() == other.price[::-1].tolist()
    assert one.profit.low.tolist() == pytest.approx(other.profit.low[::-1].tolist())


def test_a_dear_sku_with_thousands_of_prices_is_near_its_best():
    shop = goods(("one",), price=500_000, cost=350_000, lowest=400_000, highest=600_000)
    curve = demand((-3.0,), 0.0, ("one",))
    assert propose(shop, curve).price[0] == pytest.approx(525_000, abs=600)
