"""Sales as files have them: several lines a day, returns, gaps, days on which stock ran out."""

import numpy as np
import pytest

from shopkit.offers import read_sales
from shopkit.offers.fit_cells import digest_sales
from shopkit.offers.sales import NOT_TOLD, Days, usable_days
from tests.offers.sales_world import MONDAY, history, shop


def row(day, price=1000, units=1, *, sku="A", promo=False, stock=NOT_TOLD):
    return (sku, "C", day, price, units, promo, stock)


def usable(rows):
    """The days that a fit uses, and what was left out or put in."""
    with history(rows) as sales:
        parts = [usable_days(part, sales.calendar).days for part in sales.parts()]
        names = Days.__slots__
        days = Days(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
        return days, digest_sales(sales).dropped


def test_lines_of_a_day_are_one_day_at_the_mean_price_paid():
    sales, _ = usable([row(0, 1000, 3), row(0, 800, 1, promo=True), row(1, 1000, 0)])
    assert sales.units.tolist() == [4, 0]
    assert sales.price.tolist() == [950, 1000]
    assert sales.promo.tolist() == [True, False]


def test_returns_and_lines_without_a_price_are_left_out_and_counted():
    sales, dropped = usable([row(0, units=5), row(0, units=-2), row(1, price=0), row(2, units=0)])
    assert sales.units.tolist() == [5, 0]
    assert (dropped["returns"], dropped["no_price"]) == (1, 1)


def test_a_list_of_sales_gets_its_quiet_days_at_the_price_before():
    rows = [row(0, 1000, 2), row(3, 900, 1), row(5, 900, 1, sku="B", promo=True)]
    sales, dropped = usable(rows)
    mine = sales.sku == 0
    assert (sales.day[mine] - MONDAY).tolist() == [0, 1, 2, 3, 4, 5]
    assert sales.units[mine].tolist() == [2, 0, 0, 1, 0, 0]
    assert sales.price[mine].tolist() == [1000, 1000, 1000, 900, 900, 900]
    assert sales.promo[mine].tolist() == [False] * 5 + [True]  # a promotion of the shop
    assert dropped["quiet_days"] == 4


def test_missing_days_stay_missing_where_the_file_tells_days_without_a_sale():
    sales, dropped = usable([row(0, units=2), row(1, units=0), row(9, units=1)])
    assert (sales.day - MONDAY).tolist() == [0, 1, 9]
    assert "quiet_days" not in dropped


def test_days_on_which_stock_ran_out_or_was_too_short_tell_nothing():
    days = [row(day, units=4, stock=50) for day in range(10)]
    short = [row(10, units=3, stock=3), row(11, units=0, stock=0), row(12, units=1, stock=5)]
    sales, dropped = usable([*days, *short, row(13, units=0, stock=40)])
    assert (sales.day - MONDAY).tolist() == [*range(10), 13]
    assert dropped["sold_out"] == 3


def test_a_history_without_a_usable_line_has_no_days():
    with history([row(0, price=0)]) as sales:
        assert list(sales.parts()) == []
        assert digest_sales(sales).days.tolist() == [0]


def test_the_order_of_the_lines_does_not_matter():
    rows = [row(day, 900 + day, day % 3, sku=sku) for day in range(20) for sku in "AB"]
    one, other = usable(rows)[0], usable(rows[::-1])[0]
    assert np.array_equal(one.units, other.units)
    assert np.array_equal(one.price, other.price)


def test_a_history_handed_out_in_many_parts_is_digested_as_in_one(monkeypatch):
    rows = shop([-1.0, -2.0, -3.0], days=60)
    with history(rows) as sales:
        whole = digest_sales(sales)
        monkeypatch.setattr(read_sales, "_AT_ONCE", 70)
        assert [len(part) for part in sales.parts()] == [60, 60, 60]
        parts = digest_sales(sales)
    for name in ("usual", "days", "units", "prices", "moved"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    for name in type(whole.cells).__slots__:
        assert np.array_equal(getattr(whole.cells, name), getattr(parts.cells, name))


@pytest.mark.parametrize(("revenue", "units", "price"), [("10.01", 2, 500), ("10.03", 2, 502)])
def test_money_by_pieces_is_a_price_to_the_even_cent(revenue, units, price, tmp_path):
    file = tmp_path / "sales.csv"
    file.write_text(f"date,sku_id,units,revenue\n2025-01-06,A,{units},{revenue}\n")
    with read_sales.open_sales(file) as sales:
        (part,) = sales.parts()
    assert part.price.tolist() == [price]
