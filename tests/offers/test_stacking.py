"""What a buyer pays in the end: the worked figures, and what must hold for any offers."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.offers.catalogue import Goods, cases_of, final_prices, masks_for
from shopkit.offers.model import Assumption, BasketLine, Offer, Reading, Scope, Tier
from shopkit.offers.stacking import TooManyChoices, quote
from tests.offers.strategies import ITEMS, SKUS, offer_sheets, prices, quantities

OFFICIAL = Offer("official", "official", "percent", (Tier(150_000),))
ITEM = Offer("item-20", "item", "minus", (Tier(2000),))
SHOP = Offer("300-30", "shop", "minus", (Tier(3000, amount=30_000),))
COUPON = Offer("199-20", "coupon", "minus", (Tier(2000, amount=19_900),))
EVERY = [
    Assumption(basis, official) for basis in ("before", "after") for official in ("exact", "up")
]


def pays(price: int, *offers: Offer, assumption: Assumption | None = None, **more) -> int:
    return quote([BasketLine("sku", price)], offers, assumption, **more).total


def test_399_with_all_four_is_269():
    done = quote([BasketLine("sku", 39_900)], [COUPON, SHOP, ITEM, OFFICIAL])
    assert [(step.offer.id, step.off) for step in done.steps] == [
        ("official", 6000),
        ("item-20", 2000),
        ("300-30", 3000),
        ("199-20", 2000),
    ]
    assert done.total == 26_900


def test_199_in_the_real_case_is_109_because_the_threshold_counts_the_price_before():
    coupon = Offer("199-60", "coupon", "minus", (Tier(6000, amount=19_900),))
    assert pays(19_900, OFFICIAL, coupon, assumption=Assumption("before", "up")) == 10_900
    assert pays(19_900, OFFICIAL, coupon, assumption=Assumption("after", "up")) == 16_900
    found = final_prices(Goods(np.array([19_900]), {}), [OFFICIAL, coupon], quantities=(1,))
    assert found.worst.tolist() == [10_900]
    assert round(100 * (1 - 10_900 / 27_900), 1) == 60.9  # under the recent 279.00


def test_8_zhe_then_30_and_30_then_8_zhe():
    """The order comes from the level: 289.20 against 295.20."""
    off, minus = (Tier(200_000),), (Tier(3000),)
    first = [Offer("8折", "item", "percent", off), Offer("-30", "shop", "minus", minus)]
    then = [Offer("-30", "item", "minus", minus), Offer("8折", "shop", "percent", off)]
    assert pays(39_900, *first) == 28_920
    assert pays(39_900, *then) == 29_520


def test_shares_of_a_basket_are_exact_to_the_cent():
    basket = [BasketLine("shoe", 25_900), BasketLine("sock", 9_900)]
    done = quote(basket, [Offer("300-50", "shop", "minus", (Tier(5000, amount=30_000),))])
    assert done.steps[0].shares == (3617, 1383)
    assert done.lines == (22_283, 8_517)
    assert done.total == 30_800


def test_official_reductions_are_rounded_up_from_100_yuan_on():
    up, exact = Assumption(official="up"), Assumption(official="exact")
    assert pays(19_900, OFFICIAL, assumption=up) == 19_900 - 3000  # 29.85
    assert pays(19_900, OFFICIAL, assumption=exact) == 19_900 - 2985
    assert pays(9_990, OFFICIAL, assumption=up) == 9_990 - 1499  # 14.985, below 100: to the cent


def test_a_ladder_gives_the_highest_tier_reached():
    ladder = Offer(
        "ladder", "shop", "minus", (Tier(2000, amount=20_000), Tier(5000, amount=30_000))
    )
    assert [pays(p, ladder) for p in (19_999, 20_000, 30_000)] == [19_999, 18_000, 25_000]


def test_each_per_is_given_for_every_full_threshold_up_to_its_cap():
    each = Offer("each", "platform", "minus", (Tier(3000, amount=20_000),), each_per=True)
    assert pays(65_000, each) == 56_000
    capped = Offer("each", "platform", "minus", each.tiers, each_per=True, most=5000)
    assert pays(65_000, capped) == 60_000


def test_two_pieces_at_80_percent():
    pair = Offer("2件8折", "shop", "percent", (Tier(200_000, count=2),))
    assert pays(10_000, pair) == 10_000
    assert quote([BasketLine("sku", 10_000, 2)], [pair]).total == 16_000


def test_of_a_stack_group_the_better_one_and_it_is_said_why():
    small = Offer("small", "shop", "minus", (Tier(1000),), stack_group="g")
    large = Offer("large", "shop", "minus", (Tier(3000),), stack_group="g")
    done = quote([BasketLine("sku", 10_000)], [small, large])
    assert done.total == 7_000
    assert {s.offer.id: s.note for s in done.steps} == {"large": "", "small": "other_is_better"}


def test_each_line_gets_its_own_best_of_a_group():
    for_all = Offer("all", "item", "minus", (Tier(1000),), stack_group="g")
    for_a = Offer(
        "a", "item", "minus", (Tier(1500),), scope=Scope(skus=frozenset("a")), stack_group="g"
    )
    done = quote([BasketLine("a", 10_000), BasketLine("b", 10_000)], [for_all, for_a])
    assert done.lines == (8_500, 9_000)


def test_coupons_that_exclude_each_other_are_not_used_together():
    one = Offer("one", "coupon", "minus", (Tier(1000),), excludes=frozenset({"two"}))
    two = Offer("two", "coupon", "minus", (Tier(1500),))
    assert pays(10_000, one, two) == 8_500


def test_the_buyer_may_hold_other_coupons_than_the_best():
    other = Offer("other", "coupon", "minus", (Tier(500),), stack_group="c")
    best = Offer("best", "coupon", "minus", (Tier(1500),), stack_group="c")
    assert pays(10_000, other, best) == 8_500
    assert pays(10_000, other, best, coupons=["other"]) == 9_500
    assert pays(10_000, other, best, coupons=[]) == 10_000


def test_an_offer_outside_its_window_counts_for_nothing():
    ends = datetime(2026, 11, 12, tzinfo=UTC)
    offer = Offer("11.11", "shop", "minus", (Tier(3000),), ends=ends)
    assert pays(10_000, offer, at=datetime(2026, 11, 11, 23, tzinfo=UTC)) == 7_000
    assert pays(10_000, offer, at=ends) == 10_000


def test_gifts_and_free_shipping_are_noted_and_cost_nothing():
    gift = Offer("socks", "shop", "gift", (Tier(0, amount=5_000),))
    done = quote([BasketLine("sku", 10_000)], [gift])
    assert (done.total, done.steps[0].note) == (10_000, "")
    assert quote([BasketLine("sku", 1_000)], [gift]).steps[0].note == "below_threshold"


def test_more_coupons_than_can_be_tried_are_an_error_not_a_long_wait():
    many = [Offer(f"c{n}", "coupon", "minus", (Tier(100),)) for n in range(13)]
    with pytest.raises(TooManyChoices):
        pays(10_000, *many)


baskets = st.lists(
    st.tuples(st.sampled_from(SKUS), prices, quantities), min_size=1, max_size=3
).map(lambda rows: [BasketLine(s, price, count, ITEMS[s]) for s, price, count in rows])


@given(baskets, offer_sheets(), st.sampled_from(EVERY))
@settings(max_examples=150, deadline=None)
def test_nothing_is_below_zero_and_the_sheet_adds_up(basket, offers, assumption):
    done = quote(basket, offers, assumption)
    assert min(done.lines) >= 0
    taken = [sum(step.shares[place] for step in done.steps) for place in range(len(basket))]
    for line, off, paid in zip(basket, taken, done.lines, strict=True):
        assert line.price * line.quantity - off == paid
    assert all(sum(step.shares) == step.off for step in done.steps)
    assert all(min(step.shares) >= 0 for step in done.steps)


@given(baskets, offer_sheets(), st.sampled_from(EVERY), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_rows_changes_nothing(basket, offers, assumption, chance: random.Random):
    done = quote(basket, offers, assumption)
    mixed = chance.sample(offers, len(offers))
    assert quote(basket, mixed, assumption).lines == done.lines


@given(st.lists(prices, min_size=1, max_size=3), offer_sheets(6))
@settings(max_examples=200, deadline=None)
def test_the_catalogue_pays_what_the_basket_pays(listed, offers):
    """Every quantity under every reading, SKU by SKU."""
    skus = SKUS[: len(listed)]
    goods = Goods(np.array(listed), masks_for(offers, [ITEMS[s] for s in skus], skus))
    found = final_prices(goods, offers, Reading())
    for row, case in enumerate(found.cases):
        for place, sku in enumerate(skus):
            line = BasketLine(sku, listed[place], case.quantity, ITEMS[sku])
            assert found.totals[row, place] == quote([line], offers, case.assumption).total


@given(prices, offer_sheets(4), quantities)
@settings(max_examples=60, deadline=None)
def test_readings_that_are_left_out_make_no_difference(price, offers, quantity):
    kept = {case.assumption for case in cases_of(Reading(), offers, (quantity,))}
    line = [BasketLine("a", price, quantity, "A")]
    told = {quote(line, offers, one).total for one in kept}
    assert {quote(line, offers, one).total for one in EVERY} == told


def test_a_catalogue_larger_than_a_chunk_is_worked_out_whole():
    listed = np.arange(1, 70_001, dtype=np.int64)
    found = final_prices(Goods(listed, {}), [SHOP], quantities=(1,))
    assert found.worst.tolist() == np.where(listed >= 30_000, listed - 3000, listed).tolist()
