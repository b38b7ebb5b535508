"""Sales with a known elasticity, for tests: what a shop would have written down."""

import numpy as np

from shopkit.offers.sales import NOT_TOLD, SalesLines

MONDAY = 20_094  # 2025-01-06


def lines(rows, *, skus=None):
    """Lines of a file from (sku, category, day, price in cents, units, promo, stock)."""
    names = skus or sorted({row[0] for row in rows})
    kinds = sorted({row[1] for row in rows})
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    return SalesLines(
        skus=names,
        categories=kinds,
        sku=np.array([names.index(name) for name in columns[0]], np.int64),
        category=np.array([kinds.index(name) for name in columns[1]], np.int64),
        day=np.array(columns[2], np.int64) + MONDAY,
        price=np.array(columns[3], np.int64),
        units=np.array(columns[4], np.float64),
        promo=np.array(columns[5], np.bool_),
        stock=np.array(columns[6], np.int64),
    )


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
