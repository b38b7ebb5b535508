"""Every SKU of a catalogue under a set of offers at once: the same prices as stacking.quote.

goods = Goods(prices, masks_for(offers, item_ids, sku_ids, tags))
found = final_prices(goods, offers, reading)
found.holds(floors)          # does every quantity under every reading stay at or above the floor?

All arrays are int64 minor units, one entry a SKU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopkit.offers.choices import Choice, choices_of, order_of_groups
from shopkit.offers.model import Assumption, Level, Offer, Reading
from shopkit.offers.reductions import (
    OFFICIAL_EXACT_BELOW,
    UNPAID,
    YUAN,
    excluded,
    off_each_piece,
)
from shopkit.values import WHOLE

Amounts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.uint16]
QUANTITIES = (1, 2, 3)
_CHUNK = 1 << 15  # SKUs at a time: what a step touches stays in the processor's cache
_FITS = (1 << 62) // WHOLE  # amounts whose product with a share is an int64
_FEW = 16  # a set of coupons that fewer than one SKU in so many can use is tried for those alone


@dataclass(frozen=True, slots=True)
class Goods:
    """SKUs as columns. ``masks``: offer id -> who is in its scope; no entry: everyone is.

    ``values``: offer id -> a value for each SKU in place of its lowest tier's (to search for the
    largest face that fits).
    """

    prices: Amounts
    masks: Mapping[str, Flags]
    values: Mapping[str, Amounts] | None = None

    def __len__(self) -> int:
        return len(self.prices)

    def part(self, where: slice | Amounts | Flags) -> Goods:
        """Some of the SKUs."""
        masks = {key: mask[where] for key, mask in self.masks.items()}
        values = {key: value[where] for key, value in (self.values or {}).items()}
        return Goods(self.prices[where], masks, values)

    def anyone(self, *offers: Offer) -> bool:
        """Whether any SKU is in the scope of all these offers."""
        where = self.covered(offers)
        return where is None or bool(where.any())

    def covered(self, offers: Sequence[Offer]) -> Flags | None:
        """Who is in the scope of all these offers; None: everyone."""
        masks = [self.masks[one.id] for one in offers if one.id in self.masks]
        return np.logical_and.reduce(masks) if masks else None

    def valued(self, offer: str, values: Amounts) -> Goods:
        """The same goods with another value of an offer for each."""
        return Goods(self.prices, self.masks, {**(self.values or {}), offer: values})


@dataclass(frozen=True, slots=True)
class Case:
    """One reading of the rules at one quantity."""

    assumption: Assumption
    quantity: int

    def __str__(self) -> str:
        return f"{self.quantity} x {self.assumption}"


@dataclass(frozen=True, slots=True)
class FinalPrices:
    """What the buyer pays at least. ``totals``: (cases, SKUs), for ``quantity`` pieces each.

    ``chosen``: (cases, SKUs) the coupons that it takes, an index into ``choices`` (their ids).
    """

    cases: tuple[Case, ...]
    totals: Amounts
    choices: tuple[tuple[str, ...], ...]
    chosen: Indices

    @property
    def each(self) -> Amounts:
        """(cases, SKUs) a piece, rounded down: nothing sounds dearer than it is."""
        counts = np.array([case.quantity for case in self.cases], np.int64)
        return self.totals // counts[:, None]

    @property
    def worst(self) -> Amounts:
        """The least a piece can cost."""
        return np.asarray(self.each.min(axis=0), np.int64)

    @property
    def worst_case(self) -> Amounts:
        """Which case that is (index into ``cases``; the first of equal ones)."""
        return np.asarray(self.each.argmin(axis=0), np.int64)

    def holds(self, floors: Amounts) -> Flags:
        """Whether every quantity under every reading brings at least the floor a piece."""
        return np.asarray(self.short(floors) <= 0, np.bool_)

    def short(self, floors: Amounts) -> Amounts:
        """How far a piece falls below its floor in the worst case, rounded up; 0 or less: not."""
        gaps = [
            -((total - case.quantity * floors) // case.quantity)
            for case, total in zip(self.cases, self.totals, strict=True)
        ]
        return np.asarray(np.maximum.reduce(gaps), np.int64)


def masks_for(
    offers: Sequence[Offer],
    items: Sequence[str] | NDArray[np.object_],
    skus: Sequence[str] | NDArray[np.object_],
    tags: Sequence[frozenset[str]] | None = None,
) -> dict[str, Flags]:
    """Who is in the scope of each offer, from the ids and tags of the SKUs."""
    item_ids, sku_ids = np.asarray(items, dtype=object), np.asarray(skus, dtype=object)
    masks = {}
    for one in offers:
        scope = one.scope
        inside = np.full(len(sku_ids), scope.whole_shop)
        if not scope.whole_shop:
            inside = _among(item_ids, scope.items) | _among(sku_ids, scope.skus)
            if scope.tags and tags is not None:
                inside |= np.fromiter((bool(own & scope.tags) for own in tags), np.bool_, len(tags))
        left_out = _among(item_ids, scope.without) | _among(sku_ids, scope.without)
        masks[one.id] = inside & ~left_out
    return masks


def cases_of(
    reading: Reading, offers: Sequence[Offer], quantities: Sequence[int] = QUANTITIES
) -> tuple[Case, ...]:
    """The readings that can make a difference for these offers, at each quantity."""
    thresholds = any(tier.amount for one in offers for tier in one.tiers)
    official = any(one.level == "official" and one.kind == "percent" for one in offers)
    bases = reading.bases if thresholds else reading.bases[:1]
    officials = reading.officials if official else reading.officials[:1]
    told = [Assumption(basis, rounding) for basis in bases for rounding in officials]
    return tuple(Case(assumed, quantity) for quantity in quantities for assumed in told)


def final_prices(
    goods: Goods,
    offers: Sequence[Offer],
    reading: Reading | None = None,
    quantities: Sequence[int] = QUANTITIES,
) -> FinalPrices:
    """The least that a buyer pays for so many pieces of one SKU, in every case.

    Raises UsageFault for more sets of coupons than can be tried.
    """
    read = reading or Reading()
    paid = [one for one in offers if one.kind not in UNPAID]
    cases = cases_of(read, paid, quantities)
    totals = np.empty((len(cases), len(goods)), np.int64)
    chosen = np.zeros((len(cases), len(goods)), np.uint16)
    levels = _Levels.of(paid, read.levels, goods)
    for start in range(0, len(goods), _CHUNK):
        part = slice(start, start + _CHUNK)
        chunk = goods.part(part)
        for row, case in enumerate(cases):
            totals[row, part], chosen[row, part] = _cheapest(chunk, levels, case)
    ids = tuple(tuple(one.id for one in choice) for choice in levels.choices)
    return FinalPrices(cases, totals, ids, chosen)


def _among(ids: NDArray[np.object_], wanted: frozenset[str]) -> Flags:
    if not wanted:
        return np.zeros(len(ids), np.bool_)
    return np.fromiter((one in wanted for one in ids), np.bool_, len(ids))


@dataclass(frozen=True, slots=True)
class _Levels:
    """The offers as they are worked out: before the coupons, sets of coupons, after them."""

    before: list[list[Offer]]
    choices: list[Choice]
    after: list[list[Offer]]

    @classmethod
    def of(cls, offers: Sequence[Offer], levels: Sequence[Level], goods: Goods) -> _Levels:
        cut = levels.index("coupon") if "coupon" in levels else len(levels)
        each = [[one for one in offers if one.level == level] for level in levels]
        held = each[cut] if cut < len(levels) else []

        def together(one: Offer, other: Offer) -> bool:
            return not excluded(one, other) and goods.anyone(one, other)

        choices = choices_of([one for one in held if goods.anyone(one)], together)
        return cls(each[:cut], choices, each[cut + 1 :])


def _cheapest(goods: Goods, levels: _Levels, case: Case) -> tuple[Amounts, Indices]:
    """The lowest totals over all sets of coupons, and which set that is."""
    till = _Till(goods, case)
    for level in levels.before:
        till.take(level)
    best, chosen = till.now, np.zeros(len(goods), np.uint16)
    for index, choice in enumerate(levels.choices):
        where = goods.covered(choice)
        count = len(goods) if where is None else np.count_nonzero(where)
        if not count:
            continue
        if count * _FEW > len(goods):
            where = None  # to the others it makes no difference
        tried = till.part(where)
        for level in [list(choice), *levels.after]:
            tried.take(level)
        if index == 0:
            best = tried.now
            continue
        if where is None:
            less = tried.now < best
            np.minimum(best, tried.now, out=best)
        else:
            less, place = where, np.flatnonzero(where)
            less[place] = tried.now < best[place]
            best[place] = np.minimum(best[place], tried.now)
        np.maximum(chosen, less * np.uint16(index), out=chosen)  # the index only rises
    return best, chosen


class _Till:
    """Baskets of ``quantity`` pieces of each SKU, half worked out."""

    def __init__(self, goods: Goods, case: Case) -> None:
        self._goods, self._case = goods, case
        self._listed = goods.prices * case.quantity
        self.now = self._listed.copy()
        self._got: list[tuple[Offer, Flags]] = []

    def part(self, where: Flags | None) -> _Till:
        """Some of the baskets (None: all of them), to go on from in another way."""
        place = slice(None) if where is None else where
        other = _Till(self._goods if where is None else self._goods.part(where), self._case)
        other.now = self.now[place].copy()
        other._got = [(offer, got[place]) for offer, got in self._got]
        return other

    def take(self, offers: Sequence[Offer]) -> None:
        """Work out one level."""
        for whole in order_of_groups(offers):
            group = [one for one in whole if self._goods.anyone(one)]
            if len(group) < 2:
                for one in group:
                    self._book(one, self._off(one))
                continue
            tried = [one for one in group if off_each_piece(one)]
            tried += [one for one in group if not off_each_piece(one)]
            offs = np.stack([self._off(one) for one in tried])
            best = offs.argmax(axis=0)  # the first of equal ones, as stacking.quote takes it
            for place, one in enumerate(tried):
                self._book(one, offs[place] * (best == place))

    def _book(self, offer: Offer, off: Amounts) -> None:
        self.now -= off
        self._got.append((offer, off > 0))

    def _off(self, offer: Offer) -> Amounts:
        """What an offer takes off each basket, 0 where it is not for it."""
        off = self._on_piece(offer) if off_each_piece(offer) else self._on_order(offer)
        mask = self._goods.masks.get(offer.id)
        if mask is not None:
            off = off * mask
        for other, where in self._got:
            if excluded(offer, other):
                off = off * ~where
        return off

    def _value(self, offer: Offer) -> Amounts | int:
        given = (self._goods.values or {}).get(offer.id)
        return offer.tiers[0].value if given is None else given

    def _on_piece(self, offer: Offer) -> Amounts:
        unit, value = self.now // self._case.quantity, self._value(offer)
        match offer.kind:
            case "price":
                off = np.maximum(0, unit - value)
            case "minus":
                off = np.minimum(unit, value)
            case _:
                off = np.minimum(unit, self._percent(offer, unit, value))
        return np.asarray(off * self._case.quantity, np.int64)

    def _percent(self, offer: Offer, unit: Amounts, ppm: Amounts | int) -> Amounts:
        exact = _portion(unit, ppm)
        if offer.level != "official" or self._case.assumption.official == "exact":
            return exact
        whole = _up_to_yuan(unit, ppm)
        return np.where(unit < OFFICIAL_EXACT_BELOW, exact, whole)

    def _on_order(self, offer: Offer) -> Amounts:
        count = self._case.quantity
        amount = self._listed if self._case.assumption.basis == "before" else self.now
        off = np.zeros_like(self.now)
        for place, tier in enumerate(offer.tiers):
            if tier.count > count:
                continue
            value = self._value(offer) if place == 0 else tier.value
            times: Amounts | int = 1
            if offer.each_per:
                full = [amount // tier.amount] if tier.amount else []
                full += [np.full_like(amount, count // tier.count)] if tier.count else []
                times = np.minimum.reduce(full) if full else 1
            given = self._order_off(offer, value, times)
            off = np.where(amount >= tier.amount, given, off) if tier.amount else given
        return np.asarray(np.minimum(off, self.now), np.int64)

    def _order_off(self, offer: Offer, value: Amounts | int, times: Amounts | int) -> Amounts:
        match offer.kind:
            case "percent":
                off = _portion(self.now, value)
            case "price":
                off = np.maximum(0, self.now - value)
            case _:
                off = np.zeros_like(self.now) + value * times
        return np.asarray(np.minimum(off, offer.most) if offer.most else off, np.int64)


def _portion(amounts: Amounts, ppm: Amounts | int) -> Amounts:
    """The share to the minor unit, half up; amounts whose product does not fit go in two parts."""
    if amounts.max(initial=0) < _FITS:
        return np.asarray((amounts * ppm + WHOLE // 2) // WHOLE, np.int64)
    high, low = np.divmod(amounts, WHOLE)
    return np.asarray(high * ppm + (low * ppm + WHOLE // 2) // WHOLE, np.int64)


def _up_to_yuan(amounts: Amounts, ppm: Amounts | int) -> Amounts:
    """The share rounded up to whole yuan."""
    parts = WHOLE * YUAN
    if amounts.max(initial=0) < _FITS:
        return np.asarray(-(-amounts * ppm // parts) * YUAN, np.int64)
    high, low = np.divmod(amounts, parts)
    return np.asarray((high * ppm - (-low * ppm // parts)) * YUAN, np.int64)
