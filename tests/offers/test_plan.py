"""A price plan: what rules do, inside floors that hold after every stacked promotion."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.offers.catalogue import QUANTITIES
from shopkit.offers.endings import down_to, read_ending, up_to
from shopkit.offers.model import BasketLine, Offer, Reading, Scope, Tier
from shopkit.offers.periods import periods_of
from shopkit.offers.plan import REASONS, Plan, make_plan
from shopkit.offers.plan_catalogue import Catalogue
from shopkit.offers.plan_table import COLUMNS, PlanTable, digest
from shopkit.offers.price_rules import Rule, read_rules
from shopkit.offers.stacking import quote
from tests.offers.shelf import NOW, rows_of, shelf
from tests.offers.strategies import offer_sheets

SHOE = {"sku_id": "shoe", "item_id": "1", "list_price": "399", "cost": "180", "category": "shoes"}
A_SHOE = shelf([SHOE])


def plan(skus: list[dict[str, str]], rules: list[dict[str, str]], offers=(), **more) -> Plan:
    read, rejects = read_rules(pd.DataFrame(rules))
    assert not rejects
    return make_plan(shelf(skus, **more), read, periods_of(offers, NOW))


def one(sku: dict[str, str], *rules: dict[str, str], **more) -> dict[str, str]:
    return rows_of(plan([SHOE | sku], list(rules), **more))[0]


def rule(action: str, value: str, **more: str) -> dict[str, str]:
    return {"rule_id": "r", "priority": "1", "action": action, "value": value} | more


@pytest.mark.parametrize(
    ("price", "below"), [("359.10", "358.90"), ("100.00", "99.90"), ("99.95", "99.90")]
)
def test_endings_90_downward(price, below):
    minor = np.array([round(float(price) * 100)])
    assert down_to(minor, (90, 100)).tolist() == [round(float(below) * 100)]


def test_endings_of_more_digits():
    assert read_ending("9.00") == (900, 1000)
    assert down_to(np.array([12_345]), (900, 1000)).tolist() == [11_900]
    assert up_to(np.array([24_000]), (90, 100)).tolist() == [24_090]
    assert read_ending("none") is None


def test_an_ending_below_the_floor_goes_up_to_the_next():
    """Floor 240.00 (cost 180, fee 5 %, margin 20 %): 240.00 would end at 239.90, so 240.90."""
    row = one({"list_price": "250"}, rule("set", "240", ending=".90", fee="5%", margin="20%"))
    assert (row["floor"], row["floor_rule"], row["new"], row["status"]) == (
        "240.00",
        "cost",
        "240.90",
        "ok",
    )


def test_it_is_held_if_the_cap_forbids_that():
    asked = rule("set", "240", ending=".90", fee="5%", margin="20%", cap="10%")
    row = one({"list_price": "200"}, asked)
    assert (row["status"], row["reason"]) == ("review", "floor_over_cap")


@pytest.mark.parametrize(
    ("action", "value", "more", "new"),
    [
        ("set", "350", {}, "350.00"),
        ("percent", "-10%", {}, "359.10"),
        ("minus", "49", {}, "350.00"),
        ("cost_plus", "100%", {}, "360.00"),
        ("margin", "40%", {"fee": "10%"}, "360.00"),
        ("match", "-1", {}, "371.00"),
        ("clearance", "60:-10%;120:-20%", {}, "319.20"),
        ("percent", "-90%", {"floor": "200"}, "200.00"),
    ],
)
def test_what_actions_do(action, value, more, new):
    sku = {"stock": "300", "sold_30d": "60"}  # 150 days of cover
    rivals = [{"item_id": "1", "rival_price": "372"}, {"item_id": "1", "rival_price": "380"}]
    assert one(sku, rule(action, value, **more), rivals=rivals)["new"] == new


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({"category": "shoes"}, True),
        ({"category": "socks"}, False),
        ({"tag": "summer"}, True),
        ({"sku": "sh*"}, True),
        ({"sku": "bo*"}, False),
        ({"price_from": "300", "price_to": "400"}, True),
        ({"price_to": "398.99"}, False),
        ({"stock_from": "1"}, True),
        ({"cover_from": "60"}, True),
        ({"age_from": "365"}, True),
        ({"age_to": "30"}, False),
    ],
)
def test_conditions(match, hit):
    sku = {"tags": "summer;new", "stock": "300", "sold_30d": "60", "created": "2025-01-01"}
    assert (one(sku, rule("set", "350", **match))["change"] == "changed") is hit


def test_the_higher_priority_wins_and_equal_ones_fail_with_both_named():
    high = rule("set", "350") | {"rule_id": "high", "priority": "2"}
    low = rule("set", "300") | {"rule_id": "low"}
    assert one({}, low, high)["rule_id"] == "high"
    made = plan(
        [SHOE, SHOE | {"sku_id": "other", "category": "x"}],
        [
            low | {"category": "shoes"},
            rule("set", "310") | {"rule_id": "twin", "category": "shoes"},
            rule("set", "320") | {"rule_id": "x", "category": "x"},
        ],
    )
    first, second = rows_of(made)
    assert (first["status"], first["reason"]) == ("failed", "rules_conflict")
    assert {made.rules[made.rule[0]].id, made.rules[made.other[0]].id} == {"low", "twin"}
    assert (second["status"], second["new"]) == ("ok", "320.00")  # the rest goes on


@pytest.mark.parametrize(
    ("sku", "asked", "reason"),
    [
        ({"cost": ""}, rule("set", "350"), "cost_missing"),
        ({"list_price": ""}, rule("set", "350"), "price_missing"),
        ({"locked": "是"}, rule("set", "350"), "locked_by_campaign"),
        ({}, rule("percent", "-30%", cap="20%"), "change_over_cap"),
        ({}, rule("match", "0"), "rival_missing"),
        ({"cost": "", "floor_price": "200"}, rule("cost_plus", "50%"), "cost_missing"),
        ({"cost": "", "floor_price": "200"}, rule("margin", "40%"), "cost_missing"),
        ({"stock": "300"}, rule("clearance", "60:-10%"), "cover_missing"),
    ],
)
def test_what_is_held_and_why(sku, asked, reason):
    row = one(sku, asked)
    assert (row["reason"], row["change"]) == (reason, "unchanged")
    assert not reason.endswith("missing") or row["new"] == row["old"]  # no figure is invented


def test_floors_of_other_kinds_and_which_one_rules():
    low = {"floor_price": "200", "map_price": "320", "lowest_30d": "300"}
    row = one(low, rule("set", "100", history="yes", fee="5%", margin="20%"))
    assert (row["floor"], row["floor_rule"], row["new"]) == ("320.00", "map", "320.00")


def test_a_price_that_offers_would_break_is_held_with_the_offer_to_drop():
    coupon = Offer("c20", "coupon", "minus", (Tier(2000, amount=19_900),), name="老客券")
    made = plan([SHOE], [rule("set", "250", floor="240")], [coupon])
    row = rows_of(made)[0]
    assert (row["new"], row["final"], row["status"]) == ("250.00", "230.00", "review")
    assert REASONS[made.reason[0]] == "below_floor_after_offers"
    assert (made.offers[made.drop[0]].name, int(made.face[0])) == ("老客券", 1000)


def test_the_digest_is_of_what_would_be_done():
    rows = rows_of(plan([SHOE, SHOE | {"sku_id": "b"}], [rule("minus", "10")]))
    told = digest(rows)
    assert digest(reversed(rows)) == told
    assert digest([rows[0] | {"title": "renamed"}, rows[1]]) == told
    assert digest([rows[0] | {"new": "1.00"}, rows[1]]) != told


def test_bad_rules_are_named():
    bad = [
        rule("set", "viel") | {"rule_id": "a"},
        rule("verschenken", "1") | {"rule_id": "b"},
        rule("set", "9", ending="9"),
        rule("margin", "60%", fee="40%") | {"rule_id": "d"},
    ]
    _, rejects = read_rules(pd.DataFrame(bad))
    assert [one.rule for one in rejects] == [
        "rule_value_unreadable",
        "action_unknown",
        "ending_unreadable",
        "margin_takes_all",
    ]


actions = st.sampled_from(["set", "percent", "minus", "cost_plus", "margin"])


@st.composite
def sheets(draw) -> list[Rule]:
    rules = []
    for number in range(draw(st.integers(1, 4))):
        action = draw(actions)
        share = action in ("percent", "cost_plus", "margin")
        value = draw(st.integers(0, 700_000) if share else st.integers(0, 50_000))
        rules.append(
            Rule(
                id=f"r{number}",
                priority=draw(st.integers(0, 3)),
                action=action,
                value=-value if action == "percent" else value,
                ending=draw(st.sampled_from((None, (90, 100), (900, 1000)))),
                fee=draw(st.integers(0, 200_000)),
                margin=draw(st.integers(0, 500_000)),
                cap=draw(st.sampled_from((0, 200_000))),
            )
        )
    return rules


@given(sheets(), offer_sheets(4), st.integers(1, 60_000), st.integers(1, 30_000))
@settings(max_examples=120, deadline=None)
def test_no_row_that_goes_out_is_below_its_floor(rules, offers, price, cost):
    """For one to three pieces, under every reading."""
    goods = replace(A_SHOE, price=np.array([price]), cost=np.array([cost]))
    made = make_plan(goods, rules, periods_of(offers, NOW))
    if not made.changed[0]:
        return
    new, floor = int(made.new[0]), int(made.floor[0])
    assert new >= floor > 0
    for assumption in Reading().assumptions():
        for quantity in QUANTITIES:
            total = quote([BasketLine("shoe", new, quantity, "1")], offers, assumption).total
            assert total >= floor * quantity


def test_a_price_that_stays_is_held_too_where_offers_break_its_floor():
    coupon = Offer("c20", "coupon", "minus", (Tier(2000),))
    row = rows_of(plan([SHOE], [rule("minus", "0", floor="390")], [coupon]))[0]
    assert (row["new"], row["final"], row["reason"]) == (
        "399.00",
        "379.00",
        "below_floor_after_offers",
    )


def test_the_item_price_stays_between_those_of_its_skus():
    """Item 1 shows 300: with both SKUs above, it waits; 310 of item 2 is still inside."""
    goods = [
        {"sku_id": "a", "item_id": "1", "list_price": "300", "item_price": "300", "cost": "1"},
        {"sku_id": "b", "item_id": "1", "list_price": "320", "item_price": "300", "cost": "1"},
        {"sku_id": "c", "item_id": "2", "list_price": "300", "item_price": "310", "cost": "1"},
        {"sku_id": "d", "item_id": "2", "list_price": "320", "item_price": "310", "cost": "1"},
        {"sku_id": "e", "item_id": "3", "list_price": "300", "cost": "1"},
    ]
    rows = rows_of(plan(goods, [rule("percent", "2%")]))
    held = "outside_item_range"
    assert [row["reason"] for row in rows] == [held, held, "", "", ""]


SHELF = [
    {"sku_id": f"s{place}", "item_id": f"i{place // 2}", "list_price": price, "cost": cost}
    for place, (price, cost) in enumerate(
        [("399", "180"), ("250", ""), ("", "10"), ("99.95", "60"), ("12", "9"), ("500", "499")]
    )
]
GOODS = shelf(SHELF)


@given(sheets(), offer_sheets(3), st.permutations(range(len(SHELF))))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_and_rules_is_irrelevant(rules, offers, order):
    def told(goods: Catalogue, ruled: list[Rule]) -> dict[str, dict[str, str]]:
        made = rows_of(make_plan(goods, ruled, periods_of(offers, NOW)))
        return {row["sku_id"]: {name: row[name] for name in COLUMNS} for row in made}

    first = told(GOODS, rules)
    assert told(shelf([SHELF[place] for place in order]), rules) == first
    backward = told(GOODS, rules[::-1])
    assert digest(backward.values()) == digest(first.values()) or any(
        row["reason"] == "rules_conflict" for row in first.values()
    )


@given(sheets())
@settings(max_examples=60, deadline=None)
def test_two_rules_of_the_highest_priority_are_always_named(rules):
    made = plan_of(rules)
    first = max(one.priority for one in rules)
    among = [one.id for one in rules if one.priority == first]
    named = {made.rules[place].id for place in (made.rule[0], made.other[0]) if place >= 0}
    assert named <= set(among)
    assert (REASONS[made.reason[0]] == "rules_conflict") is (len(among) > 1)
    assert len(named) == min(2, len(among))


def plan_of(rules: list[Rule]) -> Plan:
    return make_plan(A_SHOE, rules)


def test_floors_from_a_history_file_the_catalogue_or_the_shops_own():
    """Of 30 days, with the price that already held when they began; the file goes first."""
    asked = rule("set", "100", history="yes")
    past = [
        {"sku_id": "shoe", "date": "2026-10-01", "price": "310"},
        {"sku_id": "shoe", "date": "2026-10-20", "price": "330"},
        {"sku_id": "shoe", "date": "2026-11-10", "price": "350"},
    ]
    assert one({}, asked, history=past)["floor"] == "330.00"
    assert one({"lowest_30d": "320"}, asked, history=past)["floor"] == "330.00"
    assert one({"lowest_30d": "320"}, asked, own=past)["floor"] == "320.00"
    assert one({}, asked, own=past)["floor"] == "330.00"
    assert one({}, asked)["reason"] == "low_missing"


def test_a_rivals_price_of_long_ago_is_not_followed():
    fresh = {"item_id": "1", "rival_price": "372", "seen_at": "2026-11-20"}
    stale = {"item_id": "1", "rival_price": "350", "seen_at": "2026-11-01"}
    assert one({}, rule("match", "-1"), rivals=[fresh, stale])["new"] == "371.00"
    assert one({}, rule("match", "-1"), rivals=[stale])["reason"] == "rival_missing"
    own = {"item_id": "9", "sku_id": "shoe", "rival_price": "380"}
    assert one({}, rule("match", "0"), rivals=[fresh, own])["new"] == "380.00"


def test_the_cap_of_a_day_counts_from_the_price_that_the_day_began_with():
    """399 this morning, 360 since noon: 320 is 11 % from 360, but 20 % from 399."""
    morning = [
        {"sku_id": "shoe", "date": "2026-11-20 08:00:00", "price": "399"},
        {"sku_id": "shoe", "date": "2026-11-22 12:00:00", "price": "360"},
    ]
    evening = NOW + timedelta(hours=20)
    asked = rule("set", "320", cap="15%", day_cap="15%")
    row = one({"list_price": "360"}, asked, own=morning, now=evening)
    assert (row["new"], row["reason"]) == ("320.00", "change_over_day_cap")
    assert row["told_cap"] == "15"
    assert one({"list_price": "360"}, asked)["status"] == "ok"


def test_a_sku_in_two_rows_fails_in_both():
    rows = rows_of(plan([SHOE, SHOE, SHOE | {"sku_id": "b"}], [rule("minus", "10")]))
    assert [row["reason"] for row in rows] == ["sku_listed_twice", "sku_listed_twice", ""]
    assert [row["status"] for row in rows] == ["failed", "failed", "ok"]


def test_offers_for_some_goods_and_ids_of_a_form():
    goods = [SHOE, SHOE | {"sku_id": "sock", "item_id": "2", "tags": "warm，new"}]
    asked = rule("set", "250", floor="240")

    def finals(offers: list[Offer]) -> list[str]:
        return [row["final"] for row in rows_of(plan(goods, [asked], offers))]

    for scope in (Scope(items=frozenset("1")), Scope(skus=frozenset(["shoe"]))):
        assert finals([Offer("c", "coupon", "minus", (Tier(2000),), scope=scope)]) == [
            "230.00",
            "250.00",
        ]
    warm = Offer("c", "coupon", "minus", (Tier(2000),), scope=Scope(tags=frozenset(["new"])))
    assert finals([warm]) == ["250.00", "230.00"]
    besides = Offer("c", "coupon", "minus", (Tier(2000),), scope=Scope(without=frozenset("2")))
    assert [row["final"] for row in rows_of(plan(goods, [asked], [besides]))] == [
        "230.00",
        "250.00",
    ]
    assert [row["rule_id"] for row in rows_of(plan(goods, [asked | {"sku": "s?ck"}]))] == ["", "r"]


def test_a_plan_as_a_frame():
    frame = PlanTable(plan([SHOE], [rule("minus", "10")])).to_pandas()
    assert list(frame.columns) == list(COLUMNS)
    assert str(frame.new[0]) == "389.00"


def test_an_offer_that_starts_later_counts_while_the_price_holds():
    """A coupon from tomorrow on breaks a price that stays, not one that is taken back tonight."""
    later = Offer("c20", "coupon", "minus", (Tier(2000),), starts=NOW + timedelta(days=1))
    over = Offer("c90", "coupon", "minus", (Tier(9000),), ends=NOW - timedelta(days=1))
    asked = rule("set", "250", floor="240")
    row = rows_of(plan([SHOE], [asked], [later, over]))[0]
    assert (row["final"], row["reason"]) == ("230.00", "below_floor_after_offers")
    assert row["told_offer"] == "c20"
    row = rows_of(plan([SHOE], [asked | {"ends": "2026-11-22 22:00"}], [later, over]))[0]
    assert (row["final"], row["status"]) == ("250.00", "ok")


def test_a_sku_without_a_price_fails_whatever_the_rules():
    goods = [SHOE | {"list_price": ""}, SHOE | {"sku_id": "b", "list_price": "-5"}]
    rows = rows_of(plan(goods, [rule("minus", "10", category="socks")]))
    assert [row["reason"] for row in rows] == ["price_missing"] * 2


def test_figures_that_are_not_beside_their_own_rows_stop_everything():
    made = plan([SHOE, SHOE | {"sku_id": "b"}], [rule("minus", "10")])
    astray = replace(made, catalogue=replace(made.catalogue, line=made.catalogue.line[::-1].copy()))
    with pytest.raises(AssertionError, match="2 rows"):
        PlanTable(astray)
