"""Headers met in the wild, and the tables that they make known."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopkit.errors import UsageFault
from shopkit.runtime.headers import bind, normal, rank, recognise
from shopkit.runtime.schema import find_schema, kinds

TAOBAO_ORDERS = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,"
    "买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,"
    "订单创建时间,订单付款时间 ,"
    "宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因"
)
TAOBAO_2026 = (
    "订单编号,支付单号,买家应付货款,买家应付邮费,总金额,买家实付金额,订单状态,收货地址,"
    "运送方式,订单创建时间,商品标题,"
    "宝贝种类,物流单号,物流公司,备注标签,商家备注,宝贝总数量,开票信息,手机订单,商品属性SKU,发货时间"
)
SUB_ORDERS = (
    "子订单编号,主订单编号,商品标题,商品价格,购买数量,商品属性,订单状态,买家实付金额,"
    "退款状态,退款金额,商品ID,发货时间"
)
REFUNDS = (
    "退款编号,订单编号,支付宝交易号,订单付款时间,商品编码,退款完结时间,买家实际支付金额,"
    "宝贝标题,买家退款金额,"
    "手工退款/系统退款,是否需要退货,退款的申请时间,退款状态,货物状态,发货物流信息,客服介入状态,"
    "卖家真实姓名,买家退款原因,"
    "买家退款说明,部分退款/全部退款"
)
REFUNDS_NEW = (
    "订单编号,退款编号,支付宝交易号,订单付款时间,退款申请时间,退款完结时间,退款状态,"
    "退款总额,售后类型,货物状态,退给买家金额,退给平台金额"
)
DAILY = (
    "统计日期,商品ID,商品名称,商品访客数,商品浏览量,平均停留时长,商品详情页跳出率,支付买家数,"
    "支付金额,商品支付转化率,"
    "成功退款金额,搜索引导支付转化率,搜索引导访客数"
)
SHOPIFY_ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,"
    "Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem discount,Notes,Refunded Amount,Vendor,Id,Tags"
)
WOO_PRODUCTS = (
    "ID,Type,SKU,Name,Published,Is featured?,Visibility in catalog,Short description,Description,"
    "Date sale price starts,Date sale price ends,Tax status,Stock,Sale price,Regular price,"
    "Categories,Tags,Images,Parent,"
    "Attribute 1 name,Attribute 1 value(s)"
)
AMAZON_RETURNS = (
    "return-date,order-id,sku,asin,fnsku,product-name,quantity,fulfillment-center-id,"
    "detailed-disposition,reason,status,"
    "license-plate-number,customer-comments"
)
COUPON_LIST = (
    "序号,券名称,券模版ID,推广方式,状态,优惠金额,领取量,发放量,每人限领,透出时间,"
    "使用时间,圈品ID,圈品ID(续1)"
)
UCI = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@pytest.mark.parametrize(
    ("header", "kind", "platform"),
    [
        (TAOBAO_ORDERS, "orders", "taobao"),
        (TAOBAO_2026, "orders", "taobao"),
        (SUB_ORDERS, "orders", "taobao"),
        (REFUNDS, "refunds", "taobao"),
        (REFUNDS_NEW, "refunds", "taobao"),
        (DAILY, "item_daily", "taobao"),
        (SHOPIFY_ORDERS, "orders", "shopify"),
        (WOO_PRODUCTS, "skus", "woocommerce"),
        (AMAZON_RETURNS, "refunds", "amazon"),
        ("SKUID,商品ID,商家编码,一口价,库存", "skus", "taobao"),
        (UCI, "orders", "uci"),
        ("订单编号,物流公司,运单号,最新物流,最新时间", "shipments", "taobao"),
        ("会话id,发送时间,角色,内容", "chats", "generic"),
        ("visitor id,timestamp,event,item id,price", "buyer_events", "generic"),
        ("评价时间,商品ID,买家昵称,评分,评价内容", "reviews", "taobao"),
        ("date,sku,category,price,promo,units,stock", "sales", "generic"),
        ("sku,date,list price,final price", "price_history", "generic"),
        ("商品ID,竞品名称,竞品价,采集时间", "rivals", "taobao"),
    ],
)  # fmt: skip
def test_a_table_is_known_by_its_headers(header, kind, platform):
    found = recognise(header.split(","))
    assert (found[0].schema.kind, found[0].platform) == (kind, platform)
    assert len(found) == 1 or rank(found[0]) > rank(found[1])


def test_a_list_of_coupons_is_known_as_offers_and_as_coupons():
    assert {one.schema.kind for one in recognise(COUPON_LIST.split(","))} >= {"offers", "coupons"}


def test_headers_of_no_table():
    assert recognise(["Administrative", "Month", "VisitorType"]) == []


@pytest.mark.parametrize(
    "written", ["List Price", "LIST-PRICE", "list_price", " Ｌist  price ", "list price*"]
)
def test_case_blanks_width_and_marks_do_not_matter(written):
    assert normal(written) == "listprice"


def test_blanks_inside_chinese_headers_and_units_do_not_matter():
    binding = bind(find_schema("skus"), ["SKU ID ", "一 口 价（元）", "成本(分)"])
    assert binding.at == {"sku_id": 0, "list_price": 1, "cost": 2}
    assert binding.minor == {"cost"}


def test_of_two_headers_for_one_column_the_better_known_counts():
    binding = bind(find_schema("skus"), ["price", "list_price", "sku"])
    assert binding.names == ("sale_price", "list_price", "sku_id")
    assert bind(find_schema("skus"), ["price", "sku"]).names == ("list_price", "sku_id")


def test_nameless_and_repeated_columns_are_carried_under_names_of_their_own():
    assert bind(find_schema("skus"), ["sku", "note", "", "note"]).headers == (
        *("sku", "note", "column 3", "note (2)"),
    )


def test_what_stands_in_for_a_missing_id():
    assert bind(find_schema("skus"), ["商家编码", "价格"]).lacking == []
    assert bind(find_schema("skus"), ["价格"]).lacking == ["sku_id"]


def test_a_shop_adds_headers_of_its_own(tmp_path: Path):
    (tmp_path / "headers").mkdir()
    mapping = tmp_path / "headers" / "erp.toml"
    mapping.write_text('kind = "skus"\n[columns]\nsku_id = "Kennung"\ncost = ["EK", "EK netto"]\n')
    binding = bind(find_schema("catalog", tmp_path), ["kennung", "EK netto", "Preis"])
    assert binding.at == {"sku_id": 0, "cost": 1}
    mapping.write_text('kind = "skus"\n[columns]\nskuid = "Kennung"\n')
    with pytest.raises(UsageFault, match="sku_id"):
        find_schema("skus", tmp_path)
    mapping.write_text("kind = ")
    with pytest.raises(UsageFault, match=r"erp\.toml"):
        find_schema("skus", tmp_path)


def test_every_kind_is_sound():
    for kind in kinds():
        schema = find_schema(kind)
        named = {*schema.key, *schema.signs}
        for shape in schema.shapes:
            named |= {*shape.fill, *shape.rows_with, shape.fill_by, shape.parent, shape.without}
        for column in schema.columns.values():
            named |= {part for parts in column.instead for part in parts}
        assert named - {""} <= set(schema.columns), kind
    with pytest.raises(UsageFault, match="skus"):
        find_schema("nonsense")
