"""Coupon rows as merchants write them: made, or every error named with line and column."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from shopkit.offers.coupons import Judged, judge_coupons
from shopkit.offers.model import Tier
from shopkit.runtime.typed import load_rows

NOW = datetime(2026, 11, 22, tzinfo=ZoneInfo("Asia/Shanghai"))
GOOD = {
    "券名称": "老客券",
    "类型": "满减",
    "面额": "20",
    "门槛": "199",
    "发行量": "1000",
    "每人限领": "1",
    "开始时间": "2026-12-01",
    "结束时间": "2026-12-12",
    "推广渠道": "全网自动推广",
    "圈品ID": "",
}


def judged(*rows: dict[str, str], items: frozenset[str] | None = None) -> list[Judged]:
    return judge_coupons(load_rows("coupons", pd.DataFrame(rows)), NOW, items)


def test_a_good_row_with_chinese_headers():
    [one] = judged(GOOD)
    assert one.coupon is not None
    assert one.coupon.tiers == (Tier(2000, amount=19_900),)
    assert (one.coupon.total, one.coupon.per_person) == (1000, 1)
    assert one.coupon.ends == datetime(2026, 12, 13, tzinfo=NOW.tzinfo)
    assert one.coupon.exposure == 2_000_000  # 20.00 x 1,000


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"类型": "折扣", "面额": "8", "门槛": ""}, "面额", "discount_unit_unknown"),
        ({"面额": "199"}, "门槛", "face_not_below_threshold"),
        ({"结束时间": "2026-11-30"}, "结束时间", "window_reversed"),
        ({"开始时间": "2026-10-01", "结束时间": "2026-11-11"}, "结束时间", "window_past"),
        ({"开始时间": "2026-02-30"}, "开始时间", "time_unreadable_cell"),
        ({"发行量": "1", "每人限领": "5"}, "每人限领", "total_below_per_person"),
        ({"发行量": "0"}, "发行量", "count_unreadable"),
        ({"推广渠道": "对面"}, "推广渠道", "channel_unknown"),
        ({"圈品ID": "7;99"}, "圈品ID", "item_not_in_catalog"),
        ({"类型": "买一送一?"}, "类型", "offer_kind_unknown"),
        ({"面额": "五元"}, "面额", "money_unreadable"),
        ({"面额": "-5"}, "面额", "amount_not_positive"),
        ({"面额": "满200减20;满300减15", "门槛": ""}, "面额", "ladder_not_rising"),
        ({"券名称": ""}, "券名称", "coupon_nameless"),
    ],
)
def test_each_fault_is_named_with_its_column(change, column, rule):
    [one] = judged(GOOD | change, items=frozenset({"7"}))
    assert one.coupon is None
    assert [(error.column, error.rule) for error in one.errors] == [(column, rule)]


def test_all_errors_of_a_row_are_told_at_once():
    [one] = judged(GOOD | {"面额": "五元", "发行量": "x", "推广渠道": "对面"})
    assert [error.column for error in one.errors] == ["面额", "发行量", "推广渠道"]


def test_codes_are_one_whatever_their_case():
    rows = [GOOD | {"券码": "SPR1"}, GOOD | {"券名称": "另一张", "券码": "spr1"}]
    first, second = judged(*rows)
    assert first.coupon is not None
    assert [(error.rule, error.value) for error in second.errors] == [
        ("coupon_twice", "spr1 (= 1)")
    ]


def test_what_is_certain_is_repaired_and_told():
    [one] = judged(GOOD | {"面额": "２０", "券名称": '=HYPERLINK("x","y")'})
    assert one.repairs == ("fullwidth_repaired", "formula_neutralised")
    assert one.coupon is not None
    assert one.coupon.face == 2000
    assert one.coupon.name.startswith("'=")


def test_an_amount_a_hundred_times_the_others_is_asked_about():
    rows = [GOOD | {"券名称": f"券{n}", "面额": str(20 + n)} for n in range(5)]
    *others, last = judged(*rows, GOOD | {"券名称": "券9", "面额": "2100", "门槛": "9900"})
    assert not any(one.doubts for one in others)
    assert [doubt.rule for doubt in last.doubts] == ["amount_jumps"]


def test_a_mangled_id_is_an_error_that_says_how_to_export_again():
    loaded = load_rows("coupons", pd.DataFrame([GOOD | {"券模版ID": "6.83E+17"}]))
    [one] = judge_coupons(loaded, NOW)
    assert [error.rule for error in one.errors] == ["digits_lost"]
    assert one.errors[0].fix.startswith("Export again")


def test_the_key_is_the_content():
    [one], [same], [other] = judged(GOOD), judged(dict(GOOD)), judged(GOOD | {"面额": "21"})
    assert one.coupon and same.coupon and other.coupon
    assert one.coupon.key == same.coupon.key != other.coupon.key
