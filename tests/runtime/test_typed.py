"""Whole tables as merchants export them, read as rows and as columns: the same comes out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import xlsxwriter

from shopkit.errors import InputRefused
from shopkit.runtime.rejects import render_rejects
from shopkit.runtime.typed import load_rows
from tests.runtime.same_table import both, write

SHANGHAI = ZoneInfo("Asia/Shanghai")


def column(loaded, name):
    return [one.values[name] for one in loaded.records]


def lines(loaded):
    return [one.row.line for one in loaded.records]


def rules(loaded):
    return [(one.line, one.column, one.rule) for one in loaded.rejects]


TAOBAO = (
    "订单编号,买家会员名,买家应付货款,买家实际支付金额,订单状态,收货地址 ,订单付款时间 ,"
    "宝贝标题 ,商品属性,宝贝总数量,退款金额\r\n"
    '="5118609024000000123",买家1\t,"1,234.50","1,200.00",交易成功,"浙江 某市,某区 ***",'
    "2025-01-06 09:30:00\t,"
    '"春季新款, 显瘦",尺码:M,2,无退款申请\r\n'
    '="00042",买家2\t,￥89,89.00,"买家已付款,等待卖家发货",上海 ***,--,鞋,暂无数据,1,12.5\r\n'
    "合计,,1323.50,1289.00,,,,,,3,\r\n"
)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_a_taobao_order_export(tmp_path, encoding):
    loaded = both("orders", write(tmp_path / "ExportOrderList.csv", TAOBAO, encoding))
    assert column(loaded, "order_id") == ["5118609024000000123", "00042"]
    assert column(loaded, "buyer") == ["买家1", "买家2"]
    assert column(loaded, "paid_amount") == [120000, 8900]
    assert column(loaded, "list_amount") == [123450, 8900]
    assert column(loaded, "paid") == [dt.datetime(2025, 1, 6, 9, 30, tzinfo=SHANGHAI), None]
    assert column(loaded, "refund_amount") == [None, 1250]
    assert column(loaded, "qty") == [2, 1]
    assert loaded.records[0].row.cells["收货地址"] == "浙江 某市,某区 ***"
    assert (lines(loaded), loaded.totals, loaded.rejects) == ([2, 3], 1, [])


SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Discount Code,Discount Amount,"
    "Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Notes,Refunded Amount,Id,Phone\n"
    "#1001,a@x.com,paid,2026-04-04 12:48:49 +0500,USD,30.00,35.00,SPRING,5.00,"
    "2026-04-04 12:48:49 +0500,"
    '1,Tee,10.00,T-1,"line one\nline two",0.00,5001,\'+4912345\n'
    "#1001,a@x.com,,,,,,,,2026-04-04 12:48:49 +0500,2,Cap,10.00,C-1,,,,\n"
    "#1002,,refunded,2026-04-05 08:00:00 -0400,USD,10.00,10.00,,0.00,2026-04-05 08:00:00 -0400,"
    "1,Tee,10.00,T-1,,10.00,5002,\n"
)


def test_shopify_orders_take_what_is_the_orders_own_from_its_first_row(tmp_path):
    loaded = both("orders", write(tmp_path / "orders_export.csv", SHOPIFY))
    assert column(loaded, "order_id") == ["#1001", "#1001", "#1002"]
    assert column(loaded, "status") == ["paid", "paid", "refunded"]
    assert column(loaded, "order_total") == [3500, 3500, 1000]
    assert column(loaded, "discount_code") == ["SPRING", "SPRING", None]
    assert column(loaded, "price") == [1000, 1000, 1000]
    assert column(loaded, "qty") == [1, 2, 1]
    assert column(loaded, "note")[0] == "line one\nline two"
    assert lines(loaded) == [2, 4, 5]
    assert column(loaded, "paid")[0] == dt.datetime(2026, 4, 4, 15, 48, 49, tzinfo=SHANGHAI)
    assert column(loaded, "paid")[2] == dt.datetime(2026, 4, 5, 20, 0, tzinfo=SHANGHAI)
    assert loaded.records[0].extra["Phone"] == "+4912345"


SHOPIFY_GOODS = (
    "Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,"
    "Variant Inventory Qty,Variant Price,"
    "Variant Compare At Price,Image Src,Cost per item\n"
    'tee,Tee,Acme,Shirts,"new, cotton",true,Size,S,T-S,3,19.90,25.00,a.jpg,8\n'
    "tee,,,,,,,M,,4,19.90,,b.jpg,8\n"
    "tee,,,,,,,,,,,,c.jpg,\n"
    "cap,Cap,Acme,Hats,,true,Title,Default Title,,1,9.00,,d.jpg,\n"
)


def test_shopify_products_as_skus_and_as_items(tmp_path):
    file = write(tmp_path / "products_export.csv", SHOPIFY_GOODS)
    skus = both("catalog", file)
    assert column(skus, "sku_id") == ["T-S", "tee/M", "cap"]
    assert column(skus, "item_id") == ["tee", "tee", "cap"]
    assert column(skus, "tags") == ["new, cotton", "new, cotton", None]
    assert column(skus, "title") == ["Tee", "Tee", "Cap"]
    assert column(skus, "list_price") == [1990, 1990, 900]
    assert column(skus, "reference_price") == [2500, None, None]
    assert skus.kind == "skus"
    items = both("items", file)
    assert column(items, "item_id") == ["tee", "cap"]


WOO = (
    "ID,Type,SKU,Name,Published,Stock,Sale price,Regular price,Categories,Tags,Parent,"
    "Attribute 1 value(s)\n"
    '10,variable,TEE,Tee,1,,,,"Shirts, New",summer,,"S, M"\n'
    "11,variation,TEE-S,Tee - S,1,3,,19.90,,,id:10,S\n"
    "12,variation,TEE-M,Tee - M,1,4,15.00,19.90,,,TEE,M\n"
    "13,simple,CAP,Cap,1,1,,9.00,Hats,,,\n"
    "14,variation,GONE,Gone,1,1,,9.00,,,id:99,\n"
)


def test_woocommerce_products_find_their_parents(tmp_path):
    file = write(tmp_path / "wc-product-export.csv", WOO)
    skus = both("skus", file)
    assert column(skus, "sku_id") == ["11", "12", "13", "14"]
    assert column(skus, "item_id") == ["10", "10", "13", "99"]
    assert column(skus, "category") == ["Shirts, New", "Shirts, New", "Hats", None]
    assert column(skus, "tags") == ["summer", "summer", None, None]
    assert column(skus, "sale_price") == [None, 1500, None, None]
    assert column(both("items", file), "item_id") == ["10", "13"]


def test_woocommerce_orders(tmp_path):
    text = (
        "Order Number,Order Status,Order Date,Paid Date,Order Total Amount,"
        "Cart Discount Amount,Item #,SKU,Item Name,"
        "Quantity (- Refund),Item Cost,Coupon Code\n"
        "1042,completed,2026-03-01 10:00,2026-03-01 10:05,39.80,0,1,TEE-S,Tee - S,2,19.90,\n"
    )
    loaded = both("orders", write(tmp_path / "orders.csv", text))
    assert column(loaded, "order_total") == [3980]
    assert column(loaded, "sku_id") == ["TEE-S"]
    assert column(loaded, "line_id") == ["1"]


ANALYTICS = (
    "商品数据,2025-01-06 至 2025-01-12\n"
    "店铺：某店\n"
    "\n"
    "统计日期,商品ID,商品名称,商品访客数,平均停留时长,商品详情页跳出率,支付金额,商品支付转化率,"
    "成功退款金额\n"
    '2025-01-06,683123456789012345,鞋,"1,234",3分20秒,62.0%,"12,345.60",2.40%,-\n'
    "2025-01-06,683123456789012346,帽,1.2万,45.6,-,0,0,—\n"
    "汇总值,,,13234,,,12345.60,,\n"
    "同行同层均值,-,-,9000,,,1.00,,\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_an_analytics_export_with_lines_above_and_below(tmp_path, encoding):
    loaded = both("daily", write(tmp_path / "a.csv", ANALYTICS, encoding))
    assert column(loaded, "item_id") == ["683123456789012345", "683123456789012346"]
    assert column(loaded, "visitors") == [1234, 12000]
    assert column(loaded, "dwell") == [200, 46]
    assert column(loaded, "bounce_rate") == [620000, None]
    assert column(loaded, "pay_amount") == [1234560, 0]
    assert column(loaded, "conversion") == [24000, 0]
    assert column(loaded, "refunded_amount") == [None, None]
    assert (lines(loaded), loaded.totals) == ([5, 6], 2)


def test_every_fault_is_told_and_none_stops_the_rest(tmp_path):
    text = (
        "SKUID,商家编码,一口价,成本,上架时间\n"
        "6.83E+17,a,199,90,2025-01-06\n"
        "2,b,一百,90 or so,2025-13-06\n"
        ",c,5,2,\n"
        "4,d,5,2,2025-01-06,beyond\n"
        "5,e,5,2,\n"
    )
    loaded = both("skus", write(tmp_path / "skus.csv", text))
    assert rules(loaded) == [
        (2, "SKUID", "digits_lost"),
        (3, "一口价", "money_unreadable"),
        (3, "成本", "money_unreadable"),
        (3, "上架时间", "moment_unreadable"),
        (4, "SKUID", "cell_empty"),
        (5, "", "row_too_wide"),
    ]
    assert column(loaded, "sku_id") == ["5"]
    assert [row.line for row in loaded.rejected] == [2, 3, 4, 5]
    told = render_rejects(loaded.rejects).decode("utf-8-sig").splitlines()
    assert told[0] == "file,row,column,value,rule,fix"
    assert told[1].startswith("skus.csv,2,SKUID,6.83E+17,digits_lost,Export again")


def test_a_line_with_stray_quotes_fails_alone(tmp_path):
    loaded = both("skus", write(tmp_path / "s.csv", 'sku,price\n1,"2"x\n2,"3"\n'))
    assert rules(loaded) == [(2, "", "table_broken")]
    assert "{" not in str(loaded.rejects[0].error)  # every place in the words is filled
    assert column(loaded, "list_price") == [300]
    with pytest.raises(InputRefused, match="line 3"):
        both("skus", write(tmp_path / "s.csv", 'sku,price\n1,2\n2,"3\n'))


def goods(sheet, rows, first=0):
    for number, row in enumerate(rows, start=first):
        sheet.write_row(number, 0, row)


def test_a_workbook_with_the_table_on_its_second_sheet(tmp_path):
    path = tmp_path / "skus.xlsx"
    with xlsxwriter.Workbook(path) as book:
        goods(book.add_worksheet(), [["Read me"], ["written by hand"]])
        sheet = book.add_worksheet()
        goods(sheet, [["Goods of spring"], [], ["SKUID", "一口价", "成本", "库存", "上架时间"]])
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        goods(sheet, [["00123", 199.9, 0.1 + 0.2, 5], [683123456789012345, 5, 2, 1]], first=3)
        sheet.write_datetime(3, 4, dt.datetime(2025, 1, 6), day)
    loaded = both("skus", path)
    assert column(loaded, "sku_id") == ["00123"]
    assert column(loaded, "list_price") == [19990]
    assert column(loaded, "cost") == [30]
    assert column(loaded, "created") == [dt.datetime(2025, 1, 6, tzinfo=SHANGHAI)]
    assert lines(loaded) == [4]
    assert rules(loaded) == [(5, "SKUID", "digits_lost")]
    assert "Export again" in loaded.rejects[0].fix


def test_the_same_orders_as_csv_gb18030_xlsx_jsonl_and_frame(tmp_path):
    plain = both("orders", write(tmp_path / "o.csv", SHOPIFY))
    frame = pd.read_csv(tmp_path / "o.csv", dtype=str, keep_default_na=False)
    with xlsxwriter.Workbook(tmp_path / "o.xlsx") as book:
        goods(book.add_worksheet(), [list(frame.columns), *frame.to_numpy().tolist()])
    frame.to_json(tmp_path / "o.jsonl", orient="records", lines=True, force_ascii=False)
    copies = [
        write(tmp_path / "gb.csv", SHOPIFY, "gb18030"),
        write(tmp_path / "tabs.tsv", frame.to_csv(index=False, sep="\t")),
        tmp_path / "o.xlsx",
        tmp_path / "o.jsonl",
        frame,
    ]
    for copy in copies:
        loaded = both("orders", copy)
        assert [one.values for one in loaded.records] == [one.values for one in plain.records]


def test_frames_come_out_as_they_go_in(tmp_path):
    first = load_rows("orders", write(tmp_path / "o.csv", TAOBAO))
    again = both("orders", first.to_pandas())
    assert [one.values for one in again.records] == [one.values for one in first.records]
    frame = first.to_pandas()
    assert str(frame["paid_amount"][0]) == "1200"
    assert frame["order_id"][1] == "00042"
    assert frame["qty"].sum() == 3


def test_dates_that_put_the_month_first_are_known_by_the_whole_column(tmp_path):
    text = "order_id,order_purchase_timestamp\na,10/2/2017 10:56\nb,7/24/2018 20:41\n"
    loaded = both("orders", write(tmp_path / "olist.csv", text))
    assert [one.month for one in column(loaded, "created")] == [10, 7]
    unclear = both("orders", write(tmp_path / "olist.csv", text.replace("24", "12")))
    assert rules(unclear) == [
        (line, "order_purchase_timestamp", "moment_unclear") for line in (2, 3)
    ]


def test_the_zone_is_the_shops(tmp_path):
    (tmp_path / "shopkit.toml").write_text('time_zone = "Europe/Berlin"\n')
    file = write(
        tmp_path / "o.csv", "order_id,created\n1,2025-07-01 12:00\n2,2025-07-01T12:00:00Z\n"
    )
    loaded = both("orders", file, shop=tmp_path)
    assert [one.isoformat() for one in column(loaded, "created")] == [
        "2025-07-01T12:00:00+02:00",
        "2025-07-01T14:00:00+02:00",
    ]


def test_money_in_fen_and_a_mapped_header(tmp_path):
    (tmp_path / "shopkit.toml").touch()
    (tmp_path / "headers").mkdir()
    mapping = 'kind = "skus"\n[columns]\nsku_id = "Kennung"\n'
    (tmp_path / "headers" / "erp.toml").write_text(mapping)
    file = write(tmp_path / "o.csv", "Kennung,价格(分),Lager\n1,12900,A3\n")
    loaded = both("skus", file, shop=tmp_path)
    assert column(loaded, "list_price") == [12900]
    assert loaded.records[0].extra == {"Lager": "A3"}
    assert loaded.columns == ("sku_id", "list_price", "Lager")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "table_empty"),
        ("a,b\n1,2\n", "table_unknown_as"),
        ("title,category\nx,y\n", "table_unknown_as"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, text, code):
    with pytest.raises(InputRefused) as refused:
        both("skus", write(tmp_path / "x.csv", text))
    assert refused.value.code == code


def test_a_garbled_file_is_refused_with_the_option_that_helps(tmp_path):
    file = write(tmp_path / "x.csv", "編號,圖片\n", "big5")
    with pytest.raises(InputRefused, match="--encoding"):
        both("skus", file)


def test_a_packed_file(tmp_path: Path):
    import gzip

    (tmp_path / "s.csv.gz").write_bytes(gzip.compress(b"sku,price\n1,2.50\n"))
    assert column(both("skus", tmp_path / "s.csv.gz"), "list_price") == [250]
