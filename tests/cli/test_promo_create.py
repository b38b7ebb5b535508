"""``shopkit promo create``: ladders in one step, in the units of the platform."""

from __future__ import annotations

import csv
from pathlib import Path

HEAD = "名称,类型,优惠,开始时间,结束时间,商品范围,圈品ID\n"
GOOD = """双12满减,满减,满200减20;满300减40,2026-12-01,2026-12-12,全店,
两件八折,满折,满2件8折,2026-12-01,2026-12-31,商品,71;72
每满减,满减,每满200减30上不封顶,2026-12-01,2026-12-31,全店,
满99包邮,包邮,满99包邮,2026-12-01,2026-12-31,全店,
"""
BAD = """倒挂,满减,满200减20;满300减15,2026-12-01,2026-12-12,全店,
无商品,满折,满2件8折,2026-12-01,2026-12-31,商品,
"""


def run(shop: Path, shopkit, text: str):
    (shop / "promos.csv").write_text(HEAD + text, encoding="gb18030")
    words = ("promo", "create", "promos.csv", "--profile", "tmall", "-o", "out")
    return shopkit(*words, "--now", "2026-11-22", "--json")


def upload(shop: Path) -> list[dict[str, str]]:
    with (shop / "out/upload-tmall.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_ladders_go_up_a_row_a_step_in_fen(shop, shopkit):
    assert run(shop, shopkit, GOOD).code == 0
    rows = upload(shop)
    assert [(row["name"], row["total_price"], row["decrease_amount"]) for row in rows[:2]] == [
        ("双12满减", "20000", "2000"),
        ("双12满减", "30000", "4000"),
    ]
    pair, each, post = rows[2:]
    assert (pair["item_count"], pair["discount_rate"], pair["item_ids"]) == ("2", "800", "71;72")
    assert (each["is_amount_multiple"], each["decrease_amount"]) == ("true", "3000")
    assert (post["is_free_post"], post["total_price"]) == ("true", "9900")


def test_a_ladder_that_does_not_rise_and_a_scope_without_goods(shop, shopkit):
    ended = run(shop, shopkit, GOOD + BAD)
    assert ended.code == 4
    told = {row["id"]: row["reason"] for row in ended.envelope["rows"] if row["status"] == "failed"}
    assert told == {"line 6": "ladder_not_rising", "line 7": "scope_names_nothing"}


def test_the_second_run_makes_none(shop, shopkit):
    run(shop, shopkit, GOOD)
    rows = run(shop, shopkit, GOOD).envelope["rows"]
    assert {row["change"] for row in rows} == {"unchanged"}


def test_a_name_the_platform_cannot_hold(shop, shopkit):
    ended = run(shop, shopkit, GOOD.replace("满99包邮,包邮", "满" * 33 + ",包邮"))
    assert [row["reason"] for row in ended.envelope["rows"]][-1] == "name_too_long"
