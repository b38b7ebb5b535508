"""Sales as files have them: several lines a day, returns, gaps, days on which stock ran out."""

import numpy as np

from shopkit.offers.sales import NOT_TOLD, daily_sales
from tests.offers.sales_world import MONDAY, lines


def row(day, price=1000, units=1, *, sku="A", promo=False, stock=NOT_TOLD):
    return (sku, "C", day, price, units, promo, stock)


def test_lines_of_a_day_are_one_day_at_the_mean_price_paid():
    sales = daily_sales(lines([row(0, 1000, 3), row(0, 800, 1, promo=True), row(1, 1000, 0)]))
    assert sales.units.tolist() == [4, 0]
    assert sales.price.tolist() == [950, 1000]
    assert sales.promo.tolist() == [True, False]


def test_returns_and_lines_without_a_price_are_left_out_and_counted():
    sales = daily_sales(
        lines([row(0, units=5), row(0, units=-2), row(1, price=0), row(2, units=0)])
    )
    assert sales.units.tolist() == [5, 0]
    assert (sales.dropped["returns"], sales.dropped["no_price"]) == (1, 1)


def test_a_list_of_sales_gets_its_quiet_days_at_the_price_before():
    rows = [row(0, 1000, 2), row(3, 900, 1), row(5, 900, 1, sku="B", promo=True)]
    sales = daily_sales(lines(rows))
    mine = sales.sku == 0
    assert (sales.day[mine] - MONDAY).tolist() == [0, 1, 2, 3, 4, 5]
    assert sales.units[mine].tolist() == [2, 0, 0, 1, 0, 0]
    assert sales.price[mine].tolist() == [1000, 1000, 1000, 900, 900, 900]
    assert sales.promo[mine].tolist() == [False] * 5 + [True]  # a promotion of the shop
    assert sales.dropped["quiet_days"] == 4


def test_missing_days_stay_missing_where_the_file_tells_days_without_a_sale():
    sales = daily_sales(lines([row(0, units=2), row(1, units=0), row(9, units=1)]))
    assert (sales.day - MONDAY).tolist() == [0, 1, 9]
    assert "quiet_days" not in sales.dropped


def test_days_on_which_stock_ran_out_or_was_too_short_tell_nothing():
    days = [row(day, units=4, stock=50) for day in range(10)]
    short = [row(10, units=3, stock=3), row(11, units=0, stock=0), row(12, units=1, stock=5)]
    sales = daily_sales(lines([*days, *short, row(13, units=0, stock=40)]))
    assert (sales.day - MONDAY).tolist() == [*range(10), 13]
    assert sales.dropped["sold_out"] == 3


def test_an_empty_file_is_an_empty_history():
    sales = daily_sales(lines([], skus=["A"]))
    assert len(sales.day) == 0


def test_the_order_of_the_lines_does_not_matter():
    rows = [row(day, 900 + day, day % 3, sku=sku) for day in range(20) for sku in "AB"]
    one, other = daily_sales(lines(rows)), daily_sales(lines(rows[::-1]))
    assert np.array_equal(one.units, other.units)
    assert np.array_equal(one.price, other.price)
