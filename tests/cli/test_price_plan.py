"""``shopkit price plan``: a catalogue and rules in, a plan to read and sign out."""

import csv
import json
from pathlib import Path

SKUS = """sku_id,item_id,一口价,成本,库存,类目,标题
a,1,399,180,10,鞋,跑鞋
b,1,250,180,10,鞋,板鞋
c,2,100,,5,袜,<b>棉袜</b>
d,3,120,60,7,帽,帽子
e,4,200,150,7,包,手提包
"""
RULES = """rule_id,priority,category,action,value,ending,fee,margin,cap
shoes,1,鞋,percent,-10%,.90,5%,20%,20%
socks,1,袜,minus,5,,,,
hats1,1,帽,set,100,,,,
hats2,1,帽,set,110,,,,
bags,1,包,set,160,,,,
"""
OFFERS = "offer_id,level,value\n店铺满减,shop,满150减20\n"


def written(shop: Path) -> tuple[str, ...]:
    (shop / "skus.csv").write_text(SKUS, encoding="gb18030")
    (shop / "rules.csv").write_text(RULES, encoding="utf-8-sig")
    (shop / "offers.csv").write_text(OFFERS, encoding="utf-8")
    words = "price plan --catalog skus.csv --rules rules.csv --offers offers.csv -o plan"
    return tuple(words.split())


def read(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {row["sku_id"]: row for row in csv.DictReader(stream)}


def test_a_plan_says_what_changes_and_what_a_person_must_decide(shop, shopkit):
    ended = shopkit(*written(shop))
    assert ended.code == 4  # the hats: two rules of one priority
    rows = read(shop / "plan/plan.csv")
    told = {
        sku: (row["new"], row["final"], row["status"], row["reason"]) for sku, row in rows.items()
    }
    assert told == {
        "a": ("358.90", "338.90", "ok", ""),
        "b": ("240.90", "220.90", "review", "below_floor_after_offers"),
        "c": ("100.00", "90.00", "review", "cost_missing"),
        "d": ("120.00", "110.00", "failed", "rules_conflict"),
        "e": ("160.00", "140.00", "review", "below_floor_after_offers"),
    }
    held = read(shop / "plan/held.csv")
    assert set(held) == {"b", "c", "d", "e"}
    assert "Drop 店铺满减" in held["b"]["detail"]
    assert "hats1" in held["d"]["detail"]
    assert "hats2" in held["d"]["detail"]
    assert "1 change" in ended.err


def test_the_page_is_escaped_and_alone(shop, shopkit):
    shopkit(*written(shop))
    page = (shop / "plan/plan.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;棉袜" in page
    assert "<b>棉袜" not in page
    assert "http" not in page


def test_held_rows_wait_in_the_one_queue(shop, shopkit):
    shopkit(*written(shop))
    waiting = shopkit("review", "list", "--json").envelope["rows"]
    assert {row["item"] for row in waiting} == {"b", "c", "e"}


def test_the_same_again_is_the_same_to_the_byte(shop, shopkit):
    shopkit(*written(shop), "--now", "2026-11-22")
    first = {path.name: path.read_bytes() for path in (shop / "plan").iterdir()}
    shopkit(*written(shop), "--now", "2026-11-22")
    assert {path.name: path.read_bytes() for path in (shop / "plan").iterdir()} == first


def test_json_has_the_summary_and_the_held_rows(shop, shopkit):
    envelope = shopkit(*written(shop), "--json").envelope
    assert envelope["status"] == "partial"
    assert envelope["summary"]["held"] == {
        "below_floor_after_offers": 2,
        "cost_missing": 1,
        "rules_conflict": 1,
    }
    assert json.loads((shop / "plan/plan.json").read_text())["changed"] == 1


def test_bad_rules_stop_it_before_anything_is_written(shop, shopkit):
    words = written(shop)
    (shop / "rules.csv").write_text("rule_id,action,value\nr,set,viel\n", encoding="utf-8")
    ended = shopkit(*words)
    assert ended.code == 3
    assert "line 2, value" in ended.err
    assert not (shop / "plan").exists()


def test_worked_figures(shop, shopkit):
    """Floor 240.00 of cost 180; endings .90; a price below goes up to 240.90, or is held by a cap.

    product.md, Price.
    """
    (shop / "skus.csv").write_text(
        "sku_id,item_id,list_price,cost,category\n"
        "a,1,399,10,ten off\nb,2,100,10,same\nc,3,99.95,10,same\n"
        "d,4,250,180,floor\ne,5,200,180,capped\n",
        encoding="utf-8",
    )
    (shop / "rules.csv").write_text(
        "rule_id,priority,category,action,value,ending,fee,margin,cap\n"
        "1,1,ten off,percent,-10%,.90,,,\n2,1,same,minus,0,.90,,,\n"
        "3,1,floor,set,240,.90,5%,20%,\n4,1,capped,set,240,.90,5%,20%,10%\n",
        encoding="utf-8",
    )
    words = "price plan --catalog skus.csv --rules rules.csv -o plan"
    ended = shopkit(*words.split())
    rows = read(shop / "plan/plan.csv")
    assert ended.code == 0
    assert {sku: (row["new"], row["status"]) for sku, row in rows.items()} == {
        "a": ("358.90", "ok"),
        "b": ("99.90", "ok"),
        "c": ("99.90", "ok"),
        "d": ("240.90", "ok"),
        "e": ("240.90", "review"),
    }
    assert (rows["d"]["floor"], rows["d"]["floor_rule"]) == ("240.00", "cost")
    assert rows["e"]["reason"] == "floor_over_cap"


def test_rows_that_cannot_be_read_are_failed_rows_of_the_plan(shop, shopkit):
    words = written(shop)
    text = (shop / "skus.csv").read_text(encoding="gb18030") + "f,5,viel,1,1,袜,x\n"
    (shop / "skus.csv").write_text(text, encoding="gb18030")
    ended = shopkit(*words, "--json")
    assert ended.code == 4
    assert (ended.envelope["summary"]["failed"], ended.envelope["summary"]["unread"]) == (2, 1)
    unread = next(row for row in ended.envelope["rows"] if "detail" in row and len(row) == 1)
    assert "viel" in unread["detail"]
    with (shop / "plan/rejects.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["row"], row["column"], row["value"]) == ("7", "一口价", "viel")


def test_the_lowest_of_thirty_days_from_a_history(shop, shopkit):
    (shop / "skus.csv").write_text("sku_id,list_price,cost\na,399,10\nb,399,10\n", encoding="utf-8")
    (shop / "rules.csv").write_text(
        "rule_id,action,value,history\nr,set,100,yes\n", encoding="utf-8"
    )
    (shop / "past.csv").write_text(
        "sku_id,date,price\na,2026-10-01,320\na,2026-11-02,350\n", encoding="utf-8"
    )
    words = "price plan --catalog skus.csv --rules rules.csv --history past.csv -o plan"
    shopkit(*words.split(), "--now", "2026-11-22")
    rows = read(shop / "plan/plan.csv")
    assert (rows["a"]["new"], rows["a"]["floor_rule"]) == ("320.00", "history")
    assert rows["b"]["reason"] == "low_missing"


def test_a_sale_price_that_was_cut_twice_a_day_waits(shop, shopkit):
    """399 to 360 this morning, sent; 320 in the evening is 20 % from this morning's price."""
    (shop / "skus.csv").write_text("sku_id,list_price,cost\na,399,10\n", encoding="utf-8")
    words = ("price", "plan", "--catalog", "skus.csv", "--rules", "rules.csv", "-o", "plan")
    rules = "rule_id,action,value,day_cap\nr,set,{price},15%\n"
    (shop / "rules.csv").write_text(rules.format(price=360), encoding="utf-8")
    shopkit("price", "history", "add", "skus.csv", "--now", "2026-11-21T08:00")
    shopkit(*words, "--now", "2026-11-22T09:00")
    shopkit("price", "approve", "plan", "--by", "Li Na")
    shopkit("price", "export", "plan", "-o", "up", "--now", "2026-11-22T09:00")
    (shop / "skus.csv").write_text("sku_id,list_price,cost\na,360,10\n", encoding="utf-8")
    (shop / "rules.csv").write_text(rules.format(price=320), encoding="utf-8")
    shopkit(*words, "--now", "2026-11-22T20:00")
    assert read(shop / "plan/plan.csv")["a"]["reason"] == "change_over_day_cap"
    shopkit(*words, "--now", "2026-11-23T08:00")
    assert read(shop / "plan/plan.csv")["a"]["status"] == "ok"
