"""``shopkit promo quote``: the worked figures through the command line."""

from pathlib import Path

OFFERS = """offer_id,level,kind,value,threshold
official,official,percent,15%,
item20,item,minus,20,
s300,shop,minus,30,300
c199,coupon,minus,20,199
"""


def written(shop: Path, basket: str, offers: str = OFFERS) -> None:
    (shop / "basket.csv").write_text(basket, encoding="utf-8")
    (shop / "offers.csv").write_text(offers, encoding="utf-8")


def test_399_is_269(shop, shopkit):
    written(shop, "sku_id,quantity,price\nshoe,1,399\n")
    ended = shopkit("promo", "quote", "basket.csv", "--offers", "offers.csv", "--json")
    assert ended.code == 0
    assert ended.envelope["summary"]["total"] == "269.00"
    first = [row for row in ended.envelope["rows"] if row["reading"] == "before/up after/up"]
    assert [(row["offer"], row["off"], row["left"]) for row in first if row["offer"]] == [
        ("official", "60.00", "339.00"),
        ("item20", "20.00", "319.00"),
        ("s300", "30.00", "289.00"),
        ("c199", "20.00", "269.00"),
    ]


def test_a_basket_is_shared_out_to_the_cent(shop, shopkit):
    written(
        shop,
        "sku_id,quantity,price\nshoe,1,259\nsock,1,99\n",
        "offer_id,level,value\ns,shop,满300减50\n",
    )
    ended = shopkit("promo", "quote", "basket.csv", "--offers", "offers.csv")
    lines = [row.split(",") for row in ended.out.splitlines()]
    assert [(row[3], row[7], row[8]) for row in lines if row[1] == "-"][:2] == [
        ("shoe x 1", "36.17", "222.83"),
        ("sock x 1", "13.83", "85.17"),
    ]


def test_the_catalogue_of_the_shop_has_the_prices(shop, shopkit):
    written(shop, "sku_id,quantity\nshoe,1\n", "offer_id,level,value\ns,shop,满300减50\n")
    (shop / "skus.csv").write_text("sku_id,一口价\nshoe,399\n", encoding="utf-8")
    (shop / "shopkit.toml").write_text('[files]\ncatalog = "skus.csv"\noffers = "offers.csv"\n')
    ended = shopkit("promo", "quote", "basket.csv", "--json")
    assert ended.envelope["summary"]["total"] == "349.00"


def test_an_offer_that_cannot_be_read_stops_it(shop, shopkit):
    written(shop, "sku_id,quantity,price\nshoe,1,399\n", "offer_id,level,value\ns,shop,8\n")
    ended = shopkit("promo", "quote", "basket.csv", "--offers", "offers.csv")
    assert (ended.code, ended.out) == (3, "")
    assert "line 2, value" in ended.err


def test_a_coupon_that_is_not_there(shop, shopkit):
    written(shop, "sku_id,quantity,price\nshoe,1,399\n")
    ended = shopkit(*["promo", "quote", "basket.csv", "--offers", "offers.csv", "--coupon", "c1"])
    assert ended.code == 2
    assert "c199" in ended.err


def test_the_public_price_stands_beside_the_one_with_a_members_coupon(shop, shopkit):
    """399 less 30 is 369 for everyone; a members' coupon of 60 makes it 309 for its holder."""
    offers = (
        "offer_id,level,value,threshold,channel\n"
        "s,shop,减30,300,\nopen,coupon,减10,300,全网自动推广\nvip,coupon,减60,300,店铺会员专享券\n"
    )
    written(shop, "sku_id,quantity,price\nshoe,1,399\n", offers)
    words = ("promo", "quote", "basket.csv", "--offers", "offers.csv")
    summary = shopkit(*words, "--json").envelope["summary"]
    assert (summary["total"], summary["public_total"]) == ("309.00", "359.00")
    lines = [row.split(",") for row in shopkit(*words).out.splitlines()]
    assert [row[8] for row in lines if row[1] in ("=", "*")] == ["309.00", "359.00"]
    none = shopkit(*words, "--coupon", "open", "--json").envelope["summary"]
    assert (none["total"], none["public_total"]) == ("359.00", "359.00")


def test_nobody_buys_no_pieces(shop, shopkit):
    written(shop, "sku_id,quantity,price\nA,0,100\n")
    ended = shopkit("promo", "quote", "basket.csv", "--offers", "offers.csv")
    assert ended.code == 3
    assert "basket.csv, line 2, column quantity: nobody buys 0 pieces." in ended.err
