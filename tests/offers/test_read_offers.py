"""Offer tables as merchants have them: what each cell means, and which are refused and why."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from shopkit.offers.model import Offer, Tier
from shopkit.offers.offer_cells import Unclear, read_benefit, read_window
from shopkit.offers.read_offers import read_offers

SHANGHAI = ZoneInfo("Asia/Shanghai")


def offers(*rows: dict[str, str]) -> list[Offer]:
    sheet = read_offers(pd.DataFrame(rows))
    assert not sheet.rejects
    return list(sheet.offers)


def rules(*rows: dict[str, str]) -> list[tuple[int, str, str]]:
    sheet = read_offers(pd.DataFrame(rows))
    return [(one.line, one.column, one.rule) for one in sheet.rejects]


@pytest.mark.parametrize(
    ("cell", "kind", "tiers", "each"),
    [
        ("满100减10", "minus", (Tier(1000, amount=10_000),), False),
        ("满 199 减 20.5", "minus", (Tier(2050, amount=19_900),), False),
        ("满200减20;满300减40", "minus", (Tier(2000, 20_000), Tier(4000, 30_000)), False),
        ("每满200减30上不封顶", "minus", (Tier(3000, amount=20_000),), True),
        ("满300减50,上不封顶", "minus", (Tier(5000, amount=30_000),), True),
        ("满2件8折", "percent", (Tier(200_000, count=2),), False),
        ("8.5折", "percent", (Tier(150_000),), False),
        ("85折", "percent", (Tier(150_000),), False),
        ("15%", "percent", (Tier(150_000),), False),
        ("减30", "minus", (Tier(3000),), False),
        ("满99包邮", "free_post", (Tier(0, amount=9_900),), False),
        ("满199送袜子", "gift", (Tier(0, amount=19_900),), False),
    ],
)
def test_what_a_value_cell_gives(cell, kind, tiers, each):
    assert read_benefit(cell, None) == (kind, tiers, each)


@pytest.mark.parametrize(
    ("cell", "kind", "unit", "code"),
    [
        ("8", "percent", "", "discount_unit_unknown"),
        ("8", None, "", "offer_kind_unknown"),
        ("150%", "percent", "", "discount_out_of_range"),
        ("10折", None, "", "discount_out_of_range"),
        ("0.85折", None, "", "discount_out_of_range"),
        ("满2.5件8折", None, "", "count_unreadable"),
        ("满100减0", None, "", "amount_not_positive"),
        ("五元", "minus", "", "money_unreadable"),
        ("-5", "price", "", "amount_not_positive"),
        ("满200减20;满3件8折", None, "", "ladder_mixed"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(cell, kind, unit, code):
    with pytest.raises(Unclear) as refusal:
        read_benefit(cell, kind, unit)
    assert refusal.value.code == code


def test_a_header_that_says_the_unit_settles_it():
    assert read_benefit("8", "percent", "折").tiers == (Tier(200_000),)
    assert read_benefit("8", "percent", "%").tiers == (Tier(80_000),)
    [one] = offers({"offer_id": "a", "level": "单品", "类型": "折扣", "折扣": "8"})
    assert one.tiers == (Tier(200_000),)


def test_the_coupon_list_of_the_back_office():
    [one] = offers(
        {
            "券模版ID": "683000000000000001",
            "券名称": "老客券",
            "推广方式": "店铺会员专享券",
            "优惠金额": "满100减10",
            "发放量": "1,000",
            "每人限领": "1",
            "使用时间": "起：2026-11-01 00:00:00\n止：2026-11-30 23:59:59",
            "圈品ID": "71;72",
            "圈品ID(续1)": "73",
        }
    )
    assert (one.id, one.level, one.channel) == ("683000000000000001", "coupon", "private")
    assert (one.total, one.per_person, one.stack_group) == (1000, 1, "coupon")
    assert one.scope.items == {"71", "72", "73"}
    assert one.starts == datetime(2026, 11, 1, tzinfo=SHANGHAI)
    assert one.ends == datetime(2026, 12, 1, tzinfo=SHANGHAI)


def test_rows_of_one_id_are_a_ladder():
    row = {"offer_id": "满减", "level": "店铺", "kind": "满减"}
    first, second = {"value": "20", "threshold": "200"}, {"value": "40", "threshold": "300"}
    [one] = offers(row | second, row | first)
    assert one.tiers == (Tier(2000, amount=20_000), Tier(4000, amount=30_000))


def test_each_bad_row_is_named_and_the_good_ones_go_through():
    good = {"offer_id": "1", "level": "shop", "value": "满200减20", "channel": ""}
    bad = [
        {"offer_id": "2", "level": "shop", "value": "满200减20;满300减15", "channel": ""},
        {"offer_id": "3", "level": "邻居", "value": "减5", "channel": ""},
        {"offer_id": "4", "level": "coupon", "value": "减5", "channel": "对面"},
        {"offer_id": "1", "level": "item", "value": "减5", "channel": ""},
    ]
    assert rules(good, *bad) == [
        (2, "value", "ladder_not_rising"),
        (3, "level", "offer_level_unknown"),
        (4, "channel", "channel_unknown"),
        (5, "offer_id", "offer_twice"),
    ]
    assert [one.id for one in read_offers(pd.DataFrame([good, *bad])).offers] == ["1"]


def test_a_day_without_a_time_ends_with_the_day():
    starts, ends = read_window("2026-11-01", "2026/11/11", "", SHANGHAI)
    assert starts == datetime(2026, 11, 1, tzinfo=SHANGHAI)
    assert ends == datetime(2026, 11, 12, tzinfo=SHANGHAI)
