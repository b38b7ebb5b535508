"""A million SKUs under twelve offers beside a bare numpy pass over the same columns.

    python tests/benchmarks/engine.py [--skus 1000000] [--rounds 3]

The engine works every SKU out in all cases (two threshold bases, two roundings, one to three
pieces) and over every set of coupons, and keeps the least. The bare pass is what a script without
an engine would do: the same twelve offers one after the other, in one case, with one coupon. Both
in this process, in turns; CPU seconds, the best of the rounds; a sample is held against the
basket's engine.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from shopkit.offers.catalogue import Goods, final_prices, masks_for
from shopkit.offers.model import BasketLine, Offer, Scope, Tier
from shopkit.offers.stacking import quote

SAMPLE = 200


def offers() -> list[Offer]:
    """An official reduction, four of the item, three of the shop, a platform's, three coupons."""

    def tagged(tag: str) -> Scope:
        return Scope(tags=frozenset({tag}))

    return [
        Offer("official", "official", "percent", (Tier(120_000),)),
        Offer("new", "item", "minus", (Tier(1_000),), scope=tagged("new")),
        Offer("sale", "item", "percent", (Tier(50_000),), scope=tagged("sale")),
        Offer("old", "item", "minus", (Tier(2_000),), scope=tagged("old")),
        Offer("last", "item", "percent", (Tier(100_000),), scope=tagged("last")),
        Offer("300-30", "shop", "minus", (Tier(3_000, amount=30_000),)),
        Offer("ladder", "shop", "minus", (Tier(500, 10_000), Tier(2_500, 25_000)),
              scope=tagged("new")),
        Offer("2 pieces", "shop", "percent", (Tier(100_000, count=2),), scope=tagged("old")),
        Offer("each", "platform", "minus", (Tier(5_000, amount=30_000),), each_per=True),
        Offer("c5", "coupon", "minus", (Tier(500, amount=5_000),), stack_group="c"),
        Offer("c20", "coupon", "minus", (Tier(2_000, amount=19_900),), stack_group="c"),
        Offer("c60", "coupon", "minus", (Tier(6_000, amount=59_900),), stack_group="c"),
    ]  # fmt: skip


def bare(prices, masks):
    """The same offers by hand: one reading, one piece (so none for two), the best coupon."""
    now = prices - prices * 120_000 // 1_000_000
    now = now - 1_000 * masks["new"]
    now = now - now * 50_000 // 1_000_000 * masks["sale"]
    now = now - 2_000 * masks["old"]
    now = now - now * 100_000 // 1_000_000 * masks["last"]
    now = now - 3_000 * (now >= 30_000)
    ladder = np.where(now >= 25_000, 2_500, np.where(now >= 10_000, 500, 0))
    now = now - ladder * masks["new"]
    now = now - now // 30_000 * 5_000
    coupon = np.where(now >= 59_900, 6_000, np.where(now >= 19_900, 2_000, 500 * (now >= 5_000)))
    return np.maximum(now - coupon, 0)


def least(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds of the best round."""
    spent = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--skus", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    prices = rng.integers(1_000, 90_000, given.skus)
    kinds = [frozenset({tag}) for tag in ("new", "sale", "old", "last")] + [frozenset()]
    tags = [kinds[place] for place in rng.integers(0, len(kinds), given.skus)]
    sheet = offers()
    skus = np.array([str(number) for number in range(given.skus)], object)
    begun = time.process_time()
    masks = masks_for(sheet, skus, skus, tags)
    scoping = time.process_time() - begun
    goods = Goods(prices, masks)
    by_hand = least(lambda: bare(prices, masks), given.rounds)
    engine = least(lambda: final_prices(goods, sheet), given.rounds)
    found = final_prices(goods, sheet)
    cases = len(found.cases)
    print(f"{given.skus} SKUs x {len(sheet)} offers x {cases} cases x {len(found.choices)} sets")
    print(f"scopes {scoping:.2f} s; engine {engine:.2f} s; bare pass of one case {by_hand:.3f} s")
    print(f"ratio {engine / by_hand:.1f}, a case {engine / cases / by_hand:.2f}")
    for place in rng.integers(0, given.skus, SAMPLE):
        for row, case in enumerate(found.cases):
            line = BasketLine(
                str(place), int(prices[place]), case.quantity, str(place), tags[place]
            )
            total = quote([line], sheet, case.assumption).total
            assert total == found.totals[row, place], (place, str(case))
    print(f"{SAMPLE} SKUs in every case: the same as the basket's engine")


if __name__ == "__main__":
    main()
