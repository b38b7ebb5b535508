"""What one offer takes off a piece or an order: exact sums that basket and catalogue share."""

from __future__ import annotations

from shopkit.offers.model import Assumption, Offer, Tier
from shopkit.values import WHOLE, portion

YUAN = 100  # minor units
OFFICIAL_EXACT_BELOW = 100 * YUAN  # official reductions are rounded up from this price on
UNPAID = ("gift", "free_post")
"""Kinds that are noted on the sheet and cost the buyer nothing more or less."""


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


def order_off(offer: Offer, tier: Tier, times: int, running: int) -> int:
    """What a reached tier takes off an order that costs ``running`` by now."""
    if offer.kind in UNPAID:
        return 0
    match offer.kind:
        case "price":
            off = max(0, running - tier.value)
        case "percent":
            off = portion(running, tier.value)
        case _:
            off = tier.value * times
    if offer.most:
        off = min(off, offer.most)
    return min(off, running)


def excluded(one: Offer, other: Offer) -> bool:
    """Whether two offers may not go together."""
    return bool(one.excludes & {other.id, other.group} or other.excludes & {one.id, one.group})
