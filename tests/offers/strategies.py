"""Random offers and goods for the properties of the price engine."""

from __future__ import annotations

from hypothesis import strategies as st

from shopkit.offers.model import Offer, Scope, Tier

SKUS = ("a", "b", "c")
ITEMS = {"a": "A", "b": "A", "c": "C"}
LEVELS = ("official", "item", "shop", "platform", "coupon")


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


prices = st.one_of(st.integers(0, 60_000), st.sampled_from((9_999, 10_000, 19_900, 39_900)))
quantities = st.integers(1, 4)
