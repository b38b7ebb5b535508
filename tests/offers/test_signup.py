"""The largest price to sign up with: worked figures, and truly the largest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.offers.model import Assumption, BasketLine, Offer, Tier
from shopkit.offers.signup import Terms, final_least, final_scaled, final_text, largest, passes
from shopkit.offers.stacking import quote


@pytest.mark.parametrize(
    ("line", "rate", "exact", "up", "unknown"),
    [(35_000, 120_000, 397, 398, 397), (27_900, 150_000, 328, 329, 328)],
)
def test_line_350_at_12_percent_and_279_at_15(line, rate, exact, up, unknown):
    terms = Terms(rate)
    assert largest(line, terms, ["exact"]) == exact * 100
    assert largest(line, terms, ["up"]) == up * 100
    assert largest(line, terms) == unknown * 100


def test_397_gives_349_36_and_398_gives_350_24():
    terms = Terms(120_000)
    assert final_scaled(39_700, terms, "exact") == 34_936 * 10**6
    assert final_scaled(39_800, terms, "exact") == 35_024 * 10**6
    assert final_scaled(39_800, terms, "up") == 35_000 * 10**6  # 47.76 rounded up: 48
    assert final_text(39_800, terms, ["exact", "up"]) == "350.24"
    assert final_least(39_800, terms, ["exact", "up"]) == 35_000


def test_the_comparison_is_of_the_unrounded_value_50_0984():
    """56.93 x 0.88 = 50.0984 is shown as 50.10, and fails a line of 50.00."""
    terms = Terms(120_000)
    assert final_scaled(5_693, terms, "exact") == 50_098_400_00
    assert final_text(5_693, terms, ["exact"]) == "50.0984"
    assert not passes(5_693, 5_000, terms, ["exact"])


def test_below_100_yuan_nothing_is_rounded():
    terms = Terms(150_000)
    assert final_scaled(9_900, terms, "up") == final_scaled(9_900, terms, "exact")


def test_the_items_own_percent_is_taken_of_what_the_official_reduction_leaves():
    """400 less 12 % is 352, less 5 % 334.40, less 10 yuan 324.40: as the engine counts."""
    terms = Terms(120_000, (50_000,), 1_000)
    assert final_text(40_000, terms, ["exact"]) == "324.40"
    offers = [
        Offer("official", "official", "percent", (Tier(120_000),)),
        Offer("five", "item", "percent", (Tier(50_000),)),
        Offer("ten", "item", "minus", (Tier(1_000),)),
    ]
    assert quote([BasketLine("a", 40_000)], offers, Assumption("after", "exact")).total == 32_440
    assert largest(32_440, terms, ["exact"]) == 40_000
    assert largest(32_439, terms, ["exact"]) == 39_900


def test_a_list_line_caps_the_price_in_whole_steps():
    assert largest(35_000, Terms(120_000), at_most=38_950) == 38_900


roundings = st.sampled_from((["exact"], ["up"], ["exact", "up"]))


@given(
    st.integers(1, 40_000),
    st.builds(
        Terms,
        st.integers(0, 900_000),
        st.lists(st.integers(0, 600_000), max_size=2).map(tuple),
        st.integers(0, 5_000),
    ),
    roundings,
    st.sampled_from((10, 100, 1000)),
)
@settings(max_examples=150, deadline=None)
def test_no_larger_price_passes(line, terms, rules, step):
    found = largest(line, terms, rules, step)
    assert found % step == 0
    assert found == 0 or passes(found, line, terms, rules)
    for more in range(found + step, found + 400 * step, step):
        assert not passes(more, line, terms, rules)
