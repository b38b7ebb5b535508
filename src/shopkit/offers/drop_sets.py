"""Where no single offer mends a floor: a smallest set of offers to drop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

import numpy as np

from shopkit.offers.catalogue import QUANTITIES, Amounts, Flags, Goods, final_prices
from shopkit.offers.model import LEVELS, Offer, Reading
from shopkit.offers.reductions import UNPAID

_MOST_TRIED = 4096  # sets for SKUs with the same offers; all subsets of a dozen

Set = tuple[int, ...]
"""Places of offers."""


def smallest_sets(
    goods: Goods,
    floors: Amounts,
    offers: Sequence[Offer],
    reading: Reading | None = None,
    quantities: Sequence[int] = QUANTITIES,
) -> list[tuple[Set, int]]:
    """For each SKU whose floor breaks the fewest offers to drop, and the final price then.

    Of sets of one size the one that costs the buyer least to lose. Nothing, and -1, where the
    price itself is under the floor. Every set is tried, size by size; where offers of one SKU
    make more than _MOST_TRIED sets of a size, coupons go first until the floor holds, and what
    need not have gone comes back: a set of which none can stay, if not surely the smallest.
    """
    found: list[tuple[Set, int]] = [((), -1)] * len(goods)
    for mine, where in _alike(goods, offers):
        part = goods.part(where)
        test = _Test(part, floors[where], offers, mine, reading, quantities)
        for place, answer in zip(where, test.answers(), strict=True):
            found[place] = answer
    return found


def _alike(goods: Goods, offers: Sequence[Offer]) -> Iterator[tuple[Set, Amounts]]:
    """SKUs that the same offers are for, with those offers, what is given up most readily first."""
    order = sorted(
        (place for place, one in enumerate(offers) if one.kind not in UNPAID),
        key=lambda place: (-LEVELS.index(offers[place].level), offers[place].id),
    )
    everyone = np.ones(len(goods), np.bool_)
    if not order:
        return
    covers = np.stack([goods.masks.get(offers[place].id, everyone) for place in order], axis=1)
    kinds, kind = np.unique(covers, axis=0, return_inverse=True)
    for number, row in enumerate(kinds):
        mine = tuple(place for place, is_in in zip(order, row, strict=True) if is_in)
        yield mine, np.flatnonzero(kind.reshape(-1) == number)


class _Test:
    """SKUs with the same offers; which of them hold without which of these."""

    def __init__(
        self,
        goods: Goods,
        floors: Amounts,
        offers: Sequence[Offer],
        mine: Set,
        reading: Reading | None,
        quantities: Sequence[int],
    ) -> None:
        self._goods, self._floors, self._mine = goods, floors, mine
        self._offers, self._reading, self._quantities = offers, reading, quantities
        self._sets: list[Set] = [()] * len(goods)
        self._then = np.full(len(goods), -1, np.int64)

    def answers(self) -> list[tuple[Set, int]]:
        """A set and the final price without it for each SKU."""
        for size in range(1, len(self._mine) + 1):
            if not self._open.any():
                break
            if comb(len(self._mine), size) > _MOST_TRIED:
                self._one_by_one()
                break
            self._try(combinations(self._mine, size))
        return list(zip(self._sets, self._then.tolist(), strict=True))

    @property
    def _open(self) -> Flags:
        """The SKUs that can be mended and are not yet."""
        return np.asarray((self._then < 0) & (self._goods.prices >= self._floors), np.bool_)

    def _try(self, sets: Iterator[Set]) -> None:
        """Give each open SKU the set of these that holds and leaves the lowest price."""
        where = np.flatnonzero(self._open)
        for one in sets:
            holds, worst = self._without(one, where)
            then = self._then[where]
            better = where[holds & ((then < 0) | (worst < then))]
            self._then[better] = worst[np.searchsorted(where, better)]
            for place in better:
                self._sets[place] = one

    def _one_by_one(self) -> None:
        for place in np.flatnonzero(self._open):
            alone = np.array([place])
            gone: Set = self._mine
            for one in reversed(self._mine):  # what is given up least readily comes back first
                rest = tuple(other for other in gone if other != one)
                if self._without(rest, alone)[0][0]:
                    gone = rest
            self._sets[place] = gone
            self._then[place] = self._without(gone, alone)[1][0]

    def _without(self, dropped: Set, where: Amounts) -> tuple[Flags, Amounts]:
        rest = [self._offers[place] for place in self._mine if place not in dropped]
        found = final_prices(self._goods.part(where), rest, self._reading, self._quantities)
        return found.holds(self._floors[where]), found.worst
