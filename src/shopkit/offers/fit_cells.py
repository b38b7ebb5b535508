"""A history as the fit counts it: days of a SKU with one price, fortnight and promotion."""

from __future__ import annotations

import numpy as np

from shopkit.offers.arrays import Floats, summed
from shopkit.offers.poisson import Cells
from shopkit.offers.sales import Sales

_FORTNIGHT = 14


def usual_price(sales: Sales) -> Floats:
    """Each SKU's mean log price (natural log of minor units), counted by days."""
    count = len(sales.skus)
    days = np.bincount(sales.sku, minlength=count)
    return summed(sales.sku, np.log(sales.price), count) / np.maximum(days, 1)


def fit_cells(sales: Sales, usual: Floats) -> Cells:
    """Sum days that share SKU, fortnight, promotion and price (to the minor unit)."""
    if not len(sales.day):
        none = np.zeros(0)
        return Cells(none.astype(np.int64), none.astype(np.int64), none, none, none, none)
    period = (sales.day - sales.day.max() - 1) // _FORTNIGHT
    period -= period.min()
    price = np.round(sales.price).astype(np.int64)
    order = np.lexsort((price, sales.promo, period, sales.sku))
    key = np.stack([sales.sku, period, sales.promo.astype(np.int64), price])[:, order]
    new = np.append(True, (key[:, 1:] != key[:, :-1]).any(0))
    place = np.cumsum(new) - 1
    sku, period, promo, price = key[:, new]
    return Cells(
        sku,
        period,
        promo.astype(np.float64),
        np.log(np.maximum(price, 1)) - usual[sku],
        summed(place, _weekday_weight(sales)[order], int(new.sum())),
        summed(place, sales.units[order], int(new.sum())),
    )


def _weekday_weight(sales: Sales) -> Floats:
    """How much of a usual day each day counts for: a shop's weekdays sell differently."""
    weekday = (sales.day + 3) % 7  # 1970-01-01 was a Thursday
    days = np.bincount(weekday, minlength=7)
    units = summed(weekday, sales.units, 7)
    mean = max(float(units.sum() / max(days.sum(), 1)), 1e-9)
    index = (units + mean * 7) / ((days + 7) * mean)  # a week's worth of the usual beside it
    return np.asarray(index[weekday])
