"""Offers that may go together: the sets of coupons a buyer can hand in, and stack groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from shopkit.errors import UsageFault
from shopkit.offers.model import Kind, Offer
from shopkit.offers.reductions import UNPAID

MOST_CHOICES = 4096  # sets of coupons that are tried; more is a mistake in the stack groups
_FIRST: dict[Kind, int] = {"price": 0, "percent": 1, "minus": 2, "gift": 3, "free_post": 4}

Choice = tuple[Offer, ...]


def choices_of(
    coupons: Sequence[Offer], together: Callable[[Offer, Offer], bool] | None = None
) -> list[Choice]:
    """Every set of coupons with at most one of a stack group, the empty one first.

    ``together``: whether two coupons can be of use on one order; sets with a pair that cannot
    are left out. Raises UsageFault for more than MOST_CHOICES sets.
    """
    groups: dict[str, list[Offer]] = {}
    for one in sorted(coupons, key=lambda one: one.id):
        if one.kind not in UNPAID:
            groups.setdefault(one.group, []).append(one)
    apart = set() if together is None else _apart(groups.values(), together)
    sets: list[Choice] = [()]
    for group in groups.values():
        sets += [
            (*chosen, one)
            for chosen in sets
            for one in group
            if not any((other.id, one.id) in apart for other in chosen)
        ]
        if len(sets) > MOST_CHOICES:
            raise UsageFault("coupons_too_many", most=MOST_CHOICES)
    return sets


def order_of_groups(offers: Iterable[Offer]) -> list[list[Offer]]:
    """The stack groups of a level in the order they are worked out, each sorted by id."""
    groups: dict[str, list[Offer]] = {}
    for one in sorted(offers, key=lambda one: one.id):
        groups.setdefault(one.group, []).append(one)
    return sorted(
        groups.values(), key=lambda group: min((_FIRST[one.kind], one.id) for one in group)
    )


def _apart(
    groups: Iterable[Sequence[Offer]], together: Callable[[Offer, Offer], bool]
) -> set[tuple[str, str]]:
    return {
        (one.id, other.id)
        for first, second in combinations(groups, 2)
        for one in first
        for other in second
        if not together(one, other)
    }
