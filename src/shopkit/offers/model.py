"""What the price engine works on: offers, the goods they apply to, and what is not known.

Amounts are minor units (分, cents), shares are millionths (ppm): see shopkit.values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Level = Literal["official", "item", "shop", "platform", "coupon"]
"""Where in the calculation an offer stands; the profile gives the order of the levels."""

Kind = Literal["price", "percent", "minus", "gift", "free_post"]
Basis = Literal["before", "after"]
OfficialRounding = Literal["exact", "up"]
Channel = Literal["public", "private"]

LEVELS: tuple[Level, ...] = ("official", "item", "shop", "platform", "coupon")
"""The order in use where a profile names no other (product.md: official first, coupon last)."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a ladder: from ``amount`` (or ``count`` pieces) on, ``value`` is given.

    ``value``: the fixed price or the minus in minor units, the share taken off in ppm
    (8折 is 200_000), 0 for gift and free_post. Both thresholds 0: no threshold.
    """

    value: int
    amount: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Which goods an offer is for: a SKU is in by any of the sets; all empty: the whole shop."""

    items: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()  # items and SKUs left out, whatever the sets say

    @property
    def whole_shop(self) -> bool:
        """Whether the offer is for everything (but for ``without``)."""
        return not (self.items or self.skus or self.tags)

    def covers(self, item_id: str, sku_id: str, tags: frozenset[str]) -> bool:
        """Whether a SKU takes part."""
        if item_id in self.without or sku_id in self.without:
            return False
        inside = item_id in self.items or sku_id in self.skus or bool(tags & self.tags)
        return inside or self.whole_shop


@dataclass(frozen=True, slots=True)
class Offer:
    """A reduction that a buyer gets or may choose.

    ``tiers``: at least one, thresholds rising; the highest reached counts. ``each_per``
    (上不封顶): one tier, given once for every full threshold. ``most``: a cap on what is taken
    off the order, 0 without. Of the offers of one ``stack_group`` a buyer gets only one (empty: a
    group of its own); none goes together with an offer or group named in ``excludes``. Levels
    official, item, shop and platform apply by themselves, a coupon is the buyer's choice.
    """

    id: str
    level: Level
    kind: Kind
    tiers: tuple[Tier, ...]
    name: str = ""
    each_per: bool = False
    most: int = 0
    scope: Scope = field(default_factory=Scope)
    starts: datetime | None = None  # with time zone; from then on
    ends: datetime | None = None  # and before then
    channel: Channel = "public"
    stack_group: str = ""
    excludes: frozenset[str] = frozenset()
    per_person: int = 0  # 0: no limit
    total: int = 0  # issued; 0: not told
    line: int = 0  # in the file it came from

    @property
    def group(self) -> str:
        """The stack group; an offer without one is alone in its own."""
        return self.stack_group or f"offer {self.id}"

    @property
    def has_threshold(self) -> bool:
        """Whether it is taken off the order, from a threshold on, and not off each piece."""
        return any(tier.amount or tier.count for tier in self.tiers)

    def runs(self, at: datetime) -> bool:
        """Whether the moment is in its window."""
        return (self.starts is None or self.starts <= at) and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class BasketLine:
    """So many pieces of one SKU; ``price`` is the list (or sign-up) price of a piece."""

    sku_id: str
    price: int
    quantity: int = 1
    item_id: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assumption:
    """One reading of what the platform does.

    ``basis``: thresholds look at the amount before any reduction or after the earlier ones.
    ``official``: the official reduction is exact, or rounded up to whole yuan from 100 yuan on.
    """

    basis: Basis = "after"
    official: OfficialRounding = "up"

    def __str__(self) -> str:
        return f"{self.basis}/{self.official}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a profile says of the calculation; an empty tuple of choices never occurs.

    Where the platform's rule is not known, all possible readings stand here and floors are
    tested against the worst.
    """

    levels: tuple[Level, ...] = LEVELS
    bases: tuple[Basis, ...] = ("before", "after")
    officials: tuple[OfficialRounding, ...] = ("exact", "up")
    sources: Mapping[str, str] = field(
        default_factory=dict
    )  # rule -> where the profile has it from

    def assumptions(self) -> Iterator[Assumption]:
        """Every combination, the first of each first."""
        for basis in self.bases:
            for official in self.officials:
                yield Assumption(basis, official)
