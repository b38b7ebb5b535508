"""``shopkit coupon check``: floors under all stacked offers, through the command line."""

from pathlib import Path

OFFERS = """offer_id,level,kind,value,threshold,total
official,official,percent,15%,,
item20,item,minus,20,,
s300,shop,minus,30,300,
c199,coupon,minus,20,199,500
c9999,coupon,minus,100,9999,10
"""


def rows(shop: Path, shopkit, skus: str, offers: str = OFFERS, *more: str):
    (shop / "skus.csv").write_text(skus, encoding="utf-8")
    (shop / "offers.csv").write_text(offers, encoding="utf-8")
    words = ("coupon", "check", "--catalog", "skus.csv", "--offers", "offers.csv", "-o", "out")
    ended = shopkit(*words, "--json", *more)
    return ended, {row["id"]: row for row in ended.envelope["rows"]}


def test_floor_280_is_held_naming_the_coupon_and_the_largest_face_9(shop, shopkit):
    ended, found = rows(shop, shopkit, "sku_id,一口价,底价\nshoe,399,280\n")
    assert ended.code == 0
    row = found["shoe"]
    assert (row["final"], row["floor"], row["status"]) == ("269.00", "280.00", "review")
    assert (row["drop"], row["then"], row["face"]) == ("c199", "289.00", "9.00")
    assert "Drop c199" in row["detail"]


def test_the_real_case_is_found_by_the_threshold_that_counts_before(shop, shopkit):
    offers = "offer_id,level,value,threshold\no,official,8.5折,\nc,coupon,减60,199\n"
    _, found = rows(shop, shopkit, "sku_id,一口价,底价\na,199,150\n", offers)
    assert (found["a"]["final"], found["a"]["case"]) == ("109.00", "1 x before/up")


def test_a_floor_from_cost_fee_and_margin(shop, shopkit):
    offers = "offer_id,level,value\nd,item,减10\n"
    text = "sku_id,一口价,成本\na,250,180\nb,249,180\nc,300,\n"
    _, found = rows(shop, shopkit, text, offers, "--fee", "5%", "--margin", "20%")
    assert found["a"]["floor"] == "240.00"
    told = {sku: (row["status"], row["reason"]) for sku, row in found.items()}
    assert told == {
        "a": ("ok", ""),
        "b": ("review", "below_floor_after_offers"),
        "c": ("review", "cost_missing"),
    }


def test_offers_out_of_reach_and_what_all_may_cost(shop, shopkit):
    rows(shop, shopkit, "sku_id,一口价,底价\nshoe,399,1\n")
    told = (shop / "out/offers.csv").read_text(encoding="utf-8-sig").splitlines()
    assert told[4] == "c199,from 199.00: 20.00 off,10000.00,overlap,c9999"
    assert told[5].startswith("c9999,from 9999.00: 100.00 off,1000.00,dead")


def test_the_real_case_is_60_9_percent_under_the_recent_price(shop, shopkit):
    offers = "offer_id,level,value,threshold\no,official,8.5折,\nc,coupon,减60,199\n"
    history = "SKUID,日期,普惠券后价\na,2026-05-01,279\na,2026-05-03,289\na,2026-01-01,90\n"
    (shop / "history.csv").write_text(history, encoding="utf-8")
    more = ("--history", "history.csv", "--profile", "tmall", "--now", "2026-05-10")
    _, found = rows(shop, shopkit, "sku_id,一口价,底价\na,199,100\n", offers, *more)
    row = found["a"]
    assert (row["final"], row["recent"], row["under_recent_percent"]) == ("109.00", "279.00", 60.9)
    assert (row["status"], row["reason"]) == ("review", "final_far_under_recent")


def test_an_offer_counts_by_the_goods_in_its_own_scope(shop, shopkit):
    offers = (
        "offer_id,level,value,threshold,sku_ids\n"
        "cheap,coupon,减5,50,sock\ngone,coupon,减5,50,hat\nfine,coupon,减5,50,shoe\n"
    )
    rows(shop, shopkit, "sku_id,一口价,底价\nshoe,399,1\nsock,9,1\n", offers)
    told = (shop / "out/offers.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [line.split(",")[3] for line in told] == ["dead", "idle", ""]


def test_a_row_that_cannot_be_read_fails_alone(shop, shopkit):
    ended, found = rows(shop, shopkit, "sku_id,一口价,底价\nshoe,399,1\nsock,cheap,1\n")
    assert ended.code == 4
    assert (found["shoe"]["status"], found["line 3"]["reason"]) == ("ok", "money_unreadable")


def test_a_coupon_that_starts_later_counts_when_it_is_in_force(shop, shopkit):
    """Today 319.00 is paid; from the 12th to the 13th a coupon of 50 brings 269.00."""
    offers = (
        "offer_id,level,value,threshold,starts,ends\n"
        "s,shop,减80,,,\n"
        "c50,coupon,减50,199,2026-12-12,2026-12-13\n"
        "old,coupon,减300,,2026-10-01,2026-10-31\n"
    )
    skus = "sku_id,一口价,底价\nshoe,399,300\nsock,399,250\n"
    words = ("coupon", "check", "--catalog", "skus.csv", "--offers", "offers.csv", "-o", "out")
    now = ("--now", "2026-11-27")
    _, found = rows(shop, shopkit, skus, offers, *now)
    row = found["shoe"]
    assert (row["status"], row["reason"]) == ("review", "below_floor_later")
    assert (row["final"], row["from"], row["to"]) == (
        "269.00", "2026-12-12 00:00", "2026-12-14 00:00",
    )  # fmt: skip
    assert (row["drop"], row["then"], row["face"]) == ("c50", "319.00", "19.00")
    assert "pays 269.00 from 2026-12-12 00:00 on" in row["detail"]
    assert row["below_from"] == "2026-12-12 00:00"
    assert found["sock"]["status"] == "ok"
    assert found["sock"]["final"] == "269.00"
    periods = (shop / "out/periods.csv").read_text(encoding="utf-8-sig").splitlines()
    assert periods[0] == "from,to,offers,below,sku_id,final,case,stack"
    assert [line.split(",")[:6] for line in periods[1:]] == [
        ["2026-11-27 00:00", "2026-12-12 00:00", "s", "0", "shoe", "319.00"],
        ["2026-12-12 00:00", "2026-12-14 00:00", "s c50", "1", "shoe", "269.00"],
        ["2026-12-14 00:00", "", "s", "0", "shoe", "319.00"],
    ]
    assert periods[2].endswith("s c50")
    said = shopkit(*words, *now).err
    assert "From 2026-12-12 00:00 to 2026-12-14 00:00: 1 SKUs fall below their floor" in said


def test_where_no_single_offer_mends_it_the_fewest_are_named(shop, shopkit):
    """100 less 10, 20 and 30 is 40; without the two larger ones 90 is paid, above 85."""
    offers = "offer_id,level,value\na,item,减10\nb,shop,减20\nc,platform,减30\n"
    _, found = rows(shop, shopkit, "sku_id,一口价,底价\nshoe,100,85\ncap,100,101\n", offers)
    row = found["shoe"]
    assert (row["reason"], row["drop"], row["then"]) == ("below_floor_drop", "c b", "90.00")
    assert "Drop c, b for it: then 90.00 is paid." in row["detail"]
    assert found["cap"]["reason"] == "price_below_floor"


def test_what_breaks_its_floor_already_and_more_so_later_says_since_when(shop, shopkit):
    offers = "offer_id,level,value,starts\ns,shop,减50,\nc,coupon,减30,2026-12-12\n"
    now = ("--now", "2026-11-27")
    _, found = rows(shop, shopkit, "sku_id,一口价,底价\nshoe,399,360\n", offers, *now)
    row = found["shoe"]
    assert (row["final"], row["from"], row["below_from"]) == (
        "319.00", "2026-12-12 00:00", "2026-11-27 00:00",
    )  # fmt: skip
    assert (row["drop"], row["then"]) == ("s", "369.00")
    assert "below the floor 360.00 from 2026-11-27 00:00 on" in row["detail"]


def test_a_sku_in_two_rows_fails_in_both(shop, shopkit):
    ended, found = rows(shop, shopkit, "sku_id,list_price,cost\na,100,50\na,90,50\nb,100,50\n")
    assert ended.code == 4
    assert (found["a"]["status"], found["a"]["reason"]) == ("failed", "sku_listed_twice")
    assert [one["code"] for one in ended.envelope["errors"]] == ["sku_listed_twice"] * 2
    assert found["b"]["status"] == "review"  # 85 less 20 and 20: below its cost


def test_rows_stand_as_they_were_given_each_with_the_first_thing_wrong(shop, shopkit):
    """A cell of two lines, a total, a blank row, a row with two faults, one that is too wide."""
    skus = (
        "sku_id,一口价,成本,note\n"
        'A,399,180,"two\nlines"\n'
        "\n"
        "B,cheap,dear,\n"
        "C,5,1,x,beyond\n"
        "合计,404,,\n"
        "A,5,1,\n"
        "D,,1,\n"
    )
    ended, found = rows(shop, shopkit, skus, OFFERS, "--now", "2026-11-27")
    told = [(row["id"], row["reason"], row["note"]) for row in ended.envelope["rows"]]
    assert told == [
        ("A", "sku_listed_twice", "two\nlines"),
        ("line 5", "money_unreadable", ""),
        ("line 6", "row_too_wide", "x"),
        ("A", "sku_listed_twice", ""),
        ("D", "price_missing", ""),
    ]
    assert "column 一口价: cheap" in found["line 5"]["detail"]
    assert [one["row"] for one in ended.envelope["errors"]] == [1, 2, 3, 5, 6]
