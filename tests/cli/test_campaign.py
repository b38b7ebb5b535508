"""``shopkit campaign``: a sheet checked and the template filled, its ids and header kept."""

from __future__ import annotations

import time
from pathlib import Path

import openpyxl
import pytest

NOTE = ["本表由平台生成，请勿改动表头", None, None, None, None]
HEAD = ["商品ID", "SKUID", "最低普惠券后价要求", "报名价", "商品标题"]
ROWS = [
    ["683000000000000001", "5100000000000000001", "350", None, "跑鞋 黑"],
    ["683000000000000001", "5100000000000000002", "279", None, "跑鞋 白"],
    ["683000000000000002", "5100000000000000003", "350", "398", "板鞋 黑"],
    ["683000000000000002", "5100000000000000004", "350", "300", "板鞋 白"],
    ["683000000000000003", "5100000000000000005", None, "100", "凉鞋"],
]


@pytest.fixture
def template(shop: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (NOTE, HEAD, *ROWS):
        sheet.append(row)
    sheet["A2"].font = openpyxl.styles.Font(bold=True)
    book.create_sheet("填写说明").append(["请按要求填写"])
    book.save(shop / "sheet.xlsx")
    return shop / "sheet.xlsx"


def check(shopkit, *more: str):
    words = ("campaign", "check", "sheet.xlsx", "--rate", "12%", "-o", "out", "--json", *more)
    return shopkit(*words).envelope["rows"]


def test_each_sku_passes_or_waits_and_one_holds_its_item(template, shopkit):
    told = {row["sku_id"][-1]: (row["status"], row["reason"]) for row in check(shopkit)}
    assert told == {
        "1": ("ok", ""),
        "2": ("ok", ""),
        "3": ("review", "signup_over_line"),  # 398 gives 350.24 if the reduction is exact
        "4": ("review", "item_held"),
        "5": ("review", "line_missing"),
    }


def test_the_largest_price_under_both_roundings_is_told(template, shopkit):
    row = check(shopkit)[0]
    assert (row["largest"], row["largest_by_rule"]) == ("397.00", "exact 397.00; up 398.00")
    shopkit("campaign", "check", "sheet.xlsx", "--rate", "15%", "-o", "out2", "--json")
    row = check(shopkit, "--rate", "15%", "-o", "out3")[1]
    assert row["largest_by_rule"] == "exact 328.00; up 329.00"


def test_the_history_is_stricter_where_it_is_lower(template, shop, shopkit):
    text = "sku_id,日期,到手价\n5100000000000000001,2026-11-01,300\n"
    (shop / "history.csv").write_text(text, encoding="utf-8")
    row = check(shopkit, "--history", "history.csv", "--now", "2026-11-10")[0]
    assert (row["line"], row["line_from"]) == ("300.00", "history")


def test_items_own_discounts_count(template, shop, shopkit):
    (shop / "offers.csv").write_text("offer_id,level,value\nd,item,减20\n", encoding="utf-8")
    row = check(shopkit, "--offers", "offers.csv")[0]
    assert row["largest"] == "420.00"  # 420 x 0.88 - 20 = 349.60


def test_the_template_is_filled_for_whole_items_only(template, shop, shopkit):
    ended = shopkit(*["campaign", "sheet", "sheet.xlsx", "--rate", "12%", "-o", "filled"])
    assert ended.code == 0
    book = openpyxl.load_workbook(shop / "filled/sheet-filled.xlsx")
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == NOTE[0]
    assert rows[1] == HEAD
    assert sheet["A2"].font.bold
    assert [row[3] for row in rows[2:]] == [397, 317, "398", "300", "100"]
    assert [row[1] for row in rows[2:]] == [row[1] for row in ROWS]
    assert book.sheetnames[1] == "填写说明"


def test_the_same_sheet_gives_the_same_bytes(template, shop, shopkit):
    for folder in ("one", "two"):
        shopkit("campaign", "sheet", "sheet.xlsx", "--rate", "12%", "-o", folder)
        time.sleep(1.1)  # openpyxl would note the second of saving
    first, second = (shop / name / "sheet-filled.xlsx" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_stale_evidence_and_twins_are_refused(shop, shopkit):
    text = (
        "商品ID,SKUID,最低普惠券后价要求,报名价,数据时间\n"
        "1,11,350,300,2026-11-01 08:00\n"
        "2,22,350,300,2026-11-10 08:00\n"
        "2,22,350,300,2026-11-10 08:00\n"
    )
    (shop / "sheet.csv").write_text(text, encoding="gb18030")
    ended = shopkit(
        *[
            "campaign",
            "check",
            "sheet.csv",
            "--rate",
            "12%",
            "-o",
            "out",
            "--now",
            "2026-11-10T12:00",
        ],
        "--json",
    )
    assert [row["reason"] for row in ended.envelope["rows"]] == [
        "evidence_stale",
        "sku_twice",
        "sku_twice",
    ]


def test_a_mangled_id_holds_with_the_fix(shop, shopkit):
    text = "商品ID,SKUID,最低普惠券后价要求,报名价\n6.83E+17,11,350,300\n"
    (shop / "sheet.csv").write_text(text, encoding="utf-8")
    ended = shopkit("campaign", "check", "sheet.csv", "--rate", "12%", "-o", "out", "--json")
    [row] = ended.envelope["rows"]
    assert row["reason"] == "digits_lost"
    assert "Export again" in row["detail"]


def written(shop: Path, **tables: str) -> None:
    for name, text in tables.items():
        (shop / f"{name}.csv").write_text(text, encoding="utf-8")


def rows_of(shopkit, *more: str):
    """SKU -> its row, and what a person is told beside."""
    words = ("campaign", "check", "sheet.csv", "-o", "out", "--force", *more)
    ended = shopkit(*words, "--json")
    assert ended.code == 0, ended.err
    return {row["sku_id"]: row for row in ended.envelope["rows"]}, shopkit(*words).err


SHEET = "商品ID,SKUID,最低普惠券后价要求,报名价\n"


def test_line_350_at_12_percent_allows_397_and_398_only_if_rounded_up(shop, shopkit):
    written(shop, sheet=SHEET + "1,11,350,397\n2,22,350,398\n")
    found, _ = rows_of(shopkit, "--rate", "12%")
    assert (found["11"]["status"], found["11"]["final"]) == ("ok", "349.36")
    assert found["11"]["warnings"] == "rounding_unknown;evidence_undated"
    assert (found["22"]["reason"], found["22"]["final"]) == ("signup_over_line", "350.24")
    assert "exact 397.00; up 398.00" in found["22"]["detail"]
    profile = '[price.official_rounding]\nvalue = "up"\nsource = "our receipts"\n'
    (shop / "profiles").mkdir()
    (shop / "profiles/generic.toml").write_text(
        profile + 'date = 2026-11-27\nconfidence = "ours"\n', encoding="utf-8"
    )
    found, _ = rows_of(shopkit, "--rate", "12%")
    assert (found["22"]["status"], found["22"]["largest"]) == ("ok", "398.00")


def test_line_279_at_15_percent_allows_328(shop, shopkit):
    written(shop, sheet=SHEET + "1,11,279,329\n2,22,279,328\n")
    found, _ = rows_of(shopkit, "--rate", "15%")
    assert (found["11"]["reason"], found["22"]["status"]) == ("signup_over_line", "ok")
    assert found["11"]["largest_by_rule"] == "exact 328.00; up 329.00"


def test_the_unrounded_50_0984_fails_a_line_of_50(shop, shopkit):
    """Below 100 yuan both roundings are exact; the shop's own step is a fen."""
    (shop / "profiles").mkdir()
    step = "[campaign.signup_step_fen]\nvalue = 1\nsource = 'the campaign page'\n"
    (shop / "profiles/generic.toml").write_text(
        step + "date = 2026-11-27\nconfidence = 'documented'\n", encoding="utf-8"
    )
    written(shop, sheet=SHEET + "1,11,50,56.93\n2,22,50,56.81\n")
    found, _ = rows_of(shopkit, "--rate", "12%")
    assert (found["11"]["reason"], found["11"]["final"]) == ("signup_over_line", "50.0984")
    assert "50.0984, more than the line 50.00" in found["11"]["detail"]
    assert found["22"]["status"] == "ok"


def test_sign_up_prices_are_whole_yuan_unless_the_profile_gives_a_step(shop, shopkit):
    written(shop, sheet=SHEET + "1,11,350,300.50\n")
    found, _ = rows_of(shopkit, "--rate", "12%")
    assert found["11"]["reason"] == "signup_not_in_steps"


def test_the_official_reduction_is_that_of_the_offers_with_their_scope(shop, shopkit):
    offers = "offer_id,level,value,item_ids\no,official,8.8折,1\n"
    written(shop, sheet=SHEET + "1,11,350,\n2,22,350,\n", offers=offers)
    found, said = rows_of(shopkit, "--offers", "offers.csv")
    assert [(row["official_rate"], row["largest"]) for row in found.values()] == [
        ("12%", "397.00"),
        ("0%", "350.00"),
    ]
    assert "No official reduction is told: tested without one" in said  # for item 2
    assert [row["warnings"] for row in found.values()] == [
        "rounding_unknown;evidence_undated",
        "rate_not_told;evidence_undated",
    ]


def test_an_item_discount_in_percent_is_taken_after_the_official_reduction(shop, shopkit):
    """400 x 0.88 x 0.95 = 334.40."""
    written(shop, sheet=SHEET + "1,11,334.40,\n", offers="offer_id,level,value\nd,item,9.5折\n")
    found, _ = rows_of(shopkit, "--rate", "12%", "--offers", "offers.csv")
    assert (found["11"]["largest"], found["11"]["final"]) == ("400.00", "334.40")


def test_only_offers_all_through_the_campaign_and_open_to_everyone_count(shop, shopkit):
    offers = (
        "offer_id,level,value,starts,ends,channel\n"
        "whole,item,减20,2026-12-01,2026-12-31,\n"
        "short,item,减30,2026-12-01,2026-12-12,\n"
        "members,item,减40,,,店铺会员专享券\n"
    )
    written(shop, sheet=SHEET + "1,11,350,\n", offers=offers)
    window = ("--window", "2026-12-12~2026-12-14", "--now", "2026-12-10")
    found, _ = rows_of(shopkit, "--rate", "12%", "--offers", "offers.csv", *window)
    assert found["11"]["largest"] == "420.00"  # 420 x 0.88 - 20 = 349.60


def test_an_item_without_a_sale_in_60_days_waits(shop, shopkit):
    sales = "日期,SKUID,商品ID,销量\n2026-11-20,11,1,3\n2026-09-01,22,2,5\n2026-11-01,39,3,1\n"
    written(shop, sheet=SHEET + "1,11,350,300\n1,12,350,300\n2,22,350,300\n3,33,350,300\n",
            sales=sales)  # fmt: skip
    more = ("--profile", "tmall", "--now", "2026-11-27")
    found, said = rows_of(shopkit, "--rate", "12%", "--sales", "sales.csv", *more)
    told = {sku: (row["reason"], row["sold"]) for sku, row in found.items()}
    assert told == {
        "11": ("", 3),
        "12": ("", 3),  # its item has sold
        "22": ("no_recent_sales", 0),
        "33": ("", 1),  # through a SKU that is not in the sheet
    }
    assert "in 60 days" in found["22"]["detail"]
    _, said = rows_of(shopkit, "--rate", "12%", *more)
    assert "price protection were not checked. Give --sales" in said


def test_price_protection_counts_who_bought_dearer_before(shop, shopkit):
    """300 x 0.88 = 264 is the least (rounded up): 2 x (299 - 264) + 1 x (280 - 264) = 86."""
    sales = (
        "日期,SKUID,单价,销量\n2026-12-05,11,299,2\n2026-12-10,11,280,1\n2026-12-10,11,264,9\n"
        "2026-11-20,11,399,7\n"  # before the 19 days
    )
    written(shop, sheet=SHEET + "1,11,350,300\n", sales=sales)
    more = ("--profile", "tmall", "--now", "2026-12-11", "--window", "2026-12-12~2026-12-14")
    found, said = rows_of(shopkit, "--rate", "12%", "--sales", "sales.csv", *more)
    row = found["11"]
    assert (row["protected_units"], row["protected_money"]) == (3, "86.00")
    assert "price_protection" in row["warnings"]
    assert "3 pieces were sold dearer in the 19 days before" in said
    assert "Until 2027-01-03 00:00" in said


def test_the_list_line_holds_too_where_the_profile_says_so(shop, shopkit):
    text = "商品ID,SKUID,最低标价,最低普惠券后价要求,报名价\n1,11,380,350,397\n2,22,380,350,\n"
    written(shop, sheet=text)
    found, _ = rows_of(shopkit, "--rate", "12%", "--profile", "tmall")
    assert (found["11"]["reason"], found["11"]["largest"]) == ("signup_over_list", "380.00")
    assert (found["22"]["status"], found["22"]["largest"]) == ("ok", "380.00")
    found, _ = rows_of(shopkit, "--rate", "12%")
    assert found["11"]["status"] == "ok"


def test_a_missing_sku_holds_the_item(shop, shopkit):
    catalog = "SKUID,商品ID,一口价,状态\n11,1,400,\n12,1,400,\n13,1,400,已下架\n22,2,400,\n"
    written(shop, sheet=SHEET + "1,11,350,300\n2,22,350,300\n", catalog=catalog)
    found, _ = rows_of(shopkit, "--rate", "12%", "--catalog", "catalog.csv")
    assert (found["11"]["reason"], found["22"]["reason"]) == ("sku_not_in_sheet", "")
    assert "12 of the same item is not in the sheet" in found["11"]["detail"]


def test_a_list_price_is_no_line_and_a_stale_snapshot_is_refused(shop, shopkit):
    written(
        shop,
        sheet="商品ID,SKUID,报名价\n1,11,300\n2,22,300\n3,33,300\n",
        history="SKUID,数据时间,一口价,近15天最低普惠券后价\n"
        "11,2026-11-26,350,\n22,2026-11-20,350,350\n33,2026-11-26,350,350\n",
    )
    more = ("--history", "history.csv", "--now", "2026-11-27")
    found, _ = rows_of(shopkit, "--rate", "12%", *more)
    assert {sku: row["reason"] for sku, row in found.items()} == {
        "11": "line_missing",
        "22": "evidence_stale",
        "33": "",
    }


def test_a_delisted_sku_keeps_its_row_and_is_not_filled(shop, shopkit):
    book = openpyxl.Workbook()
    for row in (
        ["商品ID", "SKUID", "最低普惠券后价要求", "活动价", "SKU状态"],
        [683000000000001, 5100000000011, 350, None, "在售"],
        [683000000000001, 5100000000012, None, None, "已下架"],
    ):
        book.active.append(row)
    book.save(shop / "sheet.xlsx")
    ended = shopkit("campaign", "sheet", "sheet.xlsx", "--rate", "12%", "-o", "out", "--json")
    rows = ended.envelope["rows"]
    assert [(row["status"], row["warnings"]) for row in rows] == [
        ("ok", "rounding_unknown;evidence_undated"),
        ("ok", "sku_delisted"),
    ]
    sheet = openpyxl.load_workbook(shop / "out/sheet-filled.xlsx").active
    told = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_col=4)]
    assert told == [
        ["683000000000001", "5100000000011", 350, 397],
        ["683000000000001", "5100000000012", None, None],
    ]
    assert {sheet[place].number_format for place in ("A2", "B2", "A3", "B3")} == {"@"}


def test_a_window_that_is_none(template, shopkit):
    ended = shopkit("campaign", "check", "sheet.xlsx", "-o", "out", "--window", "2026-12-14~1")
    assert ended.code == 2
    assert "2026-12-12~2026-12-14" in ended.err


@pytest.mark.parametrize(
    ("rate", "code"), [("100%", 2), ("-5%", 2), ("12", 2), ("soon", 2), ("0%", 0)]
)
def test_a_rate_is_a_share_of_the_price(shop, shopkit, rate, code):
    written(shop, sheet=SHEET + "1,11,350,300\n")
    ended = shopkit("campaign", "check", "sheet.csv", f"--rate={rate}", "-o", "out")
    assert ended.code == code
    assert (shop / "out").exists() is (code == 0)


def test_a_profile_may_tell_the_rate_for_all_campaigns(shop, shopkit):
    (shop / "profiles").mkdir()
    told = "[campaign.official_rate]\nvalue = '{}'\nsource = 'the campaign page'\n"
    told += "date = 2026-11-27\nconfidence = 'documented'\n"
    for value, code in (("12%", 0), ("120%", 2)):
        (shop / "profiles/generic.toml").write_text(told.format(value), encoding="utf-8")
        written(shop, sheet=SHEET + "1,11,350,\n")
        ended = shopkit("campaign", "check", "sheet.csv", "-o", "out", "--json")
        assert ended.code == code
        if code == 0:
            assert ended.envelope["rows"][0]["largest"] == "397.00"


def test_a_price_of_nought_or_less_is_none_and_no_price_may_hold_a_line(shop, shopkit):
    written(shop, sheet=SHEET + "1,11,350,0\n2,22,350,-5\n3,33,0.50,1\n")
    found, _ = rows_of(shopkit, "--rate", "12%")
    assert [row["reason"] for row in found.values()] == [
        "signup_not_positive",
        "signup_not_positive",
        "no_signup_price",
    ]


def test_the_commands_own_options_come_before_the_shared_ones(shopkit):
    told = shopkit("campaign", "check", "-h").out
    assert told.index("\nOptions") < told.index("--window FROM~TO") < told.index("Shared options")


def test_a_history_and_sales_tell_only_what_the_sheet_asks(template, shop, shopkit):
    """Lines hold until the next one; a platform's own low counts by its newest reading."""
    history = (
        "sku_id,日期,到手价,近15天最低普惠券后价\n"
        "5100000000000000001,2026-09-01,310,\n"  # held when the 15 days opened
        "5100000000000000001,2026-11-05,330,\n"
        "5100000000000000002,2026-11-08,,260\n"
        "5100000000000000002,2026-11-09,,270\n"  # the newest
        "other,2026-11-09,1,1\n"
    )
    sales = (
        "date,sku_id,item_id,units,price,revenue\n"
        "2026-11-08,5100000000000000001,,2,400,\n"
        "2026-11-08,other,683000000000000001,3,,1000\n"  # of the item by the sales' own word
    )
    (shop / "history.csv").write_text(history, encoding="utf-8")
    (shop / "sales.csv").write_text(sales, encoding="utf-8")
    tables = ("--history", "history.csv", "--sales", "sales.csv", "--now", "2026-11-10")
    rows = check(shopkit, *tables, "--profile", "tmall")
    assert [(row["line"], row["line_from"]) for row in rows[:2]] == [
        ("310.00", "history"),
        ("270.00", "history"),
    ]
    assert [row["sold"] for row in rows[:3]] == [5, 5, 0]
    # 352 passes: 352 x 0.88 = 309.76, or 309 rounded; two pieces were bought at 400.
    assert (rows[0]["final"], rows[0]["protected_units"]) == ("309.76", 2)
    assert rows[0]["protected_money"] == "182.00"
