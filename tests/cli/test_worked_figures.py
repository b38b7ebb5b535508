"""The worked figures of the specification through the command line, where no other file has them.

Offers: 269.00 and the basket's shares in test_promo_quote.py; floor 280 and face 9, 109.00 and
60.9 % in test_coupon_check.py; 200 rows with 3 bad ones, the second run, exposure and the missing
key in test_coupon_create.py. Price: 240.00, endings, 240.90 and its cap in test_price_plan.py;
signatures and rollback in test_price_ops.py. Campaign: test_campaign.py.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from shopkit.offers.codes import is_valid

NOW = ("--now", "2026-11-22")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def write(shop: Path, **tables: str) -> None:
    for name, text in tables.items():
        (shop / f"{name}.csv").write_text(text, encoding="utf-8")


# Offers and final price


@pytest.mark.parametrize(
    ("percent", "minus", "total"), [("item", "shop", "289.20"), ("shop", "item", "295.20")]
)
def test_8_zhe_and_less_30_on_399_by_the_order_of_their_levels(
    shop, shopkit, percent, minus, total
):
    write(
        shop,
        basket="sku_id,quantity,price\nshoe,1,399\n",
        offers=f"offer_id,level,value\np,{percent},8折\nm,{minus},减30\n",
    )
    ended = shopkit("promo", "quote", "basket.csv", "--offers", "offers.csv", "--json")
    assert ended.envelope["summary"]["total"] == total
    order = [row["offer"] for row in ended.envelope["rows"] if row["offer"]]
    assert order == (["p", "m"] if percent == "item" else ["m", "p"])  # printed line by line


@pytest.mark.parametrize(
    ("header", "kind", "ok"),
    [("面额", "折扣", False), ("折扣", "折扣", True), ("discount (%)", "折扣", True)],
)
def test_8_as_a_discount_needs_a_column_that_says_its_unit(shop, shopkit, header, kind, ok):
    """A bare 8 may be 8折, 8 % off or 8 yuan."""
    write(shop, coupons=f"券名称,类型,{header},发行量\n会员券,{kind},8,10\n")
    if header == "discount (%)":
        write(shop, coupons="name,type,discount,usage limit\nmembers,percent,8,10\n")
    ended = shopkit("coupon", "create", "coupons.csv", "-o", "out", *NOW, "--json")
    [row] = ended.envelope["rows"]
    assert row["reason"] == ("" if ok else "discount_unit_unknown")
    assert ended.code == (0 if ok else 4)


def test_a_ladder_that_does_not_increase_is_refused(shop, shopkit):
    write(shop, coupons="券名称,类型,面额,发行量\n阶梯,满减,满200减20;满300减15,10\n")
    ended = shopkit("coupon", "create", "coupons.csv", "-o", "out", *NOW, "--json")
    assert (ended.code, ended.envelope["rows"][0]["reason"]) == (4, "ladder_not_rising")
    write(shop, offers="offer_id,level,value\nl,shop,满200减20;满300减15\n",
          basket="sku_id,quantity,price\na,1,399\n")  # fmt: skip
    ended = shopkit("promo", "quote", "basket.csv", "--offers", "offers.csv")
    assert (ended.code, ended.out) == (3, "")
    assert "line 2, value" in ended.err


def test_50_000_codes_the_same_again_and_never_those_of_another_batch(shop, shopkit, monkeypatch):
    monkeypatch.setenv("SHOPKIT_CODE_KEY", "a key for tests")
    head = "券名称,类型,面额,门槛,发行量\n"
    write(shop, one=head + "".join(f"券{n},满减,{5 + n},99,5000\n" for n in range(10)))
    write(shop, other=head + "别的券,满减,9,99,5000\n")

    def codes(table: str, out: str) -> list[str]:
        words = ("coupon", "create", f"{table}.csv", "--codes", "5000", "-o", out, *NOW)
        assert shopkit(*words).code == 0
        return [row["code"] for row in read(shop / out / "codes.csv")]

    first = codes("one", "out")
    assert len(set(first)) == len(first) == 50_000
    assert not set("01OIL") & set("".join(first))
    assert all(map(is_valid, first))
    assert not any(is_valid(code[:-1] + ("3" if code[-1] == "2" else "2")) for code in first[:500])
    assert codes("one", "out") == first
    assert not set(codes("other", "out2")) & set(first)


# Price


def plan(shop: Path, shopkit, skus: str, rules: str, *more: str) -> dict[str, dict[str, str]]:
    """SKU -> its row of the plan."""
    write(shop, skus=skus, rules=rules)
    words = ("price", "plan", "--catalog", "skus.csv", "--rules", "rules.csv", "-o", "plan")
    shopkit(*words, *NOW, *more)
    return {row["sku_id"]: row for row in read(shop / "plan/plan.csv")}


def test_final_stays_above_the_floor_for_1_to_3_pieces_under_both_bases(shop, shopkit):
    """250 with 2件8折 is 200 a piece; 满480减60 counts two at 500 before, not at 400 after."""
    skus = "sku_id,list_price,cost\na,260,100\n"
    rules = "rule_id,priority,action,value,floor\n1,1,set,250,{floor}\n"
    write(shop, offers="offer_id,level,value\npair,shop,满2件8折\nover,platform,满480减60\n")
    with_offers = ("--offers", "offers.csv")
    held = plan(shop, shopkit, skus, rules.format(floor=171), *with_offers)["a"]
    assert (held["final"], held["status"], held["reason"]) == (
        "170.00",
        "review",
        "below_floor_after_offers",
    )
    fine = plan(shop, shopkit, skus, rules.format(floor=170), *with_offers)["a"]
    assert (fine["new"], fine["final"], fine["status"]) == ("250.00", "170.00", "ok")


def test_what_is_held_and_what_fails_and_the_rest_goes_on(shop, shopkit):
    skus = (
        "sku_id,item_id,list_price,item_price,cost,locked,category\n"
        "costless,1,100,,,,down\nlocked,2,100,,50,是,down\ncapped,3,100,,10,,far\n"
        "range,4,300,300,1,,up\nrange2,4,320,300,1,,up\n"
        "twins,5,100,,50,,both\nfine,6,100,,50,,down\n"
    )
    rules = (
        "rule_id,priority,category,action,value,cap\n"
        "down,1,down,minus,5,\nfar,1,far,percent,-30%,20%\nup,1,up,percent,2%,\n"
        "b1,1,both,set,90,\nb2,1,both,set,80,\n"
    )
    rows = plan(shop, shopkit, skus, rules)
    assert {sku: (row["status"], row["reason"]) for sku, row in rows.items()} == {
        "costless": ("review", "cost_missing"),
        "locked": ("review", "locked_by_campaign"),
        "capped": ("review", "change_over_cap"),
        "range": ("review", "outside_item_range"),
        "range2": ("review", "outside_item_range"),
        "twins": ("failed", "rules_conflict"),
        "fine": ("ok", ""),
    }
    held = {row["sku_id"]: row["detail"] for row in read(shop / "plan/held.csv")}
    assert "b1" in held["twins"]
    assert "b2" in held["twins"]


def test_the_rollback_of_an_unchanged_plan_restores_the_same_bytes(shop, shopkit):
    skus = "sku_id,item_id,商家编码,一口价,成本\na,1,00123,399.00,180\nb,1,1E5,250.00,100\n"
    plan(shop, shopkit, skus, "rule_id,priority,action,value\n1,1,minus,10\n")
    shopkit("price", "approve", "plan", "--by", "Li Na")
    shopkit("price", "export", "plan", "-o", "up")
    before = (shop / "skus.csv").read_bytes()
    put(shop / "skus.csv", shop / "up/prices-generic.csv")
    assert b"389.00" in (shop / "skus.csv").read_bytes()
    back = ("price", "rollback", "plan", "--current", "skus.csv", "-o", "back")
    assert shopkit(*back).code == 0
    put(shop / "skus.csv", shop / "back/prices-generic.csv")
    assert (shop / "skus.csv").read_bytes() == before


def put(catalogue: Path, upload: Path) -> None:
    """Set the prices of an upload file, as the platform would."""
    prices = {row["sku_id"]: row["price"] for row in read(upload)}
    head, *lines = catalogue.read_text(encoding="utf-8").splitlines()
    place = head.split(",").index("一口价")
    told = [line.split(",") for line in lines]
    told = [[*one[:place], prices.get(one[0], one[place]), *one[place + 1 :]] for one in told]
    text = "\n".join([head, *(",".join(one) for one in told), ""])
    catalogue.write_bytes(text.encode())


def test_a_was_price_above_the_30_day_low_is_refused_with_the_low_and_its_date(shop, shopkit):
    write(shop, old="sku_id,日期,一口价\na,2026-08-01,199\na,2026-11-02,149\na,2026-11-12,199\n"
                    "b,2026-08-01,199\n")  # fmt: skip
    shopkit("price", "history", "add", "old.csv")
    write(shop, skus="sku_id,一口价,划线价\na,129,199\nb,129,199\nc,129,\n")
    words = ("price", "history", "check", "--catalog", "skus.csv", "--starts", "2026-11-22")
    ended = shopkit(*words, "-o", "was", "--json")
    rows = {row["id"]: row for row in ended.envelope["rows"]}
    assert (rows["a"]["status"], rows["a"]["reason"]) == ("review", "was_above_low")
    assert (rows["a"]["low"], rows["a"]["low_since"]) == ("149.00", "2026-11-02")
    assert "149.00, the lowest of 30 days (since 2026-11-02)" in rows["a"]["detail"]
    assert (rows["b"]["status"], rows["c"]["status"]) == ("ok", "ok")


def test_3_000_skus_and_12_rules_in_one_command_and_a_summary_on_one_screen(shop, shopkit):
    skus = "".join(f"S{n},I{n // 3},{50 + n % 300},{20 + n % 20},c{n % 12}\n" for n in range(3_000))
    rules = "".join(f"r{n},1,c{n},percent,-{n + 1}%,.90,10%\n" for n in range(12))
    rows = plan(
        shop,
        shopkit,
        "sku_id,item_id,list_price,cost,category\n" + skus,
        "rule_id,priority,category,action,value,ending,cap\n" + rules,
    )
    assert len(rows) == 3_000
    words = ("price", "plan", "--catalog", "skus.csv", "--rules", "rules.csv", "-o", "plan")
    ended = shopkit(*words, *NOW)
    assert len((ended.out + ended.err).splitlines()) <= 24
