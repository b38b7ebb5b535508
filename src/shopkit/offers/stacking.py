"""What a basket costs under a set of offers, exactly, and why: the calculation, line by line.

The rules (product.md, Offers): levels in the profile's order; inside a level fixed prices first,
then percents, then amounts off, which is the order that costs the shop most; of a stack group a
line gets one offer, the one that takes most off. Official reductions and item discounts without a
threshold are taken off each piece, everything else off the order, shared out over its lines by
largest remainder. Coupons are the buyer's choice: the cheapest lawful set, or the ones named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from math import prod

from shopkit.offers.model import LEVELS, Assumption, BasketLine, Kind, Level, Offer, Tier
from shopkit.values import WHOLE, portion, split

MOST_CHOICES = 4096  # sets of coupons that are tried; more is a mistake in the stack groups
YUAN = 100  # minor units
OFFICIAL_EXACT_BELOW = 100 * YUAN  # official reductions are rounded up from this price on
_FIRST: dict[Kind, int] = {"price": 0, "percent": 1, "minus": 2, "gift": 3, "free_post": 4}


class TooManyChoices(ValueError):
    """More sets of coupons than can be tried; ``args[0]`` is how many."""


@dataclass(frozen=True, slots=True)
class Step:
    """One offer on the calculation sheet.

    ``basis``: the amount (or with ``counted`` the number of pieces) that its threshold looked at,
    ``threshold``: the tier reached, or the lowest where none was. ``off``: what it took from the
    order, ``shares``: from each line, in the basket's order. ``note``: "" where it applied, else
    a message key: why not.
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
    hands in; None: the set that costs the buyer least. Raises TooManyChoices.
    """
    assumed = assumption or Assumption()
    running = [one for one in offers if at is None or one.runs(at)]
    cut = levels.index("coupon") if "coupon" in levels else len(levels)
    till = _Till(tuple(basket), assumed)
    for level in levels[:cut]:
        till.take_level([one for one in running if one.level == level])
    held = [one for one in running if one.level == "coupon"]
    choices = choices_of(held) if coupons is None else [_named(held, set(coupons))]
    done = [till.copy().finished(chosen, held, running, levels[cut + 1 :]) for chosen in choices]
    return min(done, key=lambda one: (one.total, len(one.applied), _ids(one)))


def choices_of(coupons: Sequence[Offer]) -> list[tuple[Offer, ...]]:
    """Every set of coupons with at most one of a stack group, the empty one first."""
    groups: dict[str, list[Offer]] = {}
    for one in sorted(coupons, key=lambda one: one.id):
        if one.kind not in ("gift", "free_post"):
            groups.setdefault(one.group, []).append(one)
    count = prod(len(group) + 1 for group in groups.values())
    if count > MOST_CHOICES:
        raise TooManyChoices(count)
    sets = product(*([None, *group] for group in groups.values()))
    return [tuple(one for one in chosen if one is not None) for chosen in sets]


def order_of_groups(offers: Iterable[Offer]) -> list[list[Offer]]:
    """The stack groups of a level in the order they are worked out, each sorted by id."""
    groups: dict[str, list[Offer]] = {}
    for one in sorted(offers, key=lambda one: one.id):
        groups.setdefault(one.group, []).append(one)
    return sorted(
        groups.values(), key=lambda group: min((_FIRST[one.kind], one.id) for one in group)
    )


def off_each_piece(offer: Offer) -> bool:
    """Whether an offer changes the price of each piece, not the sum of the order."""
    return offer.level in ("official", "item") and not offer.has_threshold


def reached(offer: Offer, amount: int, count: int) -> Tier | None:
    """The highest tier whose thresholds are met."""
    met = [one for one in offer.tiers if one.amount <= amount and one.count <= count]
    return met[-1] if met else None


def times_of(offer: Offer, tier: Tier, amount: int, count: int) -> int:
    """How often a tier is given: once, or with ``each_per`` for every full threshold."""
    if not offer.each_per:
        return 1
    full = [amount // tier.amount] if tier.amount else []
    full += [count // tier.count] if tier.count else []
    return min(full, default=1)


def piece_off(offer: Offer, unit: int, assumption: Assumption) -> int:
    """What a piece that costs ``unit`` gets off."""
    value = offer.tiers[0].value
    match offer.kind:
        case "price":
            return max(0, unit - value)
        case "minus":
            return min(unit, value)
        case "percent" if offer.level == "official":
            return min(unit, official_off(unit, value, assumption))
        case "percent":
            return portion(unit, value)
        case _:
            return 0


def official_off(unit: int, ppm: int, assumption: Assumption) -> int:
    """An official reduction: to the cent, or from 100 yuan on rounded up to whole yuan.

    One merchant's reading of platform receipts, 2026 (see the profiles): 15 % of 199.00 is 30.00.
    """
    if assumption.official == "exact" or unit < OFFICIAL_EXACT_BELOW:
        return portion(unit, ppm)
    return -(-unit * ppm // (WHOLE * YUAN)) * YUAN


def excluded(one: Offer, other: Offer) -> bool:
    """Whether two offers may not go together."""
    return bool(one.excludes & {other.id, other.group} or other.excludes & {one.id, one.group})


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
        running: Sequence[Offer],
        later: Sequence[Level],
    ) -> Quote:
        """Take the chosen coupons and the levels after them, and close."""
        gifts = [one for one in held if one.kind in ("gift", "free_post")]
        self.take_level([*chosen, *gifts])
        for level in later:
            self.take_level([one for one in running if one.level == level])
        return Quote(self.basket, self.assumption, tuple(self.steps), tuple(self.now))

    def take_level(self, offers: Sequence[Offer]) -> None:
        """Work out one level."""
        for group in order_of_groups(offers):
            self._take_group([one for one in group if one.kind not in ("gift", "free_post")])
            for one in group:
                if one.kind in ("gift", "free_post"):
                    self._give(one)

    def _take_group(self, group: Sequence[Offer]) -> None:
        """Give each line the one offer of a group that takes most off it.

        An offer on the order goes before one on the piece where it takes more off its lines.
        """
        free = set(range(len(self.basket)))
        pieces = [one for one in group if off_each_piece(one)]
        orders = [one for one in group if not off_each_piece(one)]
        while free and orders:
            tried = [(one, self._on_order(one, free)) for one in orders]
            gains = [(step.off - self._piece_sum(pieces, step, free), step) for _, step in tried]
            gain, best = max(gains, key=lambda pair: pair[0])
            if gain <= 0:
                break
            self._book(best)
            orders = [one for one in orders if one.id != best.offer.id]
            free -= {place for place in free if best.offer in self.got[place]}
        for one in orders:
            step = self._on_order(one, free)
            taken = step.note == "nothing_in_scope" and self._lines(one, range(len(self.basket)))
            note = "other_is_better" if taken else step.note or "other_is_better"
            self.steps.append(_without(step, note))
        self._take_pieces(pieces, free)

    def _take_pieces(self, pieces: Sequence[Offer], free: set[int]) -> None:
        shares: dict[str, list[int]] = {one.id: [0] * len(self.basket) for one in pieces}
        for place in sorted(free):
            best = max(
                ((self._on_piece(one, place), one) for one in pieces),
                key=lambda pair: pair[0],
                default=(0, None),
            )
            if best[1] is not None and best[0] > 0:
                shares[best[1].id][place] = best[0]
        for one in pieces:
            basis = sum(self.now[place] for place in self._lines(one, free))
            off = sum(shares[one.id])
            note = "" if off else "other_is_better" if basis else "nothing_in_scope"
            self._book(Step(one, basis, 0, False, off, tuple(shares[one.id]), note=note))

    def _piece_sum(self, pieces: Sequence[Offer], step: Step, free: set[int]) -> int:
        """What the offers on the piece would take off the lines of a step."""
        places = self._lines(step.offer, free)
        return sum(
            max((self._on_piece(one, place) for one in pieces), default=0) for place in places
        )

    def _on_piece(self, offer: Offer, place: int) -> int:
        if place not in self._lines(offer, {place}):
            return 0
        line = self.basket[place]
        return line.quantity * piece_off(offer, self.now[place] // line.quantity, self.assumption)

    def _on_order(self, offer: Offer, free: set[int]) -> Step:
        """What an offer takes off the order, given these lines."""
        places = self._lines(offer, free)
        running = [self.now[place] for place in places]
        amount = self._listed(places) if self.assumption.basis == "before" else sum(running)
        count = sum(self.basket[place].quantity for place in places)
        tier = reached(offer, amount, count) if places else None
        nothing = (0,) * len(self.basket)
        lowest = offer.tiers[0]
        basis = amount if lowest.amount or not lowest.count else count
        counted = not lowest.amount and bool(lowest.count)
        if tier is None:
            note = "below_threshold" if places else "nothing_in_scope"
            asked = lowest.count if counted else lowest.amount
            return Step(offer, basis, asked, counted, 0, nothing, note=note)
        times = times_of(offer, tier, amount, count)
        off = order_off(offer, tier, times, sum(running))
        shares = list(nothing)
        for place, share in zip(places, split(off, running), strict=True):
            shares[place] = share
        asked = tier.count if counted else tier.amount
        return Step(offer, basis, asked, counted, off, tuple(shares), times)

    def _give(self, offer: Offer) -> None:
        """Note a gift or free shipping that the basket reaches; it costs the buyer nothing."""
        step = self._on_order(offer, set(range(len(self.basket))))
        self.steps.append(step)

    def _listed(self, places: Iterable[int]) -> int:
        return sum(self.basket[place].price * self.basket[place].quantity for place in places)

    def _lines(self, offer: Offer, free: Iterable[int]) -> list[int]:
        """The lines of ``free`` that an offer is for and that no offer it excludes has."""
        return [
            place
            for place in sorted(free)
            if self._covers(offer, self.basket[place])
            and not any(excluded(offer, other) for other in self.got[place])
        ]

    def _covers(self, offer: Offer, line: BasketLine) -> bool:
        return offer.scope.covers(line.item_id, line.sku_id, line.tags)

    def _book(self, step: Step) -> None:
        """Write a step down and take its shares off."""
        self.steps.append(step)
        if step.note or not step.off:
            return
        places = [p for p, share in enumerate(step.shares) if share]
        if not off_each_piece(step.offer):
            places = self._lines(step.offer, range(len(self.basket)))
        for place in places:
            self.now[place] -= step.shares[place]
            self.got[place].append(step.offer)


def order_off(offer: Offer, tier: Tier, times: int, running: int) -> int:
    """What a reached tier takes off an order that costs ``running`` by now."""
    off = portion(running, tier.value) if offer.kind == "percent" else tier.value * times
    if offer.kind in ("gift", "free_post"):
        return 0
    if offer.kind == "price":
        off = max(0, running - tier.value)
    if offer.most:
        off = min(off, offer.most)
    return min(off, running)


def _without(step: Step, note: str) -> Step:
    shares = (0,) * len(step.shares)
    return Step(step.offer, step.basis, step.threshold, step.counted, 0, shares, step.times, note)


def _named(coupons: Sequence[Offer], ids: set[str]) -> tuple[Offer, ...]:
    return tuple(one for one in coupons if one.id in ids)


def _ids(done: Quote) -> list[str]:
    return sorted(step.offer.id for step in done.applied)
