"""``shopkit coupon report``: what coupons cost and brought, through the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

SKUS = "sku_id,list_price,cost\nshoe,399,180\nbag,199,80\n"
TAOBAO = """序号,券名称,券模版ID,推广方式,优惠金额,领取量,发放量,每人限领,使用量
1,老客券,9001,通用领券链接,满199减20,400,1000,1,100
2,新客券,9002,全网自动推广,满100减10,0,500,1,
3,会员折,9003,店铺会员专享券,8.8折,50,,1,5
"""
SHOPIFY_COUPONS = """Name,Code,Type,Amount,usage limit,usage count
Save 20,SAVE20,fixed,减20,100,
Half,HALF,percent,5折,10,2
Idle,IDLE,fixed,减5,50,
"""
SHOPIFY_HEADER = (
    "Name,Financial Status,Paid at,Subtotal,Shipping,Total,Discount Code,Discount Amount,"
    "Refunded Amount,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n"
)
SHOPIFY_ORDERS = (
    SHOPIFY_HEADER
    + """\
#1,paid,2026-01-02,378.00,10.00,388.00,save20,21.00,0.00,1,Shoe,399.00,shoe
#2,paid,2026-01-02,279.00,0.00,279.00,HALF,299.00,0.00,1,Shoe,399.00,shoe
#2,,,,,,,,,1,Bag,199.00,bag
#3,paid,2026-01-03,199.50,0.00,199.50,Half,199.50,100.00,1,Shoe,399.00,shoe
#4,refunded,2026-01-03,379.00,0.00,379.00,SAVE20,20.00,379.00,1,Shoe,399.00,shoe
#5,paid,2026-01-03,399.00,0.00,399.00,,0.00,0.00,1,Shoe,399.00,shoe
#6,paid,2026-01-03,389.00,0.00,389.00,FRIEND,10.00,0.00,1,Shoe,399.00,shoe
#7,paid,2026-01-03,80.00,0.00,80.00,SAVE20,20.00,0.00,1,Hat,100.00,hat
"""
)


@pytest.fixture
def report(shop: Path, shopkit):
    def run(coupons: str, orders: str, *more: str):
        (shop / "export.csv").write_text(coupons, encoding="utf-8")
        (shop / "orders.csv").write_text(orders, encoding="utf-8")
        (shop / "skus.csv").write_text(SKUS, encoding="utf-8")
        words = ("--coupons", "export.csv", "--orders", "orders.csv", "--catalog", "skus.csv")
        ended = shopkit("coupon", "report", *words, "-o", "out", "--json", *more)
        return ended, {row["id"]: row for row in ended.envelope["rows"]}

    return run


def test_rates_cost_and_margin_of_a_shopify_shop(report):
    ended, found = report(SHOPIFY_COUPONS, SHOPIFY_ORDERS, "--fee", "5%")
    assert ended.code == 0
    save, half, idle = found["Save 20"], found["Half"], found["Idle"]
    assert (save["issued"], save["used"], save["use_percent"]) == (100, 2, 2.0)
    assert (save["orders"], save["cost"], save["cost_from"]) == (2, "41.00", "orders")
    # 378.00 - 180.00 - 5 % of 378.00; the hat's cost is not known, its order is left out
    assert (save["revenue"], save["margin"], save["margin_percent"]) == ("458.00", "179.10", 47.4)
    assert save["orders_without_cost"] == 1
    # 279.00 - 260.00 - 13.95 and 99.50 - 180.00 - 4.98
    assert (half["margin"], half["status"]) == ("-80.43", "review")
    assert half["reason"] == "coupon_loses_money"
    assert "80.43 over 2 orders" in half["detail"]
    assert (idle["orders"], idle["cost"], idle["margin"]) == (0, "0.00", None)


def test_what_the_figures_leave_out_is_told(report, shop, shopkit):
    report(SHOPIFY_COUPONS, SHOPIFY_ORDERS)
    ended = shopkit(
        "coupon", "report", "--coupons", "export.csv", "--orders", "orders.csv", "-o", "out2"
    )
    assert "1 order with codes of none of these coupons" in ended.err
    assert "4 orders with goods whose cost is not known" in ended.err


def test_a_coupon_manager_export_without_codes_in_the_orders(report):
    orders = "订单编号,买家实际支付金额,订单状态\n1,379.00,交易成功\n"
    ended, found = report(TAOBAO, orders)
    assert ended.code == 0
    old, new, member = found["老客券"], found["新客券"], found["会员折"]
    assert (old["claim_percent"], old["use_percent"]) == (40.0, 25.0)
    assert (old["cost"], old["cost_from"], old["margin"]) == ("2000.00", "face x used", None)
    assert (new["claim_percent"], new["use_percent"], new["cost"]) == (0.0, None, None)
    assert (member["claim_percent"], member["use_percent"], member["cost"]) == (None, 10.0, None)


def test_an_order_with_two_coupons_is_split_by_their_faces(report):
    coupons = "name,code,face\nA,AAA,减20\nB,BBB,减10\n"
    orders = "order_id,sku_id,qty,paid_amount,discount,discount_code\n"
    _, found = report(coupons, orders + '1,shoe,1,370.00,29.99,"aaa, BBB"\n')
    assert (found["A"]["cost"], found["B"]["cost"]) == ("19.99", "10.00")
    assert (found["A"]["revenue"], found["B"]["revenue"]) == ("246.67", "123.33")
    assert (found["A"]["margin"], found["B"]["margin"]) == ("126.67", "63.33")


def test_codes_of_coupon_create_find_their_coupon(report, shop, shopkit, monkeypatch):
    monkeypatch.setenv("SHOPKIT_CODE_KEY", "hush")
    asked = "name,face,threshold,total,starts,ends\n老客券,减20,199,3,2030-01-01,2030-02-01\n"
    (shop / "coupons.csv").write_text(asked, encoding="utf-8")
    made = shopkit("coupon", "create", "coupons.csv", "-o", "made", "--codes", "3")
    assert made.code == 0, made.err
    with (shop / "made/codes.csv").open(encoding="utf-8-sig") as stream:
        codes = [row["code"] for row in csv.DictReader(stream)]
    orders = "order_id,sku_id,qty,paid_amount,discount,discount_code\n" + "".join(
        f"{place},shoe,1,379.00,20.00,{code.lower()}\n" for place, code in enumerate(codes[:2])
    )
    _, found = report("name,face,total\n老客券,减20,3\n", orders)
    row = found["老客券"]
    assert (row["orders"], row["cost"], row["margin"]) == (2, "40.00", "398.00")
    assert row["use_percent"] == 66.7


def test_rows_that_cannot_be_read_fail_and_the_rest_is_accounted_for(report):
    coupons = "name,code,face,claimed\nA,AAA,减20,many\nB,BBB,减10,5\n"
    orders = "order_id,paid_amount,discount_code\n1,x,BBB\n2,50.00,BBB\n"
    ended, found = report(coupons, orders)
    assert ended.code == 4
    assert (found["line 2"]["status"], found["line 2"]["reason"]) == ("failed", "count_unreadable")
    assert (found["B"]["orders"], found["B"]["revenue"]) == (1, "50.00")


def test_the_same_again_gives_the_same_bytes(report, shop):
    report(SHOPIFY_COUPONS, SHOPIFY_ORDERS)
    first = (shop / "out/results.csv").read_bytes()
    report(SHOPIFY_COUPONS, SHOPIFY_ORDERS)
    assert (shop / "out/results.csv").read_bytes() == first


def test_a_wrong_or_negative_share_is_refused_and_no_floor_sinks_by_it(shop, shopkit):
    (shop / "skus.csv").write_text(SKUS, encoding="utf-8")
    offers = "offer_id,level,kind,value\no,item,minus,1\n"
    (shop / "offers.csv").write_text(offers, encoding="utf-8")
    tables = ("--catalog", "skus.csv", "--offers", "offers.csv", "-o", "out", "--json")
    for shares in (["--fee", "-60%"], ["--fee", "60%", "--margin", "40%"], ["--margin", "100%"]):
        ended = shopkit("coupon", "check", *tables, *shares)
        assert (ended.code, ended.envelope["errors"][0]["code"]) == (2, "share_outside")
    assert shopkit("coupon", "check", *tables, "--fee", "60%", "--margin", "39%").code == 0


def test_no_margin_is_told_as_none_not_as_nought(report, shop, shopkit):
    report(SHOPIFY_COUPONS, SHOPIFY_ORDERS)
    words = ("--coupons", "export.csv", "--orders", "orders.csv", "-o", "without")
    ended = shopkit("coupon", "report", *words)
    assert "no margin is known" in ended.err
    assert "0.00 of margin" not in ended.err


def test_a_catalogue_row_that_cannot_be_read_is_told(report, shop, shopkit):
    report(SHOPIFY_COUPONS, SHOPIFY_ORDERS)
    (shop / "skus.csv").write_text(SKUS + "hat,100,about 40\n", encoding="utf-8")
    words = ("--coupons", "export.csv", "--orders", "orders.csv", "--catalog", "skus.csv")
    ended = shopkit("coupon", "report", *words, "-o", "out")
    assert "1 row of the catalogue could not be read" in ended.err
    assert "about 40" in (shop / "out/rejects.csv").read_text(encoding="utf-8-sig")


def test_a_platform_that_nobody_knows_is_refused_not_taken_for_generic(shop, shopkit):
    (shop / "coupons.csv").write_text("name,face\na,满100减10\n", encoding="utf-8")
    words = ("coupon", "create", "coupons.csv", "-o", "out", "--json")
    ended = shopkit(*words, "--profile", "tmal")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (2, "profile_unknown")
    assert "tmall" in ended.envelope["errors"][0]["fix"]
    (shop / "shopkit.toml").write_text('platform = "tmal"\n', encoding="utf-8")
    assert shopkit(*words).code == 2
