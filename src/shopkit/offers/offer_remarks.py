"""What is odd about offers: out of reach, twice for the same goods; and what all may cost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from shopkit.offers.catalogue import QUANTITIES, Goods
from shopkit.offers.model import Offer
from shopkit.offers.words import gives
from shopkit.values import money_text

COLUMNS = ("offer", "gives", "exposure", "remark", "with")


def remarks(goods: Goods, offers: Sequence[Offer]) -> list[dict[str, str]]:
    """One row an offer: its exposure (face x total) and a remark.

    ``idle``: it covers none of the goods. ``dead``: three of the dearest goods in its scope do
    not reach its threshold. ``overlap``: another coupon (``with``) for the same scope runs at the
    same time.
    """
    rows = {}
    for one in offers:
        face = one.tiers[-1].value if one.kind == "minus" and not one.each_per else 0
        rows[one.id] = {
            "offer": one.id,
            "gives": gives(one.kind, one.tiers, each_per=one.each_per),
            "exposure": money_text(face * one.total) if face and one.total else "",
            "remark": _out_of_reach(goods, one),
            "with": "",
        }
    for first, second in combinations([one for one in offers if one.level == "coupon"], 2):
        if first.scope == second.scope and _together(first, second):
            row = rows[first.id]
            row["with"] = f"{row['with']} {second.id}".strip()
            row["remark"] = row["remark"] or "overlap"
    return list(rows.values())


def _out_of_reach(goods: Goods, offer: Offer) -> str:
    mask = goods.masks.get(offer.id, np.ones(len(goods), np.bool_))
    if not mask.any():
        return "idle"
    dearest = int(goods.prices[mask].max()) * max(QUANTITIES)
    return "dead" if offer.tiers[0].amount > dearest else ""


def _together(first: Offer, second: Offer) -> bool:
    """Whether two windows share a moment."""
    begins = [one.starts for one in (first, second) if one.starts]
    ends = [one.ends for one in (first, second) if one.ends]
    return not begins or not ends or max(begins) < min(ends)
