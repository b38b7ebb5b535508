"""Floors that hold after every stacked promotion, and what to change where one does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from shopkit.offers.catalogue import (
    QUANTITIES,
    Amounts,
    Case,
    Flags,
    Goods,
    final_prices,
)
from shopkit.offers.model import LEVELS, Offer, Reading
from shopkit.values import WHOLE

_YUAN = 100
Cost = TypeVar("Cost", int, Amounts)


@dataclass(frozen=True, slots=True)
class FloorCheck:
    """What each SKU costs at least and whether that is enough; one entry a SKU.

    ``final``: a piece in the worst case, ``case``: which (index into ``cases``). ``drop``: index
    of the offer whose removal alone mends a SKU (-1: none does, or none is needed), ``then``: the
    final without it. ``face``: the largest value of that offer in whole yuan (minor units) that
    still fits; -1 where the offer is not an amount.
    """

    final: Amounts
    floors: Amounts
    holds: Flags
    case: Amounts
    cases: tuple[Case, ...]
    drop: Amounts
    then: Amounts
    face: Amounts


def floor_price(cost: Cost, fee: int, margin: int) -> Cost:
    """The price that leaves ``margin`` after ``fee`` (both ppm of the price), in minor units.

    cost / (1 - fee - margin), rounded up: 180.00 at 5 % and 20 % is 240.00. Raises ValueError
    where fee and margin leave nothing to pay the cost from.
    """
    left = WHOLE - fee - margin
    if left <= 0:
        raise ValueError("fee and margin take all")
    return -(-cost * WHOLE // left)


def check(
    goods: Goods,
    floors: Amounts,
    offers: Sequence[Offer],
    reading: Reading | None = None,
    quantities: Sequence[int] = QUANTITIES,
) -> FloorCheck:
    """Test every SKU against its floor over all readings, quantities and sets of coupons.

    Where one falls below, the offer named is the one that costs the buyer least to lose.
    """
    found = final_prices(goods, offers, reading, quantities)
    holds = found.holds(floors)
    drop, then, face = (np.full(len(goods), -1, np.int64) for _ in range(3))
    short = np.flatnonzero(~holds)
    if len(short):
        part = goods.part(short)
        drop[short], then[short] = _to_drop(part, floors[short], offers, reading, quantities)
        for place, one in enumerate(offers):
            mine = drop[short] == place
            if one.kind == "minus" and len(one.tiers) == 1 and mine.any():
                found_face = _largest(
                    part.part(mine), floors[short][mine], one, offers, reading, quantities
                )
                face[short[mine]] = found_face
    return FloorCheck(found.worst, floors, holds, found.worst_case, found.cases, drop, then, face)


def _readily(offer: Offer) -> tuple[int, str]:
    """What a shop gives up most readily comes first: its coupons, last the platform's own."""
    return -LEVELS.index(offer.level), offer.id


def _to_drop(
    goods: Goods,
    floors: Amounts,
    offers: Sequence[Offer],
    reading: Reading | None,
    quantities: Sequence[int],
) -> tuple[Amounts, Amounts]:
    """The offer to drop for each SKU, and the final price without it."""
    drop, then = np.full(len(goods), -1, np.int64), np.full(len(goods), -1, np.int64)
    for place in sorted(range(len(offers)), key=lambda place: _readily(offers[place])):
        one = offers[place]
        if one.kind in ("gift", "free_post"):
            continue
        rest = [other for other in offers if other.id != one.id]
        found = final_prices(goods, rest, reading, quantities)
        better = found.holds(floors) & ((drop < 0) | (found.worst < then))
        drop[better], then[better] = place, found.worst[better]
    return drop, then


def _largest(
    goods: Goods,
    floors: Amounts,
    offer: Offer,
    offers: Sequence[Offer],
    reading: Reading | None,
    quantities: Sequence[int],
) -> Amounts:
    """The largest value in whole yuan with which every SKU's floor holds, 0 where none does.

    By bisection: taking less off never makes the price lower, but for stack groups and
    exclusions, where less of one may let another in; so what is found is tried once more.
    """

    def fitting(values: Amounts) -> Flags:
        tried = final_prices(goods.valued(offer.id, values), offers, reading, quantities)
        return tried.holds(floors)

    low = np.zeros(len(goods), np.int64)
    high = np.full(len(goods), offer.tiers[0].value // _YUAN, np.int64)
    while bool((low < high).any()):
        middle = (low + high + 1) // 2
        fits = fitting(middle * _YUAN)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle - 1)
    found = low * _YUAN
    return np.where(fitting(found), found, 0)
