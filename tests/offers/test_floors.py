"""A floor holds after every stacked promotion, or it is said which offer to change, and to what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.offers.catalogue import QUANTITIES, Goods, final_prices, masks_for
from shopkit.offers.floors import check, floor_price
from shopkit.offers.model import BasketLine, Offer, Reading, Tier
from shopkit.offers.stacking import quote
from tests.offers.strategies import ITEMS, SKUS, offer_sheets, prices
from tests.offers.test_stacking import COUPON, ITEM, OFFICIAL, SHOP


def one(price: int, floor: int, offers: list[Offer], **more):
    return check(Goods(np.array([price]), {}), np.array([floor]), offers, **more)


def test_cost_180_fee_5_margin_20_is_240():
    assert floor_price(18_000, 50_000, 200_000) == 24_000


def test_a_floor_is_rounded_up_to_the_cent():
    assert floor_price(10_000, 0, 300_000) == 14_286  # 142.857...


def test_a_margin_that_leaves_nothing_is_an_error():
    with pytest.raises(ValueError, match="all"):
        floor_price(10_000, 500_000, 500_000)


def test_floor_280_is_held_naming_the_coupon_and_the_largest_face_9():
    offers = [OFFICIAL, ITEM, SHOP, COUPON]
    found = one(39_900, 28_000, offers, quantities=(1,))
    assert found.final.tolist() == [26_900]
    assert not found.holds[0]
    assert offers[found.drop[0]] is COUPON
    assert found.then.tolist() == [28_900]
    assert found.face.tolist() == [900]


def test_a_floor_that_holds_needs_nothing():
    found = one(39_900, 26_900, [OFFICIAL, ITEM, SHOP, COUPON], quantities=(1,))
    assert (found.holds[0], found.drop[0], found.face[0]) == (True, -1, -1)


def test_two_pieces_may_break_what_one_holds():
    pair = Offer("2件", "shop", "minus", (Tier(5000, count=2),))
    assert one(10_000, 9_000, [pair], quantities=(1,)).holds.tolist() == [True]
    found = one(10_000, 9_000, [pair])
    assert (found.final.tolist(), found.cases[found.case[0]].quantity) == ([7_500], 2)


def test_where_no_single_offer_mends_it_none_is_named():
    offers = [ITEM, Offer("-50", "shop", "minus", (Tier(5000),))]
    assert one(10_000, 9_900, offers).drop.tolist() == [-1]


@given(prices, offer_sheets(4), st.integers(0, 60_000))
@settings(max_examples=80, deadline=None)
def test_no_basket_is_cheaper_than_the_final_that_is_told(price, offers, floor):
    goods = Goods(np.array([price]), masks_for(offers, [ITEMS["a"]], ["a"]))
    found = check(goods, np.array([floor]), offers)
    for assumption in Reading().assumptions():
        for quantity in QUANTITIES:
            total = quote([BasketLine("a", price, quantity, "A")], offers, assumption).total
            assert total >= found.final[0] * quantity
            assert not found.holds[0] or total >= floor * quantity


@given(st.lists(prices, min_size=3, max_size=3), offer_sheets(4), st.integers(0, 40_000))
@settings(max_examples=60, deadline=None)
def test_what_is_proposed_holds(listed, offers, floor):
    masks = masks_for(offers, [ITEMS[sku] for sku in SKUS], SKUS)
    goods, floors = Goods(np.array(listed), masks), np.full(3, floor)
    found = check(goods, floors, offers)
    for place in np.flatnonzero(found.drop >= 0):
        alone, dropped = goods.part(np.array([place])), offers[found.drop[place]]
        rest = [offer for offer in offers if offer is not dropped]
        assert final_prices(alone, rest).holds(floors[:1])[0]
        if found.face[place] > 0:
            faced = alone.valued(dropped.id, found.face[[place]])
            assert final_prices(faced, offers).holds(floors[:1])[0]
