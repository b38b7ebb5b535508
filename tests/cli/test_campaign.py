"""``shopkit campaign``: a sheet checked and the template filled, its ids and header kept."""

from __future__ import annotations

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
