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

from shopkit.offers.model import Assumption, Level, Offer, Reading
from shopkit.offers.stacking import (
    OFFICIAL_EXACT_BELOW,
    YUAN,
    choices_of,
    excluded,
    off_each_piece,
    order_of_groups,
)
from shopkit.values import WHOLE

Amounts = NDArray[np.int64]
Flags = NDArray[np.bool_]
QUANTITIES = (1, 2, 3)
_CHUNK = 1 << 15  # SKUs at a time: what a step touches stays in the processor's cache


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
    """What the buyer pays at least. ``totals``: (cases, SKUs), for ``quantity`` pieces each."""

    cases: tuple[Case, ...]
    totals: Amounts

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

    Raises TooManyChoices for more sets of coupons than can be tried.
    """
    read = reading or Reading()
    paid = [one for one in offers if one.kind not in ("gift", "free_post")]
    cases = cases_of(read, paid, quantities)
    totals = np.empty((len(cases), len(goods)), np.int64)
    for start in range(0, len(goods), _CHUNK):
        part = slice(start, start + _CHUNK)
        chunk = goods.part(part)
        for row, case in enumerate(cases):
            totals[row, part] = _cheapest(chunk, paid, case, read.levels)
    return FinalPrices(cases, totals)


def _among(ids: NDArray[np.object_], wanted: frozenset[str]) -> Flags:
    if not wanted:
        return np.zeros(len(ids), np.bool_)
    return np.fromiter((one in wanted for one in ids), np.bool_, len(ids))


def _cheapest(
    goods: Goods, offers: Sequence[Offer], case: Case, levels: Sequence[Level]
) -> Amounts:
    """The lowest total over all sets of coupons."""
    cut = levels.index("coupon") if "coupon" in levels else len(levels)
    till = _Till(goods, case)
    for level in levels[:cut]:
        till.take([one for one in offers if one.level == level])
    best = None
    held = [one for one in offers if one.level == "coupon" and till.anyone(one)]
    for chosen in choices_of(held):
        tried = till.copy()
        tried.take(chosen)
        for level in levels[cut + 1 :]:
            tried.take([one for one in offers if one.level == level])
        best = tried.now if best is None else np.minimum(best, tried.now)
    return till.now if best is None else best


class _Till:
    """Baskets of ``quantity`` pieces of each SKU, half worked out."""

    def __init__(self, goods: Goods, case: Case) -> None:
        self._goods, self._case = goods, case
        self._listed = goods.prices * case.quantity
        self.now = self._listed.copy()
        self._got: list[tuple[Offer, Flags]] = []

    def copy(self) -> _Till:
        other = _Till(self._goods, self._case)
        other.now, other._got = self.now.copy(), list(self._got)
        return other

    def take(self, offers: Sequence[Offer]) -> None:
        """Work out one level."""
        for whole in order_of_groups(offers):
            group = [one for one in whole if self.anyone(one)]
            if len(group) < 2:
                for one in group:
                    self._book(one, self._off(one))
                continue
            tried = [one for one in group if off_each_piece(one)]
            tried += [one for one in group if not off_each_piece(one)]
            offs = np.stack([self._off(one) for one in tried])
            best = offs.argmax(axis=0)  # the first of equal ones, as stacking.quote takes it
            for place, one in enumerate(tried):
                self._book(one, np.where(best == place, offs[place], 0))

    def anyone(self, offer: Offer) -> bool:
        """Whether any of the goods is in an offer's scope."""
        mask = self._goods.masks.get(offer.id)
        return mask is None or bool(mask.any())

    def _book(self, offer: Offer, off: Amounts) -> None:
        self.now -= off
        self._got.append((offer, off > 0))

    def _off(self, offer: Offer) -> Amounts:
        """What an offer takes off each basket, 0 where it is not for it."""
        off = self._on_piece(offer) if off_each_piece(offer) else self._on_order(offer)
        mask = self._goods.masks.get(offer.id)
        if mask is not None:
            off = np.where(mask, off, 0)
        for other, where in self._got:
            if excluded(offer, other):
                off = np.where(where, 0, off)
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
        whole = -(-unit * ppm // (WHOLE * YUAN)) * YUAN
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
    return np.asarray((amounts * ppm + WHOLE // 2) // WHOLE, np.int64)
