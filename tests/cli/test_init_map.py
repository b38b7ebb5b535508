"""``shopkit init --map``: what a table is taken for, real files among them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import xlsxwriter

DATA = Path(__file__).parents[3] / "shared" / "data" / "tables"


def test_a_table_is_recognised_by_its_headers(shop, shopkit):
    text = "SKUID,商品ID,一口价,成本,我的备注\n00123,1,￥1,99,x\n"
    (shop / "t.csv").write_text(text.replace("￥1,", '"￥1,099.50",'), encoding="gb18030")
    envelope = shopkit("init", "--map", "t.csv", "--json").envelope
    assert envelope["summary"] | {"kind": "skus", "rows": 1} == envelope["summary"]
    means = {row["column"]: row["means"] for row in envelope["rows"]}
    assert means["一口价"] == "list_price"
    assert means["我的备注"] == ""


def test_rows_that_cannot_be_read_are_told_with_the_fix(shop, shopkit):
    text = "SKUID,商品ID,一口价,成本\n6.83E+17,1,199,90\n2,1,abc,90\n3,1,5,2\n"
    (shop / "t.csv").write_text(text, encoding="utf-8")
    ended = shopkit("init", "--map", "t.csv", "--json")
    assert ended.code == 4
    assert [(one["line"], one["column"]) for one in ended.envelope["errors"]] == [
        (2, "SKUID"),
        (3, "一口价"),
    ]
    assert ended.envelope["summary"]["rows"] == 1


def test_an_unknown_table_is_mapped_once_and_remembered(shop, shopkit):
    (shop / "weird.csv").write_text("Kennung,Preis heute\na,9.50\n", encoding="utf-8")
    assert shopkit("init", "--map", "weird.csv").code == 3
    ended = shopkit("init", "--map", "weird.csv", "--as", "skus")
    mapping = Path(ended.out.strip())
    filled = mapping.read_text(encoding="utf-8").replace('# ? = "Kennung"', 'sku_id = "Kennung"')
    filled = filled.replace('# ? = "Preis heute"', 'list_price = "Preis heute"')
    mapping.write_text(filled, encoding="utf-8")
    envelope = shopkit("init", "--map", "weird.csv", "--as", "skus", "--json").envelope
    assert [row["means"] for row in envelope["rows"]] == ["sku_id", "list_price"]
    assert envelope["summary"]["rows"] == 1


@pytest.mark.shared
@pytest.mark.skipif(not DATA.exists(), reason="the folder of real files is not there")
@pytest.mark.parametrize(
    ("file", "kind", "least"),
    [
        ("shopify_products/apparel.csv", "skus", 20),
        ("shopify_products/jewelery.csv", "skus", 20),
        ("amazon_in_sample/amazon_sale_report_sample.csv", "orders", 50),
        ("olist/olist_orders_first4999.csv", "orders", 4000),
        ("uci_online_retail/online_retail.csv.gz", "orders", 500_000),
    ],
)
def test_real_files_load_as_they_are(file, kind, least, shop, shopkit):
    envelope = shopkit("init", "--map", str(DATA / file), "--json").envelope
    assert envelope["summary"]["kind"] == kind
    assert envelope["summary"]["rows"] >= least


def test_a_spreadsheet_has_no_encoding_and_standard_input_is_read_once(shop, shopkit, monkeypatch):
    book = xlsxwriter.Workbook(str(shop / "t.xlsx"))
    sheet = book.add_worksheet()
    for row, cells in enumerate([["SKUID", "一口价"], ["1", 199]]):
        sheet.write_row(row, 0, cells)
    book.close()
    assert "is read as skus (spreadsheet): 1 row" in shopkit("init", "--map", "t.xlsx").err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"SKUID,price\n1,5\n2,6\n")))
    assert shopkit("init", "--map", "-", "--json").envelope["summary"]["rows"] == 2


def test_a_table_without_line_breaks_is_refused_at_once(shop, shopkit):
    names = ",".join(["sku_id", "price", *(f"x{number}" for number in range(200_000))])
    (shop / "wide.csv").write_text(names + "\nA,10\n", encoding="utf-8")
    for words in (["init", "--map", "wide.csv"], ["price", "history", "add", "wide.csv"]):
        ended = shopkit(*words, "--json")
        assert (ended.code, ended.envelope["errors"][0]["code"]) == (3, "table_too_wide")
