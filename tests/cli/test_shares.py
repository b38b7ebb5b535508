"""Shares of the price and templates that cannot be meant are refused as usage, in words."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

SHEET = "商品ID,SKUID,最低普惠券后价要求,报名价\n1,11,350,397\n"


@pytest.fixture
def sheet(shop: Path) -> str:
    (shop / "sheet.csv").write_text(SHEET, encoding="utf-8")
    return "sheet.csv"


@pytest.mark.parametrize("rate", ["120%", "-5%", "100%"])
def test_an_official_reduction_of_all_the_price_or_below_nought(sheet, shopkit, rate):
    ended = shopkit("campaign", "check", sheet, "--rate", rate, "-o", "out", "--json")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (2, "share_outside")


def test_a_template_from_standard_input(sheet, shopkit, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SHEET.encode())))
    ended = shopkit("campaign", "sheet", "-", "--rate", "12%", "-o", "out", "--json")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (2, "template_on_stdin")


def test_a_template_that_is_no_workbook(sheet, shopkit):
    ended = shopkit("campaign", "sheet", sheet, "--rate", "12%", "-o", "out", "--json")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (3, "template_no_workbook")


def test_help_tells_no_empty_default_and_a_folder_where_a_folder_is_meant(shopkit):
    said = shopkit("coupon", "create", "--help").out
    assert "default: )" not in said
    assert "default:)" not in said
    assert "--out FOLDER" in said
    assert "--out PATH" in shopkit("image", "swap", "--help").out


def test_between_chinese_sentences_stands_no_blank(sheet, shopkit):
    words = ("campaign", "check", "sheet.csv", "--rate", "12%", "-o", "out", "--lang", "zh")
    (Path(sheet)).write_text(SHEET.replace("397", "398"), encoding="utf-8")
    [row] = shopkit(*words, "--json").envelope["rows"]
    assert row["status"] == "review"
    assert "。" in row["detail"]
    assert "。 " not in row["detail"]
