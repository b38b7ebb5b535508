"""What is said of a SKU in the period that is worst for it: ok, or what to change and how far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shopkit.offers.catalogue import QUANTITIES, Amounts, Goods
from shopkit.offers.drop_sets import Set, smallest_sets
from shopkit.offers.floors import FloorCheck, check
from shopkit.offers.model import Offer, Reading
from shopkit.offers.periods import Period
from shopkit.runtime.job import Figure, Outcome
from shopkit.values import money_text

EVIDENCE = (
    "list_price",
    "final",
    "floor",
    "under_list_percent",
    "recent",
    "under_recent_percent",
    "case",
    "from",
    "to",
    "below_from",
    "drop",
    "then",
    "face",
)


@dataclass(frozen=True)
class Recent:
    """What buyers paid of late: each SKU's lowest final price, minor units; -1: not known.

    More than ``most`` per cent below it is for a person to read.
    """

    finals: Amounts
    most: float

    def part(self, where: Amounts) -> Recent:
        """Some of the SKUs."""
        return Recent(self.finals[where], self.most)


@dataclass(frozen=True)
class Judge:
    """SKUs worked out in one period. ``sets``: place -> the offers to drop and the price then."""

    goods: Goods
    floors: Amounts  # -1: not known
    period: Period
    later: bool  # the period is still to come
    found: FloorCheck
    sets: Mapping[int, tuple[Set, int]]
    recent: Recent | None

    @classmethod
    def of(
        cls,
        goods: Goods,
        floors: Amounts,
        period: Period,
        reading: Reading,
        recent: Recent | None,
        *,
        later: bool,
    ) -> Judge:
        """Work the SKUs out, and look for sets where no single offer mends a floor."""
        offers = period.offers
        found = check(goods, np.maximum(floors, 0), offers, reading, QUANTITIES)
        hard = np.flatnonzero(~found.holds & (found.drop < 0))
        sets = smallest_sets(goods.part(hard), floors[hard], offers, reading)
        return cls(
            goods, floors, period, later, found, dict(zip(hard.tolist(), sets, strict=True)), recent
        )

    def outcome(self, place: int, sku: str, since: dt.datetime | None = None) -> Outcome:
        """Ok, or why a person must look. ``since``: when its floor breaks for the first time."""
        found, price = self.found, int(self.goods.prices[place])
        final, floor = int(found.final[place]), int(self.floors[place])
        told = int(self.recent.finals[place]) if self.recent else -1
        before = None if told < 0 else told
        evidence: dict[str, Figure] = {
            "list_price": money_text(price),
            "final": money_text(final),
            "floor": money_text(floor) if floor >= 0 else None,
            "under_list_percent": _under(final, price),
            "recent": None if before is None else money_text(before),
            "under_recent_percent": None if before is None else _under(final, before),
            "case": str(found.cases[found.case[place]]),
            "from": f"{self.period.begins:%Y-%m-%d %H:%M}" if self.later else None,
            "to": f"{self.period.ends:%Y-%m-%d %H:%M}" if self.period.ends else None,
            "below_from": f"{since:%Y-%m-%d %H:%M}" if since else None,
        }
        if floor >= 0 and not found.holds[place]:
            return self._below(place, sku, evidence)
        fall = evidence["under_recent_percent"]
        if self.recent is not None and isinstance(fall, float) and fall > self.recent.most:
            why = {name: evidence[name] for name in ("final", "recent")}
            return Outcome(
                "review", "final_far_under_recent", {"sku": sku, "percent": fall, **why}, evidence
            )
        if floor < 0:
            return Outcome("review", "cost_missing", {"sku": sku}, evidence)
        return Outcome("ok", evidence=evidence)

    def _below(self, place: int, sku: str, evidence: dict[str, Figure]) -> Outcome:
        """Below its floor: which offers to drop, and the largest face that fits of a single one."""
        told: dict[str, Figure] = {
            "sku": sku,
            "new": evidence["list_price"],
            "final": evidence["final"],
            "floor": evidence["floor"],
            "from": evidence["from"],
            "since": evidence["below_from"],
        }
        dropped, then = self._dropped(place)
        if not dropped:
            return Outcome("review", "price_below_floor", told, evidence)
        face = self.found.face[place]
        evidence |= {
            "drop": " ".join(one.id for one in dropped),
            "then": money_text(then),
            "face": money_text(int(face)) if face > 0 else None,
        }
        told |= {"offer": ", ".join(one.name or one.id for one in dropped)}
        told |= {"face": evidence["face"], "then": evidence["then"]}
        return Outcome("review", self._reason(dropped, face=face > 0), told, evidence)

    def _dropped(self, place: int) -> tuple[Sequence[Offer], int]:
        """The offers to drop, and the final price without them; none where none help."""
        single = int(self.found.drop[place])
        if single >= 0:
            return [self.period.offers[single]], int(self.found.then[place])
        several, then = self.sets[place]
        return [self.period.offers[one] for one in several], then

    def _reason(self, dropped: Sequence[Offer], *, face: bool) -> str:
        if self.later:
            return "below_floor_later"
        return "below_floor_after_offers" if len(dropped) == 1 and face else "below_floor_drop"


def _under(final: int, price: int) -> float | None:
    """How far below, in per cent with one decimal."""
    return round(100 * (1 - final / price), 1) if price else None
