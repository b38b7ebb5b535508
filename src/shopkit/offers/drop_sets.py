"""Where no single offer mends a floor: a smallest set of offers to drop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

import numpy as np

from shopkit.offers.catalogue import QUANTITIES, Amounts, Flags, Goods, final_prices
from shopkit.offers.model import LEVELS, Offer, Reading
from shopkit.offers.reductions import UNPAID

_MOST_TRIED = 4096  # sets in all; one takes a few milliseconds for the SKUs with the same offers

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
    price itself is under the floor. All sets are tried, small ones first and for the offers of
    many SKUs first; where that would be more than _MOST_TRIED, all offers go and those come back
    that can, what is given up least readily first: a set of which none can stay, if not surely
    the smallest.
    """
    found: list[tuple[Set, int]] = [((), -1)] * len(goods)
    left = _MOST_TRIED
    for mine, where in _alike(goods, offers):
        test = _Test(goods.part(where), floors[where], offers, mine, reading, quantities)
        left -= test.search(left)
        for place, answer in zip(where, test.answers, strict=True):
            found[place] = answer
    return found


def _alike(goods: Goods, offers: Sequence[Offer]) -> Iterator[tuple[Set, Amounts]]:
    """SKUs that the same offers are for, with those offers, what is given up most readily first.

    Most SKUs first.
    """
    order = sorted(
        (place for place, one in enumerate(offers) if one.kind not in UNPAID),
        key=lambda place: (-LEVELS.index(offers[place].level), offers[place].id),
    )
    everyone = np.ones(len(goods), np.bool_)
    if not order:
        return
    covers = np.stack([goods.masks.get(offers[place].id, everyone) for place in order], axis=1)
    kinds, kind, counts = np.unique(covers, axis=0, return_inverse=True, return_counts=True)
    for number in np.argsort(-counts, kind="stable"):
        mine = tuple(place for place, is_in in zip(order, kinds[number], strict=True) if is_in)
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

    @property
    def answers(self) -> list[tuple[Set, int]]:
        """A set and the final price without it for each SKU."""
        return list(zip(self._sets, self._then.tolist(), strict=True))

    def search(self, most: int) -> int:
        """Find the sets, trying all of a size while there are no more than ``most``; how many."""
        tried = 0
        for size in range(1, len(self._mine) + 1):
            if not self._open.any():
                break
            if tried + comb(len(self._mine), size) > most:
                self._take_back()
                break
            tried += comb(len(self._mine), size)
            self._try(combinations(self._mine, size))
        return tried

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

    def _take_back(self) -> None:
        """Drop all, then take back what can be."""
        where = np.flatnonzero(self._open)
        gone = {self._mine: where}  # a set, and the SKUs that have come to it
        for one in reversed(self._mine):
            then: dict[Set, Amounts] = {}
            for dropped, places in gone.items():
                rest = tuple(other for other in dropped if other != one)
                holds = self._without(rest, places)[0]
                for key, part in ((rest, places[holds]), (dropped, places[~holds])):
                    if len(part):
                        then[key] = np.append(then.get(key, part[:0]), part)
            gone = then
        for dropped, places in gone.items():
            self._then[places] = self._without(dropped, places)[1]
            for place in places:
                self._sets[place] = dropped

    def _without(self, dropped: Set, where: Amounts) -> tuple[Flags, Amounts]:
        rest = [self._offers[place] for place in self._mine if place not in dropped]
        found = final_prices(self._goods.part(where), rest, self._reading, self._quantities)
        return found.holds(self._floors[where]), found.worst
