"""The largest price to sign up with: worked figures, and truly the largest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkit.offers.signup import final_scaled, largest, passes


@pytest.mark.parametrize(
    ("line", "rate", "exact", "up", "unknown"),
    [(35_000, 120_000, 397, 398, 397), (27_900, 150_000, 328, 329, 328)],
)
def test_line_350_at_12_percent_and_279_at_15(line, rate, exact, up, unknown):
    assert largest(line, rate, 0, ["exact"]) == exact * 100
    assert largest(line, rate, 0, ["up"]) == up * 100
    assert largest(line, rate) == unknown * 100


def test_397_gives_349_36_and_398_gives_350_24():
    assert final_scaled(39_700, 120_000, 0, "exact") == 34_936 * 10**6
    assert final_scaled(39_800, 120_000, 0, "exact") == 35_024 * 10**6
    assert final_scaled(39_800, 120_000, 0, "up") == 35_000 * 10**6  # 47.76 rounded up: 48


def test_the_comparison_is_of_the_unrounded_value():
    """56.93 x 0.88 = 50.0984 is shown as 50.10, and fails a line of 50.00."""
    assert final_scaled(5_693, 120_000, 0, "exact") == 50_098_400_00
    assert not passes(5_693, 5_000, 120_000, 0, ["exact"])


def test_below_100_yuan_nothing_is_rounded():
    assert final_scaled(9_900, 150_000, 0, "up") == final_scaled(9_900, 150_000, 0, "exact")


roundings = st.sampled_from((["exact"], ["up"], ["exact", "up"]))


@given(
    st.integers(1, 40_000),
    st.integers(0, 900_000),
    st.integers(0, 5_000),
    roundings,
    st.sampled_from((10, 100, 1000)),
)
@settings(max_examples=150, deadline=None)
def test_no_larger_price_passes(line, rate, off, rules, step):
    found = largest(line, rate, off, rules, step)
    assert found % step == 0
    assert found == 0 or passes(found, line, rate, off, rules)
    for more in range(found + step, found + 400 * step, step):
        assert not passes(more, line, rate, off, rules)
