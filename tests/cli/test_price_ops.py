"""A plan signed, exported, taken back: never without a signature, never over others' changes."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

SKUS = "sku_id,item_id,商家编码,一口价,成本\na,1,00123,399,180\nb,1,1E5,250,100\nc,2,NA,100,50\n"
RULES = "rule_id,priority,action,value\nall,1,minus,10\n"


@pytest.fixture
def plan(shop: Path, shopkit) -> Path:
    (shop / "skus.csv").write_text(SKUS, encoding="utf-8")
    (shop / "rules.csv").write_text(RULES, encoding="utf-8")
    shopkit(*["price", "plan", "--catalog", "skus.csv", "--rules", "rules.csv", "-o", "plan"])
    return shop / "plan"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def approve(shopkit):
    return shopkit("price", "approve", "plan", "--by", "Li Na", "--json")


def test_nothing_is_exported_without_a_signature(plan, shopkit):
    ended = shopkit(*["price", "export", "plan", "-o", "up"])
    assert ended.code == 3
    assert "price approve" in ended.err
    assert not list((plan.parent / "up").glob("*.csv"))


def test_a_signed_plan_goes_out_with_ids_as_text(plan, shopkit):
    assert approve(shopkit).envelope["summary"]["changed"] == 3
    ended = shopkit(*["price", "export", "plan", "--profile", "taobao", "-o", "up"])
    assert ended.code == 0
    rows = read(plan.parent / "up/prices-taobao.csv")
    assert [(row["商家编码"], row["一口价"]) for row in rows] == [
        ("00123", "389.00"),
        ("1E5", "240.00"),
        ("NA", "90.00"),
    ]


def test_an_edited_plan_must_be_signed_again(plan, shopkit):
    approve(shopkit)
    text = (plan / "plan.csv").read_text(encoding="utf-8-sig")
    (plan / "plan.csv").write_text(text.replace("389.00", "1.00"), encoding="utf-8-sig")
    assert shopkit(*["price", "export", "plan", "-o", "up"]).code == 3
    approve(shopkit)
    assert shopkit(*["price", "export", "plan", "-o", "up"]).code == 0
    assert read(plan.parent / "up/prices-generic.csv")[0]["price"] == "1.00"


def test_an_unchanged_plan_is_taken_back_whole(plan, shopkit):
    (plan.parent / "now.csv").write_text("sku_id,一口价\na,389\nb,240\nc,90\n", encoding="utf-8")
    ended = shopkit(*["price", "rollback", "plan", "--current", "now.csv", "-o", "back"])
    assert ended.code == 0
    rows = read(plan.parent / "back/prices-generic.csv")
    assert {row["sku_id"]: row["price"] for row in rows} == {
        "a": "399.00",
        "b": "250.00",
        "c": "100.00",
    }


def test_what_somebody_changed_since_is_listed_and_left_alone(plan, shopkit):
    (plan.parent / "now.csv").write_text("sku_id,一口价\na,389\nb,199\n", encoding="utf-8")
    ended = shopkit(*["price", "rollback", "plan", "--current", "now.csv", "-o", "back", "--json"])
    told = {row["id"]: (row["status"], row["reason"]) for row in ended.envelope["rows"]}
    assert told == {
        "a": ("ok", ""),
        "b": ("review", "changed_since"),
        "c": ("review", "not_online"),
    }
    assert [row["sku_id"] for row in read(plan.parent / "back/prices-generic.csv")] == ["a"]


def test_drift_between_the_own_book_and_what_is_online(plan, shopkit):
    online = "sku_id,一口价\na,399\nb,240\nx,5\n"
    (plan.parent / "now.csv").write_text(online, encoding="utf-8")
    ended = shopkit(*["price", "check", "--catalog", "skus.csv", "--current", "now.csv"])
    assert ended.out.splitlines() == [
        "sku_id,drift,own,online",
        "b,differs,250.00,240.00",
        "c,missing,100.00,",
        "x,extra,,5.00",
    ]


def test_history_keeps_changes_and_shows_the_lows(plan, shopkit):
    shop = plan.parent
    for day, price in (("2026-09-01", 399), ("2026-10-20", 359), ("2026-10-25", 399)):
        (shop / "export.csv").write_text(f"sku_id,一口价\na,{price}\n", encoding="utf-8")
        shopkit("price", "history", "add", "export.csv", "--now", day)
    again = shopkit("price", "history", "add", "export.csv", "--now", "2026-10-26", "--json")
    assert again.envelope["summary"]["new"] == 0
    ended = shopkit(*["price", "history", "show", "a", "--now", "2026-11-11", "--json"])
    [row] = ended.envelope["rows"]
    assert (row["low_7"], row["low_30"], row["low_30_since"]) == ("399.00", "359.00", "2026-10-20")


def test_an_export_is_remembered_in_the_history(plan, shopkit):
    approve(shopkit)
    shopkit(*["price", "export", "plan", "-o", "up", "--now", "2026-11-01"])
    ended = shopkit(*["price", "history", "show", "a", "--now", "2026-11-11", "--json"])
    assert ended.envelope["rows"][0]["price"] == "389.00"


def test_what_is_due_begins_and_goes_back_by_itself(plan, shopkit):
    shop = plan.parent
    rules = "rule_id,priority,sku,action,value,starts,ends\n"
    rules += "sale,1,a,minus,10,2026-12-01,2026-12-13\nlater,1,b,minus,5,2026-12-20,\n"
    (shop / "rules.csv").write_text(rules, encoding="utf-8")
    words = ("price", "plan", "--catalog", "skus.csv", "--rules", "rules.csv", "-o", "sale")
    shopkit(*words, "--now", "2026-11-22")
    assert shopkit("price", "schedule", "sale").code == 3  # nobody has signed it
    shopkit("price", "approve", "sale", "--by", "Li Na")

    def ripe(*more: str) -> list[tuple[str, str, str]]:
        rows = shopkit("price", "schedule", "sale", *more, "--json").envelope["rows"]
        return [(row["sku_id"], row["due"], row["price"]) for row in rows]

    assert ripe("--now", "2026-11-30") == []
    assert ripe("--now", "2026-12-02") == [("a", "start", "389.00")]
    assert ripe("--now", "2026-12-14") == [("a", "revert", "399.00")]
    assert ripe("--now", "2026-12-21", "--since", "2026-12-14") == [("b", "start", "245.00")]


@pytest.mark.slow
def test_killed_at_random_moments_an_export_leaves_no_half_file(plan, shopkit, tmp_path):
    approve(shopkit)
    words = [sys.executable, "-m", "shopkit", *["price", "export", "plan", "-o", "up", "--json"]]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "log")}
    chance = random.Random(5)
    for _ in range(8):
        run = subprocess.Popen(words, cwd=tmp_path, env=env, stdout=subprocess.PIPE)
        try:
            run.communicate(timeout=chance.uniform(0.2, 0.8))
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
        for path in (tmp_path / "up").glob("*.csv"):
            assert path.read_bytes().endswith(b"\n")
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, check=True)
    assert json.loads(done.stdout)["summary"]["ok"] == 3
    assert len(read(tmp_path / "up/prices-generic.csv")) == 3


def test_what_a_person_accepts_goes_out_and_no_other_price_in_its_place(shop, shopkit):
    """a: 399 to 300 is over its cap, and accepted; b is under its floor: accepting is no help."""
    (shop / "skus.csv").write_text(
        "sku_id,list_price,cost,category\na,399,180,over\nb,250,240,low\n", encoding="utf-8"
    )
    rules = "rule_id,priority,category,action,value,cap,floor\n"
    (shop / "rules.csv").write_text(rules + "1,1,over,set,300,10%,\n2,1,low,minus,0,,249\n")
    (shop / "offers.csv").write_text("offer_id,level,value\nc,shop,满200减20\n", encoding="utf-8")
    words = "price plan --catalog skus.csv --rules rules.csv --offers offers.csv -o plan"
    shopkit(*words.split())
    waiting = {
        row["item"]: row["id"] for row in shopkit("review", "list", "--json").envelope["rows"]
    }
    assert approve(shopkit).envelope["summary"] | {"digest": ""} == {
        "changed": 0, "by": "Li Na", "digest": "", "held": 2,
    }  # fmt: skip
    shopkit("review", "accept", waiting["a"], waiting["b"])
    assert shopkit("price", "export", "plan", "-o", "up").code == 3  # accepted after the signature
    assert approve(shopkit).envelope["summary"]["changed"] == 1
    assert shopkit("price", "export", "plan", "-o", "up").code == 0
    assert [(row["sku_id"], row["price"]) for row in read(shop / "up/prices-generic.csv")] == [
        ("a", "300.00")
    ]
    (shop / "rules.csv").write_text(rules + "1,1,over,set,200,10%,\n2,1,low,minus,0,,249\n")
    shopkit(*words.split())  # another price is another question
    assert approve(shopkit).envelope["summary"]["changed"] == 0


def test_rows_of_the_export_that_cannot_be_read_are_told_when_taking_back(plan, shopkit):
    (plan.parent / "now.csv").write_text("sku_id,一口价\na,389\nb,viel\nc,90\n", encoding="utf-8")
    ended = shopkit("price", "rollback", "plan", "--current", "now.csv", "-o", "back", "--json")
    assert ended.code == 4
    assert [(one["code"], one["id"]) for one in ended.envelope["errors"]] == [
        ("money_unreadable", "line 3")
    ]
    assert [row["sku_id"] for row in read(plan.parent / "back/prices-generic.csv")] == ["a", "c"]
    assert read(plan.parent / "back/rejects.csv")[0]["value"] == "viel"
