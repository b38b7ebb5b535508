"""Sales with a known elasticity, for tests: what a shop would have written down."""

from contextlib import contextmanager

import numpy as np
import pandas as pd

from shopkit.offers.read_sales import open_sales
from shopkit.offers.sales import NOT_TOLD

MONDAY = 20_094  # 2025-01-06


@contextmanager
def history(rows):
    """A history read from rows of (sku, category, day, price in cents, units, promo, stock)."""
    names = ("sku_id", "category", "date", "price", "units", "promo", "stock")
    table = pd.DataFrame(rows, columns=names, dtype=object)
    table["date"] = [str(np.datetime64("2025-01-06") + int(day)) for day in table["date"]]
    table["price"] = [f"{price / 100:.2f}" for price in table["price"]]
    table["promo"] = [str(int(promo)) for promo in table["promo"]]
    table["stock"] = ["" if stock == NOT_TOLD else stock for stock in table["stock"]]
    with open_sales(table.astype(str)) as found:
        yield found


def shop(elasticities, *, seed=1, days=280, base=6.0, season=0.0, stock=NOT_TOLD, moves=True):
    """Rows of SKUs K00, K01, ... in one category whose prices step through 80-110 of 100 yuan.

    ``season``: amplitude of a yearly wave that the price follows, as shops do when demand is weak.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number, elasticity in enumerate(elasticities):
        price = 10_000
        for day in range(days):
            wave = season * np.sin(2 * np.pi * day / 365)
            if moves and day % 9 == number % 9:
                free = rng.choice([8_000, 9_000, 9_500, 10_000, 11_000])
                price = int(free if not season else 10_000 * (1 + wave) + rng.integers(-400, 400))
            mean = base * (price / 10_000) ** elasticity * np.exp(wave)
            rows.append((f"K{number:02d}", "C", day, price, int(rng.poisson(mean)), False, stock))
    return rows
