"""Offers over time: stretches in which the same ones are in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shopkit.offers.model import Offer, Tier
from shopkit.offers.periods import periods_of, to_come

NOW = datetime(2026, 11, 27, tzinfo=UTC)
DAYS = st.one_of(st.none(), st.integers(-9, 9).map(lambda days: NOW + timedelta(days=days)))


def offer(name: str, starts: datetime | None = None, ends: datetime | None = None) -> Offer:
    return Offer(name, "coupon", "minus", (Tier(100),), starts=starts, ends=ends)


def test_a_day_of_a_coupon_makes_three_periods():
    begins, ends = NOW + timedelta(days=15), NOW + timedelta(days=16)
    always, once = offer("always"), offer("once", begins, ends)
    gone = offer("gone", ends=NOW)
    found = periods_of([always, once, gone], NOW)
    assert [(one.begins, one.ends) for one in found] == [
        (NOW, begins),
        (begins, ends),
        (ends, None),
    ]
    assert [len(one.offers) for one in found] == [1, 2, 1]
    assert to_come([always, once, gone], NOW) == (always, once)


def test_without_offers_there_is_one_period_without_end():
    [period] = periods_of([], NOW)
    assert (period.begins, period.ends, period.offers) == (NOW, None, ())


@given(st.lists(st.tuples(DAYS, DAYS), max_size=6), st.integers(0, 12), st.integers(0, 23))
def test_at_every_moment_the_period_has_what_is_in_force(windows, days, hours):
    offers = [offer(f"o{n}", starts, ends) for n, (starts, ends) in enumerate(windows)]
    at = NOW + timedelta(days=days, hours=hours)
    [period] = [
        one for one in periods_of(offers, NOW)
        if one.begins <= at and (one.ends is None or at < one.ends)
    ]  # fmt: skip
    assert period.offers == tuple(one for one in offers if one.runs(at))
