"""The choice of prices under limits on all of them, against every choice there is."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.offers.optimise import Options, choose

FIGURE = st.integers(-50, 50)


def options(*skus, must=()):
    """Options from a list of (gain, revenue) for each SKU."""
    first = np.append(0, np.cumsum([len(sku) for sku in skus])).astype(np.int64)
    flat = np.array([pair for sku in skus for pair in sku], np.float64).reshape(-1, 2)
    needed = np.array([place in must for place in range(len(skus))], np.bool_)
    return Options(first, flat[:, 0].copy(), flat[:, 1].copy(), needed)


def every_choice(given, most, least):
    """The largest gain of all choices, one after the other; None where none keeps the limits."""
    spans = zip(given.first[:-1], given.first[1:], strict=True)
    ways = [[None] * (not must or low == high) + list(range(low, high))
            for (low, high), must in zip(spans, given.must, strict=True)]  # fmt: skip
    best = None
    for way in product(*ways):
        taken = [one for one in way if one is not None]
        if len(taken) <= most and given.revenue[taken].sum() >= least:
            gain = given.gain[taken].sum()
            best = gain if best is None else max(best, gain)
    return best


def test_without_limits_every_sku_takes_its_best():
    found = choose(options([(3, 0), (5, -9)], [(-1, 4)], [(2, 2)]))
    assert found.option.tolist() == [1, -1, 3]
    assert (found.gain, found.revenue, found.bound, found.kept) == (7, -7, 7, True)


def test_at_most_k_changes_are_the_k_best():
    found = choose(options([(3, 0)], [(7, 0)], [(5, 0)]), most_changes=2)
    assert found.option.tolist() == [-1, 1, 2]


def test_a_sku_that_must_change_comes_before_better_ones():
    found = choose(options([(-3, 0)], [(7, 0)], [(5, 0)], must={0}), most_changes=2)
    assert found.option.tolist() == [0, 1, -1]


def test_revenue_is_kept_at_the_least_cost_of_gain():
    found = choose(options([(10, -10), (6, 0)], [(9, -10), (1, 0)]), least_revenue=-10)
    assert (found.gain, found.revenue) == (15, -10)
    assert found.option.tolist() == [1, 2]


def test_where_no_choice_keeps_the_revenue_the_one_with_the_most_is_told_as_such():
    found = choose(options([(1, -5), (0, -3)], must={0}), least_revenue=0)
    assert (found.kept, found.revenue) == (False, -3)


@pytest.mark.parametrize("most", [None, 0, 3])
def test_nothing_to_choose_from(most):
    found = choose(options([], []), most_changes=most, least_revenue=0)
    assert found.option.tolist() == [-1, -1]


SKUS = st.lists(st.lists(st.tuples(FIGURE, FIGURE), min_size=1, max_size=4), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(SKUS, st.integers(0, 5), st.integers(-60, 20))
def test_small_shops_keep_both_limits_and_come_near_the_best_of_all_choices(skus, most, least):
    given_options = options(*skus)
    found = choose(given_options, most_changes=most, least_revenue=least)
    best = every_choice(given_options, most, least)
    assert found.kept == (best is not None)
    assert (found.option >= 0).sum() <= most
    if best is not None:
        assert found.revenue >= least - 1e-9
        assert found.gain <= best + 1e-9 <= found.bound + 1e-6
        assert found.gain >= best - 0.5 * max(abs(best), 1)  # a handful of coarse choices


def catalogue(count, seed):
    """Options of a shop whose best prices cost revenue."""
    rng = np.random.default_rng(seed)
    price, units = np.exp(rng.normal(3, 0.5, count)), np.exp(rng.normal(1, 0.8, count))
    cost, slope = price * rng.uniform(0.5, 0.84, count), rng.uniform(-3, -1.05, count)
    skus = []
    for sku in range(count):
        grid = price[sku] * np.linspace(0.8, 1.2, 21)
        sold = units[sku] * (grid / price[sku]) ** slope[sku]
        gain = (grid - cost[sku]) * sold - (price[sku] - cost[sku]) * units[sku]
        skus.append(list(zip(gain, grid * sold - price[sku] * units[sku], strict=True)))
    return options(*skus), float((price * units).sum())


@pytest.mark.parametrize(("share", "kept"), [(1.0, 0.98), (0.25, 0.98), (0.5, 1.0)])
def test_a_shop_of_hundreds_is_within_a_thousandth_of_the_bound(share, kept):
    given_options, revenue = catalogue(400, seed=3)
    least = -(1 - kept) * revenue
    found = choose(given_options, most_changes=int(400 * share), least_revenue=least)
    free = choose(given_options, most_changes=int(400 * share))
    assert free.revenue < least  # the limit binds
    assert found.revenue >= least
    assert found.gain >= 0.999 * found.bound


def test_the_choice_is_that_of_an_integer_program():
    from scipy.optimize import Bounds, LinearConstraint, milp

    given_options, revenue = catalogue(40, seed=4)
    most, least = 15, -0.005 * revenue
    found = choose(given_options, most_changes=most, least_revenue=least)
    one_each = (given_options.sku == np.arange(40)[:, None]).astype(float)
    sums = np.stack([np.ones(len(given_options.gain)), given_options.revenue])
    low, high = np.append(np.zeros(40), [0, least]), np.append(np.ones(40), [most, np.inf])
    best = milp(
        -given_options.gain,
        constraints=LinearConstraint(np.vstack([one_each, sums]), low, high),
        integrality=np.ones(len(given_options.gain)),
        bounds=Bounds(0, 1),
    )
    assert found.gain >= 0.999 * -best.fun


def test_the_order_of_the_skus_does_not_matter():
    given_options, revenue = catalogue(60, seed=6)
    pairs = list(zip(given_options.gain, given_options.revenue, strict=True))
    ends = given_options.first.tolist()
    skus = [pairs[low:high] for low, high in pairwise(ends)]
    limits = {"most_changes": 20, "least_revenue": -0.01 * revenue}
    one, other = choose(options(*skus), **limits), choose(options(*skus[::-1]), **limits)
    assert one.gain == pytest.approx(other.gain)
