"""Whole catalogues: the same prices as a basket of one SKU, whatever the offers are."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.offers import catalogue
from shopkit.offers.catalogue import Goods, cases_of, final_prices
from shopkit.offers.model import BasketLine, Offer, Reading, Tier
from shopkit.offers.stacking import quote
from tests.offers.strategies import (
    SKUS,
    goods,
    line,
    offer_sheets,
    orders_of_levels,
    prices,
    quantities,
)

SHOP = Offer("300-30", "shop", "minus", (Tier(3000, amount=30_000),))


@given(st.lists(prices, min_size=1, max_size=3), offer_sheets(6), orders_of_levels)
@settings(max_examples=250, deadline=None)
def test_the_catalogue_pays_what_the_basket_pays(listed, offers, levels):
    """Every quantity under every reading, SKU by SKU, in any order of the levels."""
    found = final_prices(goods(listed, offers), offers, Reading(levels))
    for row, case in enumerate(found.cases):
        for place, price in enumerate(listed):
            basket = [line(SKUS[place], price, case.quantity)]
            paid = quote(basket, offers, case.assumption, levels=levels).total
            assert found.totals[row, place] == paid


@given(st.lists(prices, min_size=3, max_size=3), offer_sheets(6))
@settings(max_examples=100, deadline=None)
def test_the_coupons_that_are_named_bring_that_price(listed, offers):
    found = final_prices(goods(listed, offers), offers)
    for row, case in enumerate(found.cases):
        for place, price in enumerate(listed):
            basket = [line(SKUS[place], price, case.quantity)]
            coupons = found.choices[found.chosen[row, place]]
            paid = quote(basket, offers, case.assumption, coupons=coupons).total
            assert found.totals[row, place] == paid


@given(prices, offer_sheets(4), quantities)
@settings(max_examples=60, deadline=None)
def test_readings_that_are_left_out_make_no_difference(price, offers, quantity):
    kept = {case.assumption for case in cases_of(Reading(), offers, (quantity,))}
    basket = [line("a", price, quantity)]
    told = {quote(basket, offers, one).total for one in kept}
    assert {quote(basket, offers, one).total for one in Reading().assumptions()} == told


@given(st.lists(prices, min_size=3, max_size=3), offer_sheets(5), st.permutations(range(3)))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_skus_changes_nothing(listed, offers, places):
    found = final_prices(goods(listed, offers), offers)
    mixed = final_prices(goods(listed, offers).part(np.array(places)), offers)
    assert (mixed.totals == found.totals[:, places]).all()


def test_a_coupon_for_few_and_one_for_many_in_a_catalogue_of_several_chunks(monkeypatch):
    """The rare coupon is tried for its own SKUs alone."""
    monkeypatch.setattr(catalogue, "_CHUNK", 100)
    listed = np.arange(1, 1001, dtype=np.int64) * 100
    rare, often = np.arange(1000) % 50 == 0, np.arange(1000) % 2 == 0
    offers = [
        Offer("few", "coupon", "minus", (Tier(3000),), stack_group="c"),
        Offer("many", "coupon", "minus", (Tier(1000),), stack_group="c"),
        Offer("after", "platform", "percent", (Tier(100_000),)),
    ]
    levels = ("official", "item", "shop", "coupon", "platform")
    masks = {"few": rare, "many": often}
    found = final_prices(Goods(listed, masks), offers, Reading(levels), (1,))
    off = np.where(rare, 3000, np.where(often, 1000, 0))
    left = np.maximum(0, listed - off)
    assert (found.worst == left - (left * 100_000 + 500_000) // 1_000_000).all()
    assert {found.choices[one] for one in found.chosen[0]} == {(), ("few",), ("many",)}


def test_a_catalogue_larger_than_a_chunk_is_worked_out_whole():
    listed = np.arange(1, 70_001, dtype=np.int64)
    found = final_prices(Goods(listed, {}), [SHOP], quantities=(1,))
    assert found.worst.tolist() == np.where(listed >= 30_000, listed - 3000, listed).tolist()


def test_amounts_too_large_for_a_plain_product_are_exact_too():
    """10 ** 14 minor units, the most that a table may say, times a share in millionths."""
    price = 10**14 - 1
    offers = [
        Offer("o", "official", "percent", (Tier(123_457),)),
        Offer("s", "shop", "percent", (Tier(333_333, count=1),)),
    ]
    found = final_prices(Goods(np.array([price]), {}), offers)
    for row, case in enumerate(found.cases):
        paid = quote([BasketLine("a", price, case.quantity)], offers, case.assumption).total
        assert found.totals[row, 0] == paid


def test_no_goods_at_all():
    assert final_prices(Goods(np.array([], np.int64), {}), [SHOP]).totals.shape == (6, 0)
