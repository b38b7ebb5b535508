"""``price check`` and ``price history add`` lose nothing in silence."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

DATED = "sku_id,ts,final_price\nA,2026-10-01,10.00\nA,2026-11-10,8.00\n"


@pytest.fixture
def write(shop: Path):
    def put(name: str, content: str) -> str:
        (shop / name).write_text(content, encoding="utf-8")
        return name

    return put


@pytest.fixture
def check(write, shopkit):
    def run(own: str, online: str):
        tables = ("--catalog", write("own.csv", own), "--current", write("online.csv", online))
        ended = shopkit("price", "check", *tables, "--json")
        return ended, {row["sku_id"]: row["drift"] for row in ended.envelope["rows"]}

    return run


def add(shopkit, file: str, now: str = "2026-11-20"):
    return shopkit("price", "history", "add", file, "--now", now, "--json")


def lows(shopkit, *skus: str) -> dict[str, tuple[str, str]]:
    ended = shopkit("price", "history", "show", *skus, "--now", "2026-11-20", "--json")
    return {row["sku_id"]: (row["price"], row["low_30"]) for row in ended.envelope["rows"]}


def test_a_row_online_that_cannot_be_read_is_told_and_makes_it_4(check):
    ended, drift = check("sku_id,price\nA,10\nB,8\n", "sku_id,price\nA,about 10\nB,8\n6.83E+17,9\n")
    assert drift == {"A": "missing"}
    assert (ended.code, ended.envelope["status"]) == (4, "partial")
    assert [(one["line"], one["value"]) for one in ended.envelope["errors"]] == [
        (2, "about 10"),
        (4, "6.83E+17"),
    ]


def test_two_prices_of_one_sku_and_a_price_left_out_are_no_agreement(check):
    own = "sku_id,price\nA,10\nB,8\nC,\nD,5\nE,\n"
    _, drift = check(own, "sku_id,price\nA,10\nA,9\nB,8\nC,7\nD,\nE,\n")
    assert drift == {"A": "twice", "C": "no_price", "D": "no_price"}


def test_a_code_online_is_the_shops_own_code(check):
    own = "sku_id,商家编码,price\n1,00123,10\n2,00124,8\n"
    _, drift = check(own, "sku_id,price\n00123,10\n00124,9\n00125,1\n")
    assert drift == {"2": "differs", "00125": "extra"}


def test_agreement_is_said_in_words(write, shopkit):
    own = write("own.csv", "sku_id,price\nA,10\nB,8\n")
    ended = shopkit("price", "check", "--catalog", own, "--current", own)
    assert (ended.code, ended.out) == (0, "sku_id,drift,own,online\n")
    assert "2 SKUs compared, 0 differ" in ended.err


def test_a_history_with_final_prices_only_is_kept(write, shopkit):
    ended = add(shopkit, write("prices.csv", DATED))
    assert (ended.code, ended.envelope["summary"]) == (0, {"new": 2, "seen": 2, "rejected": 0})
    assert lows(shopkit) == {"A": ("8.00", "8.00")}
    assert add(shopkit, "prices.csv").envelope["summary"]["new"] == 0


def test_a_history_on_standard_input_keeps_its_dates(shop, shopkit, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DATED.encode())))
    assert add(shopkit, "-").envelope["summary"]["new"] == 2
    assert lows(shopkit, "A") == {"A": ("8.00", "8.00")}


def test_what_tells_no_price_or_no_time_is_named_with_its_line(write, shopkit):
    rows = "sku_id,ts,price\nA,2026-10-01,10\nB,,10\nC,2026-10-01,\nD,2026-10-01,-5\nE,soon,1\n"
    ended = add(shopkit, write("prices.csv", rows))
    assert (ended.code, ended.envelope["status"]) == (4, "partial")
    assert ended.envelope["summary"] == {"new": 1, "seen": 1, "rejected": 4}
    assert sorted(one["line"] for one in ended.envelope["errors"]) == [3, 4, 5, 6]
    assert lows(shopkit) == {"A": ("10.00", "10.00")}


def test_a_sku_that_nobody_knows_is_named(write, shopkit):
    add(shopkit, write("skus.csv", "sku_id,price\nA,10\n"))
    ended = shopkit("price", "history", "show", "A", "NOPE")
    assert "Nothing is known of NOPE" in ended.err
    assert "less than 30 days" in ended.err


def test_nothing_due_prints_nothing(write, shopkit):
    write("skus.csv", "sku_id,一口价,成本\nA,399,180\n")
    write("rules.csv", "rule_id,priority,action,value,starts\nlater,1,minus,10,2026-12-01\n")
    shopkit("price", "plan", "--catalog", "skus.csv", "--rules", "rules.csv", "-o", "plan")
    shopkit("price", "approve", "plan", "--by", "Li Na")
    ended = shopkit("price", "schedule", "plan", "--now", "2026-11-20")
    assert (ended.code, ended.out) == (0, "")


def test_of_several_online_with_the_code_the_first_is_the_one(check):
    _, drift = check("sku_id,商家编码,price\n1,C,10\n", "sku_id,商家编码,price\nx,C,10\ny,C,9\n")
    assert drift == {}
