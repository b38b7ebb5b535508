"""What a buyer pays in the end: the worked figures, and what must hold for any offers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.errors import UsageFault
from shopkit.offers.catalogue import Goods, final_prices, masks_for
from shopkit.offers.model import Assumption, BasketLine, Offer, Scope, Tier
from shopkit.offers.stacking import quote
from tests.offers.strategies import assumptions, baskets, offer_sheets, orders_of_levels

OFFICIAL = Offer("official", "official", "percent", (Tier(150_000),))
ITEM = Offer("item-20", "item", "minus", (Tier(2000),))
SHOP = Offer("300-30", "shop", "minus", (Tier(3000, amount=30_000),))
COUPON = Offer("199-20", "coupon", "minus", (Tier(2000, amount=19_900),))


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
    with pytest.raises(UsageFault):
        pays(10_000, *many)


def test_what_excludes_an_offer_is_told_apart_from_its_scope():
    first = Offer("first", "item", "minus", (Tier(100),))
    never = Offer("never", "coupon", "minus", (Tier(100),), excludes=frozenset({"first"}))
    other = Offer("other", "coupon", "minus", (Tier(100),), scope=Scope(skus=frozenset("z")))
    done = quote([BasketLine("a", 1000)], [first, never, other])
    told = {step.offer.id: step.note for step in done.steps}
    assert told == {"first": "", "never": "excluded", "other": "nothing_in_scope"}


def test_a_coupon_that_is_not_used_stands_on_the_sheet_with_the_reason():
    best = Offer("best", "coupon", "minus", (Tier(1500),), stack_group="c")
    less = Offer("less", "coupon", "minus", (Tier(500),), stack_group="c")
    dear = Offer("dear", "coupon", "minus", (Tier(9000, amount=90_000),), stack_group="c")
    told = {s.offer.id: s.note for s in quote([BasketLine("a", 10_000)], [best, less, dear]).steps}
    assert told == {"best": "", "less": "not_cheaper", "dear": "below_threshold"}
    done = quote([BasketLine("a", 10_000)], [best, less, dear], coupons=["less"])
    assert {s.offer.id: s.note for s in done.steps}["best"] == "not_handed_in"


def test_a_line_is_barred_only_by_the_offer_that_it_got_itself():
    """Of one group a takes the offer for a, b the one for all; the coupon bars the latter."""
    for_all = Offer("all", "shop", "minus", (Tier(1000),), stack_group="g")
    for_a = Offer("a", "shop", "minus", (Tier(5000),), scope=Scope(skus=frozenset("a")))
    for_a = replace(for_a, stack_group="g")
    coupon = Offer("c", "coupon", "minus", (Tier(700),), excludes=frozenset({"all"}))
    done = quote([BasketLine("a", 10_000), BasketLine("b", 10_000)], [for_all, for_a, coupon])
    assert done.lines == (4_300, 9_000)


def test_coupons_for_other_goods_are_not_counted_among_the_sets():
    many = [
        Offer(f"c{n}", "coupon", "minus", (Tier(100),), scope=Scope(skus=frozenset({f"s{n}"})))
        for n in range(40)
    ]
    assert pays_for("s7", 1000, many) == 900
    skus = [f"s{n}" for n in range(40)]
    goods = Goods(np.full(40, 1000), masks_for(many, [""] * 40, skus))
    assert final_prices(goods, many).worst.tolist() == [900] * 40


def pays_for(sku: str, price: int, offers: list[Offer]) -> int:
    return quote([BasketLine(sku, price)], offers).total


@given(baskets, offer_sheets(), assumptions, orders_of_levels)
@settings(max_examples=150, deadline=None)
def test_nothing_is_below_zero_and_the_sheet_adds_up(basket, offers, assumption, levels):
    done = quote(basket, offers, assumption, levels=levels)
    assert min(done.lines) >= 0
    taken = [sum(step.shares[place] for step in done.steps) for place in range(len(basket))]
    for line, off, paid in zip(basket, taken, done.lines, strict=True):
        assert line.price * line.quantity - off == paid
    assert all(sum(step.shares) == step.off for step in done.steps)
    assert all(min(step.shares) >= 0 for step in done.steps)


@given(baskets, offer_sheets(), assumptions, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_rows_changes_nothing(basket, offers, assumption, chance: random.Random):
    done = quote(basket, offers, assumption)
    places = chance.sample(range(len(basket)), len(basket))
    mixed = quote(
        [basket[place] for place in places], chance.sample(offers, len(offers)), assumption
    )
    paid = zip(mixed.basket, mixed.lines, strict=True)
    assert sorted(paid, key=str) == sorted(zip(basket, done.lines, strict=True), key=str)


def test_of_two_coupons_of_one_group_that_are_handed_in_one_counts():
    """Each for other goods: an order takes one coupon of a group, by hand as by the search."""
    both = [
        Offer("a", "coupon", "minus", (Tier(100),), scope=Scope(skus=frozenset("x"))),
        Offer("b", "coupon", "minus", (Tier(200),), scope=Scope(skus=frozenset("y"))),
    ]
    both = [replace(one, stack_group="coupons") for one in both]
    basket = [BasketLine("x", 1000, 1, "X"), BasketLine("y", 1000, 1, "Y")]
    for coupons in (None, ["a", "b"]):
        done = quote(basket, both, coupons=coupons)
        assert (done.total, [step.offer.id for step in done.applied]) == (1800, ["b"])
        assert {step.offer.id: step.note for step in done.steps}["a"] == "not_cheaper"
    done = quote(basket, both, coupons=["a"])
    assert (done.total, {step.offer.id: step.note for step in done.steps}["b"]) == (
        1900,
        "not_handed_in",
    )


@given(baskets, offer_sheets(), assumptions)
@settings(max_examples=60, deadline=None)
def test_no_coupons_named_by_hand_are_cheaper_than_the_best(basket, offers, assumption):
    best = quote(basket, offers, assumption).total
    held = [one.id for one in offers if one.level == "coupon"]
    for ids in [[], held, *([one] for one in held)]:
        assert quote(basket, offers, assumption, coupons=ids).total >= best
