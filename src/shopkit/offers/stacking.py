"""What a basket costs under a set of offers, exactly, and why: the calculation, line by line.

The rules (product.md, Offers): levels in the profile's order; inside a level fixed prices first,
then percents, then amounts off, which is the order that costs the shop most; of a stack group a
line gets one offer, the one that takes most off. Official reductions and item discounts without a
threshold are taken off each piece, everything else off the order, shared out over its lines by
largest remainder. Coupons are the buyer's choice: the cheapest lawful set, or the ones named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shopkit.offers.choices import choices_of, order_of_groups
from shopkit.offers.model import LEVELS, Assumption, BasketLine, Level, Offer
from shopkit.offers.reductions import (
    UNPAID,
    excluded,
    off_each_piece,
    order_off,
    piece_off,
    reached,
    times_of,
)
from shopkit.values import split


@dataclass(frozen=True, slots=True)
class Step:
    """One offer on the calculation sheet.

    ``basis``: the amount (or with ``counted`` the number of pieces) that its threshold looked at,
    ``threshold``: the tier reached, or the lowest where none was. ``off``: what it took from the
    order, ``shares``: from each line, in the basket's order. ``note``: "" where it applied, else
    why not: below_threshold, nothing_in_scope, excluded, other_is_better (of its stack group),
    and of coupons not_cheaper, not_handed_in.
    """

    offer: Offer
    basis: int
    threshold: int
    counted: bool
    off: int
    shares: tuple[int, ...]
    times: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A basket worked out. Amounts are minor units; ``lines`` are what each line costs at last."""

    basket: tuple[BasketLine, ...]
    assumption: Assumption
    steps: tuple[Step, ...]
    lines: tuple[int, ...]

    @property
    def listed(self) -> int:
        """The basket at list prices."""
        return sum(line.price * line.quantity for line in self.basket)

    @property
    def total(self) -> int:
        """What the buyer pays."""
        return sum(self.lines)

    @property
    def applied(self) -> tuple[Step, ...]:
        """The steps that took something off or gave something."""
        return tuple(step for step in self.steps if not step.note)


def quote(
    basket: Sequence[BasketLine],
    offers: Iterable[Offer],
    assumption: Assumption | None = None,
    *,
    levels: Sequence[Level] = LEVELS,
    at: datetime | None = None,
    coupons: Iterable[str] | None = None,
) -> Quote:
    """Work out a basket. The order of ``basket`` and ``offers`` changes nothing.

    ``at``: only offers running then (all, where it is None). ``coupons``: the ids that the buyer
    hands in; None: all. Of them the set that costs the buyer least counts. With public offers
    alone the total is the public final price. Raises UsageFault for more sets of coupons than can
    be tried.
    """
    places = sorted(range(len(basket)), key=lambda place: _rank(basket[place]))
    till = _Till(tuple(basket[place] for place in places), assumption or Assumption())
    running = [one for one in offers if at is None or one.runs(at)]
    cut = levels.index("coupon") if "coupon" in levels else len(levels)
    for level in levels[:cut]:
        till.take_level([one for one in running if one.level == level])
    later = [[one for one in running if one.level == level] for level in levels[cut + 1 :]]
    held = [one for one in running if one.level == "coupon"]
    handed = held if coupons is None else _named(held, set(coupons))
    choices = choices_of([one for one in handed if till.is_for(one)])  # one of a stack group
    done = [till.copy().finished(chosen, held, handed, later) for chosen in choices]
    return _as_given(min(done, key=lambda one: (one.total, len(one.applied), _ids(one))), places)


@dataclass(slots=True)
class _Till:
    """A basket half worked out: what each line costs by now, and which offers it has got."""

    basket: tuple[BasketLine, ...]
    assumption: Assumption
    now: list[int] = field(default_factory=list)
    got: list[list[Offer]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.now:
            self.now = [line.price * line.quantity for line in self.basket]
            self.got = [[] for _ in self.basket]

    def copy(self) -> _Till:
        """The same, to go on from in another way."""
        got = [list(one) for one in self.got]
        return _Till(self.basket, self.assumption, list(self.now), got, list(self.steps))

    def finished(
        self,
        chosen: Sequence[Offer],
        held: Sequence[Offer],
        handed: Sequence[Offer],
        later: Sequence[Sequence[Offer]],
    ) -> Quote:
        """Take the chosen of the coupons handed in and the levels after them, and close."""
        gifts = [one for one in held if one.kind in UNPAID]
        left = [one for one in held if one not in chosen and one not in gifts]
        tried = [self._on_order(one, self._everyone) for one in sorted(left, key=lambda o: o.id)]
        self.take_level([*chosen, *gifts])
        for step in tried:
            unused = "not_cheaper" if step.offer in handed else "not_handed_in"
            self.steps.append(_without(step, step.note or unused))
        for level in later:
            self.take_level(level)
        return Quote(self.basket, self.assumption, tuple(self.steps), tuple(self.now))

    def is_for(self, offer: Offer) -> bool:
        """Whether any line is in an offer's scope."""
        return any(self._covers(offer, place) for place in self._everyone)

    def take_level(self, offers: Sequence[Offer]) -> None:
        """Work out one level."""
        for group in order_of_groups(offers):
            self._take_group([one for one in group if one.kind not in UNPAID])
            for one in group:
                if one.kind in UNPAID:
                    self.steps.append(self._on_order(one, self._everyone))

    def _take_group(self, group: Sequence[Offer]) -> None:
        """Give each line the one offer of a group that takes most off it.

        An offer on the order goes before one on the piece where it takes more off its lines.
        """
        free = set(self._everyone)
        pieces = [one for one in group if off_each_piece(one)]
        orders = [one for one in group if not off_each_piece(one)]
        while free and orders:
            tried = [self._on_order(one, free) for one in orders]
            gains = [(step.off - self._piece_sum(pieces, step, free), step) for step in tried]
            gain, best = max(gains, key=lambda pair: pair[0])
            if gain <= 0:
                break
            places = self._lines(best.offer, free)
            self._book(best, places)
            orders = [one for one in orders if one.id != best.offer.id]
            free -= set(places)
        for one in orders:
            step = self._on_order(one, free)
            self.steps.append(_without(step, step.note or "other_is_better"))
        self._take_pieces(pieces, free)

    def _take_pieces(self, pieces: Sequence[Offer], free: Collection[int]) -> None:
        shares: dict[str, list[int]] = {one.id: [0] * len(self.basket) for one in pieces}
        for place in sorted(free):
            offs = [(self._on_piece(one, place), one) for one in pieces]
            off, best = max(offs, key=lambda pair: pair[0], default=(0, None))
            if best is not None:
                shares[best.id][place] = off
        tried = [(one, self._lines(one, free)) for one in pieces]  # before any of them is booked
        for one, places in tried:
            basis, off = sum(self.now[place] for place in places), sum(shares[one.id])
            note = "" if off else "other_is_better" if places else self._why_none(one)
            step = Step(one, basis, 0, False, off, tuple(shares[one.id]), note=note)
            self._book(step, [place for place in places if step.shares[place]])

    def _piece_sum(self, pieces: Sequence[Offer], step: Step, free: Collection[int]) -> int:
        """What the offers on the piece would take off the lines of a step."""
        places = self._lines(step.offer, free)
        return sum(
            max((self._on_piece(one, place) for one in pieces), default=0) for place in places
        )

    def _on_piece(self, offer: Offer, place: int) -> int:
        if not self._lines(offer, [place]):
            return 0
        line = self.basket[place]
        return line.quantity * piece_off(offer, self.now[place] // line.quantity, self.assumption)

    def _on_order(self, offer: Offer, free: Collection[int]) -> Step:
        """What an offer takes off the order, given these lines."""
        places = self._lines(offer, free)
        running = [self.now[place] for place in places]
        amount = self._listed(places) if self.assumption.basis == "before" else sum(running)
        count = sum(self.basket[place].quantity for place in places)
        tier = reached(offer, amount, count) if places else None
        nothing = (0,) * len(self.basket)
        lowest = offer.tiers[0]
        counted = not lowest.amount and bool(lowest.count)
        basis = count if counted else amount
        if tier is None:
            note = "below_threshold" if places else self._why_none(offer)
            asked = lowest.count if counted else lowest.amount
            return Step(offer, basis, asked, counted, 0, nothing, note=note)
        times = times_of(offer, tier, amount, count)
        off = order_off(offer, tier, times, sum(running))
        shares = list(nothing)
        for place, share in zip(places, split(off, running), strict=True):
            shares[place] = share
        asked = tier.count if counted else tier.amount
        return Step(offer, basis, asked, counted, off, tuple(shares), times)

    def _why_none(self, offer: Offer) -> str:
        """Why no line is left for an offer."""
        if not self.is_for(offer):
            return "nothing_in_scope"
        return "other_is_better" if self._lines(offer, self._everyone) else "excluded"

    @property
    def _everyone(self) -> range:
        return range(len(self.basket))

    def _listed(self, places: Iterable[int]) -> int:
        return sum(self.basket[place].price * self.basket[place].quantity for place in places)

    def _lines(self, offer: Offer, free: Collection[int]) -> list[int]:
        """The lines of ``free`` that an offer is for and that no offer it excludes has."""
        return [
            place
            for place in sorted(free)
            if self._covers(offer, place)
            and not any(excluded(offer, other) for other in self.got[place])
        ]

    def _covers(self, offer: Offer, place: int) -> bool:
        line = self.basket[place]
        return offer.scope.covers(line.item_id, line.sku_id, line.tags)

    def _book(self, step: Step, places: Iterable[int]) -> None:
        """Write a step down and take its shares off these lines."""
        self.steps.append(step)
        if not step.off:
            return
        for place in places:
            self.now[place] -= step.shares[place]
            self.got[place].append(step.offer)


def _rank(line: BasketLine) -> tuple[object, ...]:
    """Lines are worked out in an order of their own: a cent left over falls on the same line."""
    return line.sku_id, line.item_id, line.price, line.quantity, sorted(line.tags)


def _as_given(done: Quote, places: Sequence[int]) -> Quote:
    """The quote with its lines in the basket's order again."""
    back = sorted(range(len(places)), key=lambda place: places[place])
    steps = [replace(one, shares=tuple(one.shares[place] for place in back)) for one in done.steps]
    return Quote(
        tuple(done.basket[place] for place in back),
        done.assumption,
        tuple(steps),
        tuple(done.lines[place] for place in back),
    )


def _without(step: Step, note: str) -> Step:
    return replace(step, off=0, shares=(0,) * len(step.shares), note=note)


def _named(coupons: Sequence[Offer], ids: set[str]) -> tuple[Offer, ...]:
    return tuple(one for one in coupons if one.id in ids)


def _ids(done: Quote) -> list[str]:
    return sorted(step.offer.id for step in done.applied)
