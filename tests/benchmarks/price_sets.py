"""Sales histories with known elasticities that are harder than those of ../shared/bench/tables.

The world is theirs (Poisson sales, seasons of a category, prices that half follow demand, stock
that runs out, promotion days); each set changes one thing that real shops do.
"""

import csv
import json
import math
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

FIRST_DAY = date(2025, 1, 6)
CATEGORIES = 8


@dataclass(frozen=True)
class World:
    """What is unusual in a set."""

    skus: int = 200
    days: int = 365
    changes_every: float = 21  # days between price changes
    shock: float = 0.15  # sd of a day's demand (log) beyond Poisson
    volume: float = 1.2  # log of the median units a day
    restock: int = 400
    drift: float = 0.0  # sd of a SKU's random walk, log a day
    by_category: bool = False  # elasticities hang on the category
    weekend: float = 0.0  # log of the weekend over other days
    frozen: float = 0.0  # share of SKUs whose price never changes
    list_of_sales: bool = False  # days without a sale have no row, promo and stock are not told


WORLDS = {
    "few changes": World(changes_every=90),
    "short history": World(days=120),
    "rough demand": World(shock=0.5),
    "slow sellers": World(volume=-0.7),
    "small stocks": World(restock=25),
    "drifting SKUs": World(drift=0.03),
    "by category": World(by_category=True, volume=-0.3, changes_every=60),
    "weekends": World(weekend=0.6),
    "frozen prices": World(frozen=0.4),
    "list of sales": World(list_of_sales=True, volume=-0.3),
}


def make_set(out: Path, world: World, seed: int) -> None:
    """Write sales_history.csv, catalogue.csv and truth.json (the part on prices) to ``out``."""
    rng = np.random.default_rng([seed, 77])
    n = world.skus
    category = rng.integers(0, CATEGORIES, n)
    elasticity = _elasticities(rng, world, category)
    list_price = np.round(np.exp(rng.normal(4.5, 0.6, n)), 1)
    cost = list_price * rng.uniform(0.35, 0.75, n)
    base = np.exp(rng.normal(world.volume, 0.8, n))
    phase = rng.uniform(0, 6.28, CATEGORIES)
    frozen = rng.random(n) < world.frozen
    price, stock, level = list_price.copy(), np.full(n, float(world.restock)), np.zeros(n)
    rows = []
    for day in range(world.days):
        season = 0.35 * np.sin(2 * np.pi * day / 365 + phase[category])
        changes = (rng.random(n) < 1 / world.changes_every) & ~frozen
        price = np.where(changes, _new_price(rng, list_price, season), price)
        level += rng.normal(0, 1, n) * world.drift
        promo = abs(day - 309) <= 2 or abs(day - 168) <= 2
        calendar = 0.9 * promo + world.weekend * ((day % 7) >= 5)
        curve = elasticity * np.log(price / list_price) + season + level + calendar
        wanted = rng.poisson(base * np.exp(curve + rng.normal(0, world.shock, n)))
        units = np.minimum(wanted, stock).astype(int)
        told = (FIRST_DAY + timedelta(days=day)).isoformat()
        for sku in range(n):
            if units[sku] or not world.list_of_sales:
                cells = [told, f"K{sku:04d}", f"C{category[sku]}", f"{price[sku]:.2f}", units[sku]]
                rows.append(cells if world.list_of_sales else [*cells, int(promo), int(stock[sku])])
        restocked = rng.random(n) < 1 / 30
        stock = np.where(restocked, world.restock, stock - units)
    header = ["date", "sku", "category", "price", "units"]
    _write(
        out / "sales_history.csv",
        header + ([] if world.list_of_sales else ["promo", "stock"]),
        rows,
    )
    season = 0.35 * np.sin(2 * np.pi * (world.days + 14) / 365 + phase[category]) + level
    _write_goods(out, (category, price, cost, list_price, base, elasticity, season))


def _elasticities(rng, world, category):
    if world.by_category:
        means = rng.uniform(-4, -0.8, CATEGORIES)
        return np.minimum(means[category] + rng.normal(0, 0.3, world.skus), -0.2)
    inelastic = rng.random(world.skus) < 0.15
    elastic = -np.exp(rng.normal(0.75, 0.35, world.skus)).clip(1.1, 5)
    return np.where(inelastic, rng.uniform(-1.0, -0.4, world.skus), elastic)


def _new_price(rng, list_price, season):
    n = len(list_price)
    free = rng.choice([0.8, 0.85, 0.9, 0.95, 1, 1.05], n)
    following = np.clip(1 + 0.35 * season + rng.normal(0, 0.05, n), 0.75, 1.1)
    return np.round(list_price * np.where(rng.random(n) < 0.5, free, following), 1)


def _write_goods(out, world):
    """The catalogue, and what the scorer knows: demand and the best price inside the rules."""
    category, price, cost, list_price, base, elasticity, season = world
    floor = np.round(np.ceil(cost / 0.85 * 10) / 10, 2)
    best, now, most = {}, 0.0, 0.0
    for sku in range(len(price)):
        low, high = max(floor[sku], price[sku] * 0.8), price[sku] * 1.2
        grid = np.arange(math.ceil(low * 10), math.floor(high * 10) + 1) / 10
        grid = grid if len(grid) else np.array([max(price[sku], floor[sku])])

        def profit(p, sku=sku):
            curve = elasticity[sku] * np.log(p / list_price[sku]) + season[sku]
            return (p - cost[sku]) * base[sku] * np.exp(curve)

        best[f"K{sku:04d}"] = float(grid[profit(grid).argmax()])
        now += float(profit(price[sku]))
        most += float(profit(grid).max())
    names = list(best)
    goods = zip(names, category, price, cost, floor, strict=True)
    rows = [[s, f"C{c}", f"{p:.2f}", f"{k:.2f}", f"{f:.2f}"] for s, c, p, k, f in goods]
    _write(out / "catalogue.csv", ["sku", "category", "price", "cost", "floor_price"], rows)
    facts = ("base", "p0", "cost", "season", "last", "floor")
    figures = np.stack([base, list_price, cost, season, price, floor], 1).tolist()
    truth = {
        "elasticity": dict(zip(names, elasticity.tolist(), strict=True)),
        "demand": {
            s: dict(zip(facts, row, strict=True)) for s, row in zip(names, figures, strict=True)
        },
        "best_price": best,
        "profit_now": now,
        "profit_best": most,
    }
    (out / "truth.json").write_text(json.dumps({"price": truth}), encoding="utf-8")


def _write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
