"""The choice of prices under limits on all of them, beside HiGHS: objective and CPU of both.

    python tests/benchmarks/price_optimum.py [--skus 2000] [--gap 1e-4] [--cases 1 2 3 4]

A catalogue whose best prices cost revenue: at most K SKUs change, revenue stays at a share of
today's. HiGHS (scipy.optimize.milp) gets the multiple-choice knapsack: a binary for each SKU and
undominated price, at most one a SKU, a row for the changes, a row for the revenue, scaled.
Presolve is off: its probing takes minutes on these 2,000 SKUs, the search without it seconds.
The bound is the Lagrangian one that ``choose`` gives: nothing whatever gains more.
"""

import argparse
import math
import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, vstack

from shopkit.offers.optimise import Options, choose, undominated


def catalogue(count: int, seed: int) -> tuple[Options, float]:
    """Prices on a grid of 0.1 within 20 % and above a margin of 15 %, and today's revenue.

    Like that of make_truth.py in ../shared/bench/tables but less elastic, so that revenue is at
    stake.
    """
    rng = np.random.default_rng([seed, 5])
    price = np.round(np.exp(rng.normal(3.5, 0.6, count)), 1)
    cost = price * rng.uniform(0.5, 0.84, count)
    units, elasticity = np.exp(rng.normal(1.2, 0.8, count)), rng.uniform(-3, -1.05, count)
    parts = []
    for sku in range(count):
        low = max(price[sku] * 0.8, cost[sku] / 0.85)
        grid = np.arange(math.ceil(low * 10), math.floor(price[sku] * 12) + 1) / 10
        sold = units[sku] * (grid / price[sku]) ** elasticity[sku]
        gain = (grid - cost[sku]) * sold - (price[sku] - cost[sku]) * units[sku]
        parts.append(np.stack([gain, grid * sold - price[sku] * units[sku]]))
    gain, revenue = np.concatenate(parts, 1)
    first = np.append(0, np.cumsum([part.shape[1] for part in parts]))
    return Options(first, gain, revenue, np.zeros(count, bool)), float((price * units).sum())


LIMITS = {1: (1.0, 0.98), 2: (0.25, 0.98), 3: (0.5, 1.0), 4: (0.1, 0.98)}
"""Case (and seed) -> the share of SKUs that may change, the share of revenue to keep."""


class Program:
    """The integer program of one choice, its figures scaled to about 1."""

    def __init__(self, options: Options, changes: int, least: float, revenue: float) -> None:
        kept = undominated(options)  # the same best choice, and fewer columns
        self.size, count = len(kept), len(options.must)
        self.unit = float(np.abs(options.gain[kept]).mean())
        self.cost = -options.gain[kept] / self.unit
        one_each = csr_matrix(
            (np.ones(self.size), (options.sku[kept], np.arange(self.size))), (count, self.size)
        )
        share = options.revenue[kept] / revenue * count
        sums = csr_matrix(np.stack([np.ones(self.size), -share]))
        self.rows = vstack([one_each, sums]).tocsr()
        self.most = np.append(np.ones(count), [changes, -least / revenue * count])

    def best(self, gap: float, limit: float) -> tuple[float, float]:
        """The gain that HiGHS finds (nan: none in the time), and how far off it may be."""
        found = milp(
            self.cost,
            constraints=LinearConstraint(self.rows, -np.inf, self.most),
            integrality=np.ones(self.size),
            bounds=Bounds(0, 1),
            options={"time_limit": limit, "mip_rel_gap": gap, "presolve": False},
        )
        if found.x is None:
            return math.nan, math.nan
        return -float(found.fun) * self.unit, float(found.mip_gap)


def timed(work, *given):
    """What a call gives, and its CPU seconds."""
    begun = time.process_time()
    found = work(*given)
    return found, time.process_time() - begun


def main() -> None:
    """Print a line for each pair of limits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--skus", type=int, default=2000)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--limit", type=float, default=600)
    parser.add_argument("--cases", type=int, nargs="*", default=[1, 2, 3, 4])
    asked = parser.parse_args()
    print("seed, K, revenue kept, prices; gain and CPU s of shopkit, of HiGHS; ratios")
    for seed in asked.cases:
        share, kept = LIMITS[seed]
        options, revenue = catalogue(asked.skus, seed)
        changes, least = int(asked.skus * share), -(1 - kept) * revenue
        program = Program(options, changes, least, revenue)
        mine, spent = timed(
            lambda o=options, c=changes, r=least: choose(o, most_changes=c, least_revenue=r)
        )
        assert mine.revenue >= least and (mine.option >= 0).sum() <= changes
        (theirs, off), spent_there = timed(program.best, asked.gap, asked.limit)
        print(
            f"{seed} {changes:>5} {kept:.2f} {len(options.gain):>7}:"
            f" {mine.gain:10.2f} {spent:.2f} s;"
            f" HiGHS {theirs:10.2f} {spent_there:.2f} s, gap {off:.1e};"
            f" {mine.gain / theirs:.6f} of HiGHS, {mine.gain / mine.bound:.6f} of the bound",
            flush=True,
        )


if __name__ == "__main__":
    main()
