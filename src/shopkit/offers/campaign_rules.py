"""What a campaign asks of a sign-up, from a platform's profile, and what comes off each SKU."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from shopkit.errors import UsageFault
from shopkit.offers.choices import order_of_groups
from shopkit.offers.model import Offer, OfficialRounding, Reading
from shopkit.offers.reductions import off_each_piece
from shopkit.offers.signup import Terms
from shopkit.runtime.profiles import Profile
from shopkit.values import WHOLE, read_percent

PLACEMENT = "campaign"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a campaign asks: shares in ppm, amounts in minor units, ages in days and hours.

    ``rate``: the official reduction for everything; None: by the official offers of each SKU.
    ``list_line``: whether the sign-up price may not be above the lowest list price either.
    ``sales_days``: an item needs ``sales_least`` pieces sold in so many days; 0: not asked.
    ``protection_days``: so long buyers get a later, lower price paid back; 0: not known.
    """

    rate: int | None
    roundings: tuple[OfficialRounding, ...]
    step: int = 100
    days: int = 15
    most_age: int = 72
    list_line: bool = False
    sales_days: int = 0
    sales_least: int = 1
    protection_days: int = 0


def rules_of(profile: Profile, reading: Reading, rate: int | None = None) -> Rules:
    """A campaign's rules from a profile; ``rate`` (ppm) is the official reduction of this one.

    Raises UsageFault for a profile whose own rate is none.
    """

    def whole(rule: str, default: int) -> int:
        return int(profile.number(rule, default) or 0)

    return Rules(
        rate=_own_rate(profile) if rate is None else rate,
        roundings=reading.officials,
        step=whole("signup_step_fen", 100) or 100,
        days=whole("line_days", 15),
        most_age=whole("evidence_max_hours", 72),
        list_line=bool(whole("list_line", 0)),
        sales_days=whole("sales_days", 0),
        sales_least=whole("sales_least", 1),
        protection_days=whole("protection_days", 0),
    )


def _own_rate(profile: Profile) -> int | None:
    """The rate of a profile that tells one for all its campaigns."""
    told = profile.text("official_rate")
    try:
        share = read_percent(told) if told else 0
    except ValueError:
        share = -1
    if not 0 <= share < WHOLE:
        raise UsageFault(
            "profile_value_unknown", profile=profile.name, rule="official_rate", value=told
        )
    return share if told else None


def through(
    offers: Sequence[Offer], begins: dt.datetime, ends: dt.datetime | None = None
) -> tuple[Offer, ...]:
    """The offers in force all the time from ``begins`` to ``ends`` (None: at that moment)."""
    return tuple(
        one
        for one in offers
        if one.runs(begins) and (ends is None or one.ends is None or one.ends >= ends)
    )


def terms_of(rules: Rules, item: str, sku: str, offers: Sequence[Offer]) -> Terms:
    """What comes off a SKU's sign-up price by the offers that are open to everyone.

    Counted are official percents (of several the least) and the item's own percents and amounts
    without a threshold, in the engine's order; of a stack group one. A fixed item price is no
    reduction: what is left out makes the test stricter. Source: one merchant's reading of
    platform receipts, 2026.
    """
    mine = [
        one
        for one in offers
        if one.channel == "public"
        and off_each_piece(one)
        and one.kind in ("percent", "minus")
        and one.scope.covers(item, sku, frozenset())
    ]
    official = [one.tiers[0].value for one in mine if one.level == "official"]
    own = [
        max((one for one in group if one.kind == group[0].kind), key=lambda one: one.tiers[0].value)
        for group in order_of_groups([one for one in mine if one.level == "item"])
    ]
    return Terms(
        rate=min(official, default=0) if rules.rate is None else rules.rate,
        shares=tuple(one.tiers[0].value for one in own if one.kind == "percent"),
        amount=sum(one.tiers[0].value for one in own if one.kind == "minus"),
    )
