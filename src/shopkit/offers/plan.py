"""A price plan: every SKU under the rules, tested after every stacked promotion, held where unsure.

Everything is worked out in columns (numpy, int64 minor units): a million SKUs are one pass a rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopkit.offers.catalogue import QUANTITIES, Amounts, Flags, Goods
from shopkit.offers.endings import down_to, up_to
from shopkit.offers.floors import FloorCheck, check
from shopkit.offers.model import Offer, Reading
from shopkit.offers.periods import Period
from shopkit.offers.plan_catalogue import NOTHING, Catalogue
from shopkit.offers.price_rules import Band, Rule
from shopkit.values import WHOLE

Shares = NDArray[np.float64]

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
    "sku_listed_twice",
    "low_missing",
    "change_over_day_cap",
    "cover_missing",
)
"""Why a row is held or failed; a row's reason is an index into these."""

FLOOR_RULES = ("", "cost", "catalogue", "absolute", "map", "history")
"""What sets a row's floor."""

FAILED = frozenset(map(REASONS.index, ("rules_conflict", "price_missing", "sku_listed_twice")))


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

    @property
    def changed(self) -> Flags:
        """Rows with a new price that may go out."""
        return np.asarray((self.reason == 0) & (self.new != self.catalogue.price), np.bool_)

    @property
    def margin(self) -> Shares:
        """What is left of the final price after fee and cost, in percent; NaN where not known."""
        fees = np.array([*(rule.fee for rule in self.rules), 0])[self.rule] / WHOLE
        final, cost = self.final, self.catalogue.cost
        share = 100 * (1 - fees - cost / np.maximum(final, 1))
        return np.where((cost >= 0) & (final > 0), share, np.nan)

    @property
    def change(self) -> Shares:
        """How far the new price is from the old one, in percent of it; NaN without an old one."""
        price = self.catalogue.price
        return np.where(price > 0, 100 * (self.new - price) / np.maximum(price, 1), np.nan)

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
    offers: Sequence[Period] = (),
    reading: Reading | None = None,
    *,
    targets: Amounts | None = None,
) -> Plan:
    """Plan all prices.

    ``offers``: those in force from now on, stretch by stretch (periods_of); a price is tested in
    each in which it holds. ``targets``: prices worked out elsewhere (for a goal) that take the
    place of the rules' actions and endings, inside the same floors and caps.
    """
    works = _Works(catalogue, tuple(rules))
    works.choose()
    works.set_floors()
    works.act(targets)
    works.bound()
    works.stack(offers, reading)
    works.keep_item_prices_inside()
    return works.plan()


def bounds_of(catalogue: Catalogue, rules: Sequence[Rule]) -> tuple[Amounts, Amounts, Amounts]:
    """For each SKU its rule (-1: none), its floor, and its reason to be held by now (0: none)."""
    works = _Works(catalogue, tuple(rules))
    works.choose()
    works.set_floors()
    return works.bounds


def matches(catalogue: Catalogue, rules: Sequence[Rule]) -> list[Flags]:
    """Which SKUs each rule is for: all its conditions together."""
    return [
        here
        & _inside(rule.price, catalogue.price)
        & _inside(rule.stock, catalogue.stock)
        & _inside(rule.cover, catalogue.cover)
        & _inside(rule.age, catalogue.age)
        for rule, here in zip(rules, catalogue.named(rules), strict=True)
    ]


def _inside(band: Band, values: Amounts) -> Flags | np.bool_:
    if band.open:
        return np.True_
    low = 0 if band.low is None else band.low
    found = values >= low  # what is not known (-1) is in no band
    return np.asarray(found & (values <= band.high) if band.high is not None else found, np.bool_)


class _Works:
    """A plan in the making."""

    def __init__(self, catalogue: Catalogue, rules: tuple[Rule, ...]) -> None:
        count = len(catalogue)
        self._of, self._rules = catalogue, rules
        self._offers: tuple[Offer, ...] = ()
        self._rule, self._other = np.full((2, count), -1, np.int64)
        self._new = catalogue.price.copy()
        self._floor, self._floor_rule = np.zeros((2, count), np.int64)
        self._reason = np.zeros(count, np.int64)
        self._final = catalogue.price.copy()
        self._drop, self._face = np.full((2, count), -1, np.int64)

    @property
    def bounds(self) -> tuple[Amounts, Amounts, Amounts]:
        """Rule, floor and reason of each SKU."""
        return self._rule, self._floor, self._reason

    def choose(self) -> None:
        """The rule of the highest priority for each SKU; two of one priority are a conflict."""
        twice = self._of.twice
        if twice is not None:
            self._hold(np.flatnonzero(twice), "sku_listed_twice")
        hits = matches(self._of, self._rules)
        for priority in sorted({one.priority for one in self._rules}, reverse=True):
            free = self._rule < 0
            for index, rule in enumerate(self._rules):
                if rule.priority == priority:
                    mine = hits[index] & free
                    np.copyto(self._other, index, where=mine & (self._rule >= 0))
                    np.copyto(self._rule, index, where=mine & (self._rule < 0))
        self._hold(np.flatnonzero(self._other >= 0), "rules_conflict")
        self._hold(np.flatnonzero(self._of.price < 0), "price_missing")

    def _ruled(self) -> Iterator[tuple[Rule, Amounts]]:
        """Each rule with the places of the SKUs that it is for."""
        for index, rule in enumerate(self._rules):
            yield rule, np.flatnonzero(self._rule == index)

    def set_floors(self) -> None:
        """The highest floor of each SKU that a rule is for, and which one it is."""
        of = self._of
        for rule, mine in self._ruled():
            cost = of.cost[mine]
            of_cost = -(-cost * WHOLE // (WHOLE - rule.fee - rule.margin))
            self._raise(mine, np.where(cost >= 0, of_cost, 0), "cost")
            self._raise(mine, np.full(len(mine), rule.floor), "absolute")
            if rule.history:
                self._raise(mine, of.lowest[mine], "history")
                self._hold(mine[of.lowest[mine] < 0], "low_missing")
            self._raise(mine, of.floor[mine], "catalogue")
            self._raise(mine, of.map_price[mine], "map")
            self._hold(mine[(cost < 0) & (of.floor[mine] < 0)], "cost_missing")

    def act(self, targets: Amounts | None) -> None:
        """What each rule asks for, before endings and bounds."""
        for rule, ruled in self._ruled():
            if targets is None:
                self._check_known(rule, ruled)
            mine = ruled[self._reason[ruled] == 0]
            floor = self._floor[mine]
            wanted = self._wanted(rule, mine) if targets is None else targets[mine]
            if rule.ending is not None and targets is None:
                wanted = down_to(wanted, rule.ending)
                wanted = np.where(wanted < floor, up_to(floor, rule.ending), wanted)
            self._new[mine] = np.maximum(wanted, floor)
            self._hold(ruled[self._new[ruled] <= 0], "not_a_price")

    def _check_known(self, rule: Rule, mine: Amounts) -> None:
        """Hold what lacks the figure that the rule reckons from."""
        match rule.action:
            case "cost_plus" | "margin":
                self._hold(mine[self._of.cost[mine] < 0], "cost_missing")
            case "match":
                self._hold(mine[self._of.rival[mine] < 0], "rival_missing")
            case "clearance":
                self._hold(mine[self._of.cover[mine] < 0], "cover_missing")

    def _wanted(self, rule: Rule, mine: Amounts) -> Amounts:
        price, cost = self._of.price[mine], self._of.cost[mine]
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
                wanted = self._of.rival[mine] + rule.value
            case "clearance":
                changes = np.zeros(len(price), np.int64)
                for days, change in rule.steps:
                    changes = np.where(self._of.cover[mine] >= days, change, changes)
                wanted = _share(price, WHOLE + changes)
        return np.asarray(wanted, np.int64)

    def bound(self) -> None:
        """Locked goods and changes over a cap wait for a person."""
        moved = (self._reason == 0) & (self._new != self._of.price)
        self._hold(np.flatnonzero(moved & self._of.locked), "locked_by_campaign")
        for rule, ruled in self._ruled():
            mine = ruled[moved[ruled]]
            new, price = self._new[mine], self._of.price[mine]
            if rule.cap:
                over = _over(rule.cap, price, new)
                raised = over & (new > price) & (price < self._floor[mine])
                self._hold(mine[raised], "floor_over_cap")
                self._hold(mine[over], "change_over_cap")
            if rule.day_cap:
                over = _over(rule.day_cap, self._of.began[mine], new)
                self._hold(mine[over], "change_over_day_cap")

    def stack(self, periods: Sequence[Period], reading: Reading | None) -> None:
        """Test what is proposed after all offers, in every reading, for one to three pieces."""
        self._final = self._new.copy()
        self._offers = tuple(dict.fromkeys(one for period in periods for one in period.offers))
        for period in periods:
            place = np.flatnonzero((self._new >= 0) & self._holding(period))
            if not len(place) or not period.offers:
                continue
            found = self._check(place, period.offers, reading)
            self._final[place] = np.minimum(self._final[place], found.final)
            broken = ~found.holds & (self._reason[place] == 0)
            short, dropped = place[broken], found.drop[broken]
            known = np.array([self._offers.index(one) for one in period.offers])
            self._drop[short] = np.where(dropped >= 0, known[dropped], -1)
            self._face[short] = found.face[broken]
            self._hold(short, "below_floor_after_offers")

    def _holding(self, period: Period) -> Flags:
        """Whose price holds at some time of a period: a rule's in its window, others always."""
        within = [
            (one.ends is None or one.ends > period.begins)
            and (one.starts is None or period.ends is None or one.starts < period.ends)
            for one in self._rules
        ]
        return np.array([*within, True])[self._rule]

    def keep_item_prices_inside(self) -> None:
        """An item's own price must stay between the lowest and the highest of its SKUs.

        taobao.item.sku.price.update refuses a SKU price that breaks this (API page, read 2026-11).
        """
        own = self._of.item_price
        if not (own >= 0).any():
            return
        online = np.where(self._reason == 0, self._new, self._of.price)
        ids, item = np.unique(self._of.item, return_inverse=True)
        most = np.iinfo(np.int64).max
        low = np.full(item.max() + 1, most)
        high = np.full(item.max() + 1, NOTHING, np.int64)
        np.minimum.at(low, item, np.where(online < 0, most, online))
        np.maximum.at(high, item, online)
        outside = (own >= 0) & (ids[item] >= 0) & ((own < low[item]) | (own > high[item]))
        broken = np.zeros(len(low), np.bool_)
        broken[item[outside]] = True
        moved = broken[item] & (self._new != self._of.price)
        self._hold(np.flatnonzero(moved), "outside_item_range")

    def _check(
        self, place: Amounts, offers: tuple[Offer, ...], reading: Reading | None
    ) -> FloorCheck:
        masks = {key: mask[place] for key, mask in self._of.covered(offers).items()}
        goods = Goods(self._new[place], masks)
        return check(goods, self._floor[place], offers, reading, QUANTITIES)

    def plan(self) -> Plan:
        """What was worked out."""
        return Plan(
            self._of,
            self._rules,
            self._offers,
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

    def _hold(self, places: Amounts, reason: str) -> None:
        """Give rows a reason where they have none yet."""
        self._reason[places[self._reason[places] == 0]] = REASONS.index(reason)

    def _raise(self, places: Amounts, floors: Amounts, name: str) -> None:
        higher = floors > self._floor[places]
        self._floor[places[higher]] = floors[higher]
        self._floor_rule[places[higher]] = FLOOR_RULES.index(name)


def _over(cap: int, since: Amounts, new: Amounts) -> Flags:
    """Which new prices are further from an earlier one than a cap allows."""
    return np.asarray(np.abs(new - since) * WHOLE > cap * since, np.bool_)


def _share(amounts: Amounts, ppm: Amounts | int) -> Amounts:
    return np.asarray((amounts * ppm + WHOLE // 2) // WHOLE, np.int64)
