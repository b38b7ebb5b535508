"""A price plan: every SKU under the rules, tested after every stacked promotion, held where unsure.

Everything is worked out in columns (numpy, int64 minor units): a million SKUs are one pass a rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from re import compile as compiled

import numpy as np
from numpy.typing import NDArray

from shopkit.offers.catalogue import QUANTITIES, Amounts, Flags, Goods, masks_for
from shopkit.offers.endings import down_to, up_to
from shopkit.offers.floors import FloorCheck, check
from shopkit.offers.model import Offer, Reading
from shopkit.offers.price_rules import Band, Rule
from shopkit.values import WHOLE

Texts = NDArray[np.object_]
NOTHING = -1
"""Stands for what is not known in a column of amounts or counts."""

REASONS = (
    "",
    "rules_conflict",
    "price_missing",
    "cost_missing",
    "rival_missing",
    "locked_by_campaign",
    "floor_over_cap",
    "change_over_cap",
    "below_floor_after_offers",
    "not_a_price",
    "outside_item_range",
)
"""Why a row is held or failed; a row's reason is an index into these."""

FLOOR_RULES = ("", "cost", "catalogue", "absolute", "map", "history")
"""What sets a row's floor."""

FAILED = frozenset({REASONS.index("rules_conflict"), REASONS.index("price_missing")})


@dataclass(frozen=True)
class Catalogue:
    """SKUs as columns; NOTHING where a figure is not known. ``age``: days since it was listed."""

    sku_id: Texts
    item_id: Texts
    sku_code: Texts
    title: Texts
    category: Texts
    tags: Sequence[frozenset[str]]
    price: Amounts
    cost: Amounts
    stock: Amounts
    cover: Amounts
    age: Amounts
    floor: Amounts
    map_price: Amounts
    lowest: Amounts
    rival: Amounts
    locked: Flags
    item_price: Amounts | None = None  # the item's own, shown beside its SKUs' prices

    def __len__(self) -> int:
        return len(self.sku_id)


@dataclass(frozen=True)
class Plan:
    """One entry a SKU, in the catalogue's order. ``rule``: index into ``rules``, -1 without.

    ``new`` is the price proposed (the old one where nothing changes), ``final`` what a piece costs
    in the worst case, ``floor`` 0 where none is known. ``reason``: index into REASONS, 0 is fine.
    ``other``: for a conflict the second rule.
    """

    catalogue: Catalogue
    rules: tuple[Rule, ...]
    offers: tuple[Offer, ...]
    rule: Amounts
    other: Amounts
    new: Amounts
    final: Amounts
    floor: Amounts
    floor_rule: Amounts
    reason: Amounts
    drop: Amounts
    face: Amounts
    at: dt.datetime | None = field(default=None)

    @property
    def changed(self) -> Flags:
        """Rows with a new price that may go out."""
        return np.asarray((self.reason == 0) & (self.new != self.catalogue.price), np.bool_)

    @property
    def failed(self) -> Flags:
        """Rows that could not be computed."""
        return np.isin(self.reason, list(FAILED))

    @property
    def held(self) -> Flags:
        """Rows that a person must decide on."""
        return np.asarray((self.reason > 0) & ~self.failed, np.bool_)


def make_plan(
    catalogue: Catalogue,
    rules: Sequence[Rule],
    offers: Sequence[Offer] = (),
    reading: Reading | None = None,
    *,
    targets: Amounts | None = None,
) -> Plan:
    """Plan all prices.

    ``targets``: prices worked out elsewhere (for a goal) that take the place of the rules' actions
    and endings, inside the same floors and caps.
    """
    works = _Works(catalogue, tuple(rules))
    works.choose()
    works.set_floors()
    works.act(targets)
    works.bound()
    works.stack(tuple(offers), reading)
    works.keep_item_prices_inside()
    return works.plan(tuple(offers))


def bounds_of(catalogue: Catalogue, rules: Sequence[Rule]) -> tuple[Amounts, Amounts, Amounts]:
    """For each SKU its rule (-1: none), its floor, and its reason to be held by now (0: none)."""
    works = _Works(catalogue, tuple(rules))
    works.choose()
    works.set_floors()
    return works.bounds


def matches(catalogue: Catalogue, rule: Rule) -> Flags:
    """Which SKUs a rule is for: all its conditions together."""
    found = np.ones(len(catalogue), np.bool_)
    if rule.category:
        found &= catalogue.category == rule.category
    if rule.tag:
        found &= np.fromiter((rule.tag in own for own in catalogue.tags), np.bool_, len(found))
    if rule.sku:
        found &= _globbed(catalogue, rule.sku)
    for band, values in (
        (rule.price, catalogue.price),
        (rule.stock, catalogue.stock),
        (rule.cover, catalogue.cover),
        (rule.age, catalogue.age),
    ):
        found &= _inside(band, values)
    return found


def _globbed(catalogue: Catalogue, pattern: str) -> Flags:
    fits = compiled(translate(pattern)).match
    pairs = zip(catalogue.sku_id, catalogue.sku_code, strict=True)
    hits = (bool(fits(sku) or fits(code)) for sku, code in pairs)
    return np.fromiter(hits, np.bool_, len(catalogue))


def _inside(band: Band, values: Amounts) -> Flags:
    if band.open:
        return np.ones(len(values), np.bool_)
    low = 0 if band.low is None else band.low
    found = values >= low  # what is not known (-1) is in no band
    return np.asarray(found & (values <= band.high) if band.high is not None else found, np.bool_)


class _Works:
    """A plan in the making."""

    def __init__(self, catalogue: Catalogue, rules: tuple[Rule, ...]) -> None:
        count = len(catalogue)
        self._of, self._rules = catalogue, rules
        self._rule = np.full(count, -1, np.int64)
        self._other = np.full(count, -1, np.int64)
        self._new = catalogue.price.copy()
        self._floor, self._floor_rule = np.zeros((2, count), np.int64)
        self._reason = np.zeros(count, np.int64)
        self._final = catalogue.price.copy()
        self._drop = np.full(count, -1, np.int64)
        self._face = np.full(count, -1, np.int64)

    @property
    def bounds(self) -> tuple[Amounts, Amounts, Amounts]:
        """Rule, floor and reason of each SKU."""
        return self._rule, self._floor, self._reason

    def choose(self) -> None:
        """The rule of the highest priority for each SKU; two of one priority are a conflict."""
        best = np.full(len(self._of), np.iinfo(np.int64).min, np.int64)
        for index, rule in enumerate(self._rules):
            here = matches(self._of, rule)
            tied = here & (self._rule >= 0) & (best == rule.priority)
            higher = here & (rule.priority > best)
            self._other[tied] = index
            self._rule[higher], self._other[higher] = index, -1
            best[higher] = rule.priority
        self._hold(self._other >= 0, "rules_conflict")
        self._hold((self._rule >= 0) & (self._of.price < 0), "price_missing")

    def set_floors(self) -> None:
        """The highest floor of each SKU that a rule is for, and which one it is."""
        for index, rule in enumerate(self._rules):
            mine = self._rule == index
            cost = self._of.cost
            known = mine & (cost >= 0)
            of_cost = -(-cost * WHOLE // (WHOLE - rule.fee - rule.margin))
            self._raise(known, of_cost, "cost")
            self._raise(mine, np.full(len(mine), rule.floor), "absolute")
            if rule.history:
                self._raise(mine, self._of.lowest, "history")
        mine = self._rule >= 0
        self._raise(mine, self._of.floor, "catalogue")
        self._raise(mine, self._of.map_price, "map")
        needed = mine & (self._of.cost < 0) & (self._of.floor < 0)
        self._hold(needed, "cost_missing")

    def act(self, targets: Amounts | None) -> None:
        """What each rule asks for, before endings and bounds."""
        for index, rule in enumerate(self._rules):
            mine = (self._rule == index) & (self._reason == 0)
            wanted = self._wanted(rule, mine) if targets is None else targets
            if rule.ending is not None and targets is None:
                wanted = down_to(wanted, rule.ending)
                short = wanted < self._floor
                wanted = np.where(short, up_to(self._floor, rule.ending), wanted)
            self._new = np.where(mine, np.maximum(wanted, self._floor), self._new)
        self._hold((self._rule >= 0) & (self._new <= 0), "not_a_price")

    def _wanted(self, rule: Rule, mine: Flags) -> Amounts:
        price, cost = self._of.price, self._of.cost
        match rule.action:
            case "set":
                wanted = np.full(len(price), rule.value, np.int64)
            case "minus":
                wanted = price - rule.value
            case "percent":
                wanted = _share(price, WHOLE + rule.value)
            case "cost_plus":
                wanted = _share(cost, WHOLE + rule.value)
            case "margin":
                wanted = -(-cost * WHOLE // (WHOLE - rule.fee - rule.value))
            case "match":
                self._hold(mine & (self._of.rival < 0), "rival_missing")
                wanted = self._of.rival + rule.value
            case "clearance":
                changes = np.zeros(len(price), np.int64)
                for days, change in rule.steps:
                    changes = np.where(self._of.cover >= days, change, changes)
                wanted = _share(price, WHOLE + changes)
        return np.asarray(wanted, np.int64)

    def bound(self) -> None:
        """Locked goods and changes over the cap wait for a person."""
        moved = (self._reason == 0) & (self._new != self._of.price)
        self._hold(moved & self._of.locked, "locked_by_campaign")
        for index, rule in enumerate(self._rules):
            if rule.cap:
                mine = (self._rule == index) & moved
                change = np.abs(self._new - self._of.price) * WHOLE
                over = mine & (change > rule.cap * self._of.price)
                raised = over & (self._new > self._of.price) & (self._of.price < self._floor)
                self._hold(raised, "floor_over_cap")
                self._hold(over, "change_over_cap")

    def stack(self, offers: tuple[Offer, ...], reading: Reading | None) -> None:
        """Test what is proposed after all offers, in every reading, for one to three pieces."""
        self._final = self._new.copy()
        place = np.flatnonzero(self._new >= 0)
        if not len(place) or not offers:
            return
        found = self._check(place, offers, reading)
        self._final[place] = found.final
        self._drop[place], self._face[place] = found.drop, found.face
        broken = np.zeros(len(self._of), np.bool_)
        broken[place] = ~found.holds
        self._hold(broken, "below_floor_after_offers")

    def keep_item_prices_inside(self) -> None:
        """An item's own price must stay between the lowest and the highest of its SKUs.

        taobao.item.sku.price.update refuses a SKU price that breaks this (API page, read 2026-11).
        """
        own = self._of.item_price
        if own is None or not (own >= 0).any():
            return
        online = np.where(self._reason == 0, self._new, self._of.price)
        item = np.unique(self._of.item_id.astype(str), return_inverse=True)[1]
        most = np.iinfo(np.int64).max
        low = np.full(item.max() + 1, most)
        high = np.full(item.max() + 1, NOTHING, np.int64)
        np.minimum.at(low, item, np.where(online < 0, most, online))
        np.maximum.at(high, item, online)
        outside = (own >= 0) & (self._of.item_id != "") & ((own < low[item]) | (own > high[item]))
        broken = np.zeros(len(low), np.bool_)
        broken[item[outside]] = True
        self._hold(broken[item] & (self._new != self._of.price), "outside_item_range")

    def _check(
        self, place: Amounts, offers: tuple[Offer, ...], reading: Reading | None
    ) -> FloorCheck:
        of = self._of
        tags = [of.tags[index] for index in place]
        masks = masks_for(offers, of.item_id[place], of.sku_id[place], tags)
        goods = Goods(self._new[place], masks)
        return check(goods, self._floor[place], offers, reading, QUANTITIES)

    def plan(self, offers: tuple[Offer, ...]) -> Plan:
        """What was worked out."""
        return Plan(
            self._of,
            self._rules,
            offers,
            self._rule,
            self._other,
            self._new,
            self._final,
            self._floor,
            self._floor_rule,
            self._reason,
            self._drop,
            self._face,
        )

    def _hold(self, where: Flags, reason: str) -> None:
        """Give rows a reason where they have none yet."""
        self._reason[where & (self._reason == 0)] = REASONS.index(reason)

    def _raise(self, where: Flags, floors: Amounts, name: str) -> None:
        higher = where & (floors > self._floor)
        self._floor[higher] = floors[higher]
        self._floor_rule[higher] = FLOOR_RULES.index(name)


def _share(amounts: Amounts, ppm: Amounts | int) -> Amounts:
    return np.asarray((amounts * ppm + WHOLE // 2) // WHOLE, np.int64)
