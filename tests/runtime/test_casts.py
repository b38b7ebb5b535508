"""Cells as merchants' files have them, and what each is read as or refused for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from shopkit.runtime.casts import Reading, Unread, cast, finds_day_first, is_total, meant
from shopkit.runtime.cells import clean

SHANGHAI = ZoneInfo("Asia/Shanghai")


def read(kind, cell, **how):
    reading = Reading(kind, SHANGHAI, **how)
    return cast(meant(clean(cell), reading), reading)


def refused(kind, cell, **how):
    with pytest.raises(Unread) as fault:
        read(kind, cell, **how)
    return fault.value.code


@pytest.mark.parametrize(
    ("cell", "id_"),
    [
        ("00123", "00123"),
        ("1E5", "1E5"),
        ("NA", "NA"),
        ("null", "null"),
        ("683123456789012345", "683123456789012345"),
        ('="123"', "123"),
        ("'00123", "00123"),
        ("683123456789012345\t", "683123456789012345"),
        ('\t="00042"', "00042"),
        ("#1001", "#1001"),
        ("-", None),
        ("暂无数据", None),
        ("\\N", None),
    ],
)
def test_ids_are_text(cell, id_):
    assert read("id", cell) == id_


def test_an_id_that_a_spreadsheet_has_spoiled_is_refused():
    assert refused("id", "6.83E+17") == "digits_lost"
    assert refused("money", "6.83E+17") == "digits_lost"
    assert refused("id", "#N/A") == "cell_formula_broken"


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("1,234.50", 123450),
        ("￥12", 1200),
        ("¥ 1,099.9", 109990),
        ("１２．５０", 1250),
        ("? 648", 64800),
        ("₹648.00", 64800),
        ("1.2万", 1200000),
        ("-5", -500),
        ("0.10", 10),
        ("19.9元", 1990),
        ("NaN", None),
        ("--", None),
    ],
)
def test_money_is_exact(cell, cents):
    assert read("money", cell) == cents


@pytest.mark.parametrize("cell", ["12,50", "1.234", "abc", "1E5", "5 or 6", "1,23.00"])
def test_what_is_no_amount_is_refused(cell):
    assert refused("money", cell) == "money_unreadable"


def test_a_word_can_mean_nothing_in_one_column():
    assert read("money", "无退款申请", empty=frozenset({"无退款申请"})) is None
    assert refused("money", "无退款申请") == "money_unreadable"


def test_money_in_fen():
    assert read("money", "12900", minor=True) == 12900
    assert refused("money", "129.5", minor=True) == "money_unreadable"


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("number", "1,234.5", Decimal("1234.5")),
        ("number", "1.2万", Decimal(12000)),
        ("number", "12.3%", Decimal("0.123")),
        ("number", "-0.1234567", Decimal("-0.123456")),
        ("count", "1,234", 1234),
        ("count", "1.2万", 12000),
        ("count", "12.0", 12),
        ("count", "-3", -3),
        ("percent", "12.3%", 123000),
        ("percent", "0.123", 123000),
        ("percent", "0.0333333333333333", 33333),
        ("percent", "123.45%", 1234500),
        ("percent", "1", 1_000_000),
        ("duration", "3分20秒", 200),
        ("duration", "1小时2分", 3720),
        ("duration", "1:02:03", 3723),
        ("duration", "45.5", 46),
        ("flag", "是", True),
        ("flag", "FALSE", False),
        ("flag", "", None),
    ],
)
def test_figures(kind, cell, value):
    assert read(kind, cell) == value


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        ("percent", "15", "percent_unreadable"),
        ("count", "1.5", "count_unreadable"),
        ("count", "50%", "count_unreadable"),
        ("number", "#DIV/0!", "number_unreadable"),
        ("duration", "soon", "duration_unreadable"),
        ("flag", "perhaps", "flag_unreadable"),
        ("time", "2025-02-30", "moment_unreadable"),
        ("time", "45678", "moment_unreadable"),
        ("time", "4/5/2025", "moment_unclear"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(kind, cell, code):
    assert refused(kind, cell) == code


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2025-01-06 09:30:00", dt.datetime(2025, 1, 6, 9, 30)),
        ("2025/1/6 9:30", dt.datetime(2025, 1, 6, 9, 30)),
        ("2025年1月6日 09:30:00", dt.datetime(2025, 1, 6, 9, 30)),
        ("20250106", dt.datetime(2025, 1, 6)),
        ("20250106093000", dt.datetime(2025, 1, 6, 9, 30)),
        ("2026-04-04 12:48:49 +0500", dt.datetime(2026, 4, 4, 15, 48, 49)),
        ("2026-04-04T12:48:49-04:00", dt.datetime(2026, 4, 5, 0, 48, 49)),
        ("2026-04-04T12:48:49.250Z", dt.datetime(2026, 4, 4, 20, 48, 49, 250000)),
        ("30.04.2022", dt.datetime(2022, 4, 30)),
        ("4/30/22", dt.datetime(2022, 4, 30)),
        ("30/4/2022 8:05", dt.datetime(2022, 4, 30, 8, 5)),
        ("5/5/2022", dt.datetime(2022, 5, 5)),
    ],
)
def test_times_are_in_the_zone_of_the_shop(cell, moment):
    assert read("time", cell) == moment.replace(tzinfo=SHANGHAI)


def test_a_column_tells_whether_the_day_stands_first():
    assert finds_day_first(["1/2/2025", "25/2/2025"]) is True
    assert finds_day_first(["1/2/2025", "2/25/2025"]) is False
    assert finds_day_first(["1/2/2025"]) is None
    assert finds_day_first(["25/2/2025", "2/25/2025"]) is None
    assert read("time", "4/5/2025", day_first=True).month == 5
    assert read("time", "4/5/2025", day_first=False).month == 4


def test_rows_that_add_up_others_are_known_by_their_first_word():
    assert all(map(is_total, ["合计", "合计：", "店铺平均值", "同行同层均值", "Total", "TOTALS:"]))
    assert not any(map(is_total, ["", "合计器 大号", "totally", "1"]))
