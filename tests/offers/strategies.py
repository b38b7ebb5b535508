"""Random offers and goods for the properties of the price engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from shopkit.offers.catalogue import Goods, masks_for
from shopkit.offers.model import LEVELS, BasketLine, Offer, Reading, Scope, Tier

SKUS = ("a", "b", "c")
ITEMS = {"a": "A", "b": "A", "c": "C"}
TAGS = {"a": frozenset({"new"}), "b": frozenset({"new", "sale"}), "c": frozenset()}


@st.composite
def ladders(draw, kind: str) -> tuple[Tier, ...]:
    """One to three tiers with rising thresholds of amount or count, or none."""
    share = st.integers(1, 99).map(lambda percent: percent * 10_000)
    value = share if kind == "percent" else st.integers(1, 30_000)
    form = draw(st.sampled_from(("none", "amount", "count")))
    if form == "none" or kind == "price":
        return (Tier(draw(value)),)
    steps = draw(st.lists(st.integers(1, 50_000), min_size=1, max_size=3, unique=True).map(sorted))
    if form == "amount":
        return tuple(Tier(draw(value), amount=step) for step in steps)
    return tuple(Tier(draw(value), count=place) for place, _ in enumerate(steps, start=1))


@st.composite
def offers(draw, number: int) -> Offer:
    kind = draw(st.sampled_from(("price", "percent", "minus")))
    tiers = draw(ladders(kind))
    scope = draw(
        st.sampled_from(
            (
                Scope(),
                Scope(skus=frozenset("a")),
                Scope(items=frozenset("A")),
                Scope(skus=frozenset("bc")),
                Scope(without=frozenset("a")),
                Scope(tags=frozenset({"sale"})),
                Scope(items=frozenset("C"), tags=frozenset({"new"}), without=frozenset("b")),
            )
        )
    )
    return Offer(
        id=f"o{number}",
        level=draw(st.sampled_from(LEVELS)),
        kind=kind,
        tiers=tiers,
        each_per=len(tiers) == 1 and kind == "minus" and draw(st.booleans()),
        most=draw(st.sampled_from((0, 0, 5_000))),
        scope=scope,
        stack_group=draw(st.sampled_from(("", "", "g", "h"))),
        excludes=draw(
            st.sampled_from((frozenset(), frozenset(), frozenset({"o0"}), frozenset("g")))
        ),
    )


@st.composite
def offer_sheets(draw, most: int = 5) -> list[Offer]:
    count = draw(st.integers(0, most))
    return [draw(offers(number)) for number in range(count)]


def line(sku: str, price: int, quantity: int = 1) -> BasketLine:
    """A basket line with the item and the tags of its SKU."""
    return BasketLine(sku, price, quantity, ITEMS[sku], TAGS[sku])


def goods(listed: Sequence[int], sheet: Sequence[Offer]) -> Goods:
    """The first SKUs at these prices, as columns."""
    skus = SKUS[: len(listed)]
    items, tags = [ITEMS[sku] for sku in skus], [TAGS[sku] for sku in skus]
    return Goods(np.array(listed), masks_for(sheet, items, skus, tags))


prices = st.one_of(st.integers(0, 60_000), st.sampled_from((9_999, 10_000, 19_900, 39_900)))
quantities = st.integers(1, 4)
assumptions = st.sampled_from(list(Reading().assumptions()))
orders_of_levels = st.permutations(LEVELS).map(tuple)
baskets = st.lists(
    st.tuples(st.sampled_from(SKUS), prices, quantities), min_size=1, max_size=3
).map(lambda rows: [line(*row) for row in rows])
