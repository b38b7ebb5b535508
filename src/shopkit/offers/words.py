"""Offers in plain words: from 300.00: 30.00 off."""

from __future__ import annotations

from collections.abc import Sequence

from shopkit.messages import text
from shopkit.offers.model import Kind, Tier
from shopkit.values import money_text, percent_text


def gives(kind: Kind, tiers: Sequence[Tier], *, each_per: bool = False) -> str:
    """What an offer takes off, from which threshold on, step by step."""
    return "; ".join(_tier(kind, tier, each_per) for tier in tiers)


def _tier(kind: Kind, tier: Tier, each_per: bool) -> str:
    value = percent_text(tier.value) if kind == "percent" else money_text(tier.value)
    told = text(f"promo_quote.gives.{kind}", value=value)
    at = money_text(tier.amount) if tier.amount else str(tier.count)
    form = "amount" if tier.amount else "count" if tier.count else "plain"
    each = "_each" if each_per and form != "plain" else ""
    return text(f"promo_quote.gives.{form}{each}", at=at, gives=told)
