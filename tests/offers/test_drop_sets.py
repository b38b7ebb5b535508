"""A smallest set of offers to drop: that it mends the floor, and that no smaller one does."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.offers import drop_sets
from shopkit.offers.catalogue import Goods, final_prices
from shopkit.offers.drop_sets import smallest_sets
from shopkit.offers.model import Offer, Scope, Tier
from tests.offers.strategies import goods, offer_sheets, prices


def minus(name: str, value: int, level="shop", **more) -> Offer:
    return Offer(name, level, "minus", (Tier(value),), **more)


def test_two_of_three_and_of_equal_sets_what_buyers_miss_least():
    """10,000 less 1,000, 2,000 and 3,000; 8,900 holds only without two or more."""
    offers = [minus("a", 1_000), minus("b", 2_000), minus("c", 3_000)]
    listed = Goods(np.array([10_000, 10_000, 10_000]), {})
    found = smallest_sets(listed, np.array([8_900, 9_500, 10_001]), offers)
    assert found == [((1, 2), 9_000), ((0, 1, 2), 10_000), ((), -1)]


def test_each_sku_by_the_offers_in_its_own_scope():
    offers = [minus(f"o{n}", 100, scope=Scope(skus=frozenset({str(n)}))) for n in range(40)]
    offers += [minus("x", 200), minus("y", 200)]
    masks = {one.id: np.arange(40) == n for n, one in enumerate(offers[:40])}
    found = smallest_sets(Goods(np.full(40, 1_000), masks), np.full(40, 900), offers)
    assert found == [((40, 41), 900)] * 40


@pytest.mark.parametrize("most", [4096, 0])
def test_more_sets_than_are_tried_still_give_one_of_which_none_can_stay(most, monkeypatch):
    monkeypatch.setattr(drop_sets, "_MOST_TRIED", most)
    offers = [minus(f"c{n}", 100, level="coupon", stack_group=f"g{n}") for n in range(4)]
    offers.append(minus("item", 900, level="item"))
    listed = Goods(np.array([2_000, 2_000]), {})
    [(gone, then), other] = smallest_sets(listed, np.array([1_500, 1_900]), offers)
    assert (gone, then) == ((4,), 1_600)
    assert other == ((0, 1, 2, 4), 1_900)  # the last coupon may stay


@given(st.lists(prices, min_size=3, max_size=3), offer_sheets(4), st.integers(0, 40_000))
@settings(max_examples=40, deadline=None)
def test_no_smaller_set_mends_a_floor(listed, offers, floor):
    every, floors = goods(listed, offers), np.full(3, floor)
    for place, (gone, then) in enumerate(smallest_sets(every, floors, offers)):
        alone = every.part(np.array([place]))

        def holds(dropped, alone=alone):
            rest = [one for number, one in enumerate(offers) if number not in dropped]
            found = final_prices(alone, rest)
            return bool(found.holds(floors[:1])[0]), int(found.worst[0])

        if holds(())[0]:
            continue  # nothing to mend
        if then < 0:
            assert listed[place] < floor
            continue
        assert holds(gone) == (True, then)
        places = range(len(offers))
        for size in range(1, len(gone)):
            assert not any(holds(one)[0] for one in combinations(places, size))
