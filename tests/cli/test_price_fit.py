"""``shopkit price fit`` as it is typed, and its table on the way to ``price plan --objective``."""

import csv

import numpy as np
import pytest

from shopkit.offers.elasticities import COLUMNS, read_elasticities
from tests.offers.sales_world import shop as sales_of

TRUE = (-0.7, -1.5, -2.0, -2.5, -3.0, -3.8)


HEADER = ("date", "sku", "category", "price", "units", "promo", "stock")


def write_history(path, rows):
    first = np.datetime64("2025-01-06")
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for sku, kind, day, price, units, promo, _ in rows:
            writer.writerow([first + day, sku, kind, f"{price / 100:.2f}", units, int(promo), ""])


@pytest.fixture
def history(shop):
    """Six SKUs whose elasticities are known, and one whose price never moved."""
    still = [("STILL", "C", day, 5000, 2, False, -1) for day in range(150)]
    write_history(shop / "history.csv", [*sales_of(TRUE, days=150), *still])
    return shop / "history.csv"


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {row["sku_id"]: row for row in csv.DictReader(stream)}


def test_a_history_becomes_a_table_of_elasticities(shopkit, shop, history):
    ended = shopkit("price", "fit", "--sales", "history.csv", "-o", "elasticities.csv")
    assert (ended.code, ended.out) == (0, f"{shop / 'elasticities.csv'}\n")
    assert "6 of 7 SKUs fitted" in ended.err
    rows = table(shop / "elasticities.csv")
    assert tuple(rows["K00"]) == COLUMNS
    for number, true in enumerate(TRUE):
        row = rows[f"K{number:02d}"]
        assert row["status"] == "ok"
        assert float(row["low"]) < float(row["elasticity"]) < float(row["high"])
        assert float(row["elasticity"]) == pytest.approx(true, abs=0.8)


def test_a_price_that_never_varied_says_so_in_its_row(shopkit, shop, history):
    shopkit("price", "fit", "--sales", "history.csv", "-o", "elasticities.csv")
    row = table(shop / "elasticities.csv")["STILL"]
    assert (row["status"], row["reason"]) == ("review", "price_never_varied")
    assert row["elasticity"] == row["low"] == row["at_price"] == ""
    assert "STILL: its price hardly ever varied" in row["detail"]


def test_the_second_run_finds_it_done_and_the_same_history_gives_the_same_bytes(
    shopkit, shop, history
):
    words = ("price", "fit", "--sales", "history.csv", "--json")
    first = shopkit(*words, "-o", "one.csv")
    assert first.envelope["rows"][0]["fitted"] == 6
    assert shopkit(*words, "-o", "one.csv").envelope["summary"]["already_done"] == 1
    shopkit(*words, "-o", "two.csv")
    assert (shop / "one.csv").read_bytes() == (shop / "two.csv").read_bytes()


def test_a_table_that_a_person_edited_is_not_written_over(shopkit, shop, history):
    words = ("price", "fit", "--sales", "history.csv", "-o", "one.csv")
    shopkit(*words)
    (shop / "one.csv").write_text("mine", encoding="utf-8")
    write_history(history, sales_of(TRUE, days=100))
    shopkit(*words)
    assert (shop / "one.csv").read_text(encoding="utf-8") == "mine"


def test_rows_that_cannot_be_read_are_named_and_the_rest_is_fitted(shopkit, shop, history):
    with history.open("a", encoding="utf-8") as stream:
        stream.write("2025-01-06,K00,C,cheap,3,0,\n2025-02-30,K00,C,80.00,3,0,\n")
    ended = shopkit("price", "fit", "--sales", "history.csv", "-o", "e.csv", "--json")
    row = ended.envelope["rows"][0]
    assert (row["status"], row["reason"]) == ("review", "sales_rows_refused")
    assert "line 1052, column price: cheap" in row["detail"]
    with (shop / "e.rejects.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [one["column"] for one in csv.DictReader(stream)] == ["price", "date"]


def test_chinese_headers_a_list_of_sales_and_a_catalogue_for_the_categories(shopkit, shop):
    rows = [row for row in sales_of(TRUE, days=150, base=2) if row[4]]
    path = shop / "销售.csv"
    with path.open("w", newline="", encoding="gb18030") as stream:
        writer = csv.writer(stream)
        writer.writerow(["日期", "SKUID", "销量", "销售额"])
        for sku, _, day, price, units, *_ in rows:
            date = np.datetime64("2025-01-06") + day
            writer.writerow([date, sku, units, f"￥{units * price / 100:,.2f}"])
    goods = "".join(f"K{number:02d},鞋,100\n" for number in range(len(TRUE)))
    (shop / "skus.csv").write_text(f"sku,分类,价格\n{goods}", encoding="utf-8")
    words = ("--sales", "销售.csv", "--catalog", "skus.csv", "-o", "out", "--json")
    ended = shopkit("price", "fit", *words)
    assert ended.code == 0
    assert ended.envelope["rows"][0]["days_without_sale_put_in"] > 50
    row = table(shop / "out/elasticities.csv")["K04"]
    assert (row["category"], row["days"]) == ("鞋", "150")
    assert float(row["elasticity"]) < -1.5


def test_a_history_without_one_usable_day_is_refused(shopkit, shop):
    (shop / "history.csv").write_text("date,sku,units,price\n2025-01-06,A,-3,9\n", encoding="utf-8")
    ended = shopkit("price", "fit", "--sales", "history.csv", "-o", "e.csv")
    assert ended.code == 3
    assert "no day of sales can be used" in ended.err
    assert not (shop / "e.csv").exists()


def test_the_table_is_read_back_as_it_was_fitted_and_as_a_person_edits_it(shopkit, shop, history):
    shopkit("price", "fit", "--sales", "history.csv", "-o", "e.csv")
    demand = read_elasticities(shop / "e.csv")
    assert demand.skus == (*(f"K{number:02d}" for number in range(6)), "STILL")
    assert demand.known.tolist() == [True] * 6 + [False]
    assert (demand.elasticity_error[:6] > 0).all()
    own = "sku_id,elasticity,low,high,at_price,units_per_day\nSTILL,-2,-3,-1,50.00,2\n"
    (shop / "mine.csv").write_text(own, encoding="utf-8")
    mine = read_elasticities(shop / "mine.csv")
    assert (mine.elasticity[0], mine.at[0], mine.units_error[0]) == (-2, 5000, 0)


@pytest.mark.parametrize(
    ("cell", "column"), [("x,-3,-1,50", "elasticity"), ("-2,-3,-1,0", "at_price")]
)
def test_an_edit_that_cannot_be_read_names_its_place(shop, cell, column):
    from shopkit.errors import InputRefused

    text = f"sku_id,elasticity,low,high,at_price,units_per_day\nA,{cell},2\n"
    (shop / "mine.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        read_elasticities(shop / "mine.csv")
    assert (refused.value.values["line"], refused.value.values["column"]) == (2, column)


@pytest.fixture
def planned(shopkit, shop, history):
    """Run ``price plan`` for a goal on the catalogue of the history; more words as arguments."""
    shopkit("price", "fit", "--sales", "history.csv", "-o", "e.csv")
    names = [*(f"K{number:02d}" for number in range(6)), "STILL"]
    skus = "".join(f"{name},100,50,60,鞋\n" for name in names)
    (shop / "skus.csv").write_text(f"sku,价格,成本,底价,分类\n{skus}", encoding="utf-8")
    rules = "rule_id,priority,sku,action,value,cap\nall,1,*,percent,0%,20%\n"
    (shop / "rules.csv").write_text(rules, encoding="utf-8")
    words = ("price", "plan", "--catalog", "skus.csv", "--rules", "rules.csv")

    def run(*more):
        ended = shopkit(*words, "--elasticities", "e.csv", "-o", "plan", "--json", *more)
        return ended.envelope["summary"], table(shop / "plan/proposals.csv")

    return run


def test_prices_for_a_goal_come_with_what_they_are_to_change(planned):
    summary, rows = planned("--objective", "profit")
    for name, row in rows.items():
        if name != "STILL":
            assert 80 <= float(row["proposed"]) <= 120
            ends = [float(row[f"profit_{end}"]) for end in ("low", "change", "high")]
            assert ends == sorted(ends)
    assert rows["K00"]["proposed"] == "120.00"  # hardly elastic: as dear as the cap allows
    assert (rows["STILL"]["proposed"], rows["STILL"]["reason"]) == ("", "price_never_varied")
    assert "hardly ever varied" in rows["STILL"]["detail"]
    assert summary["profit_low"] < summary["profit_change"] < summary["profit_high"]


def test_a_goal_with_few_changes_and_revenue_kept(planned):
    free, _ = planned("--objective", "profit")
    few, _ = planned("--objective", "profit", "--max-changes", "2")
    assert few["changed"] == 2 < free["changed"]
    assert 0 < few["profit_change"] < free["profit_change"]
    kept, _ = planned("--objective", "profit", "--min-revenue", "100%")
    assert kept["revenue_kept"]
    assert kept["revenue_change"] >= -0.01


def test_help_in_both_languages(shopkit):
    assert "price elasticity" in shopkit("price", "fit", "-h").out


def test_a_history_without_a_line_is_refused_and_not_a_fault(shop, shopkit):
    (shop / "history.csv").write_text("date,sku,units,price\n", encoding="utf-8")
    ended = shopkit("price", "fit", "--sales", "history.csv", "-o", "el.csv", "--json")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (3, "sales_unusable")
