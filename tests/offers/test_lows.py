"""The lowest price before a reduction, as the EU's directive asks; the usual faults by example."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shopkit.offers.lows import PricePoint, lowest, prior_price

CASES = Path(__file__).parents[3] / "shared" / "bench" / "tables" / "omnibus_cases.json"
START = datetime(2026, 11, 11, tzinfo=UTC)


def points(*rows: tuple[int, int]) -> list[PricePoint]:
    """(days before the start, price) as a history."""
    return [PricePoint(START - timedelta(days=days), price) for days, price in rows]


def prior(*rows: tuple[int, int], new: int = 7000, **more):
    return prior_price(points(*rows), START, new, **more)


def test_a_dip_inside_the_30_days_counts_and_one_before_does_not():
    assert prior((60, 10_000), (20, 8_500), (15, 10_000)).prior == 8_500
    assert prior((60, 7_500), (40, 10_000)).prior == 10_000


def test_a_price_that_applied_when_the_window_opened_counts():
    assert prior((60, 7_500), (28, 10_000)).prior == 7_500


def test_the_running_promotion_does_not_count():
    history = points((60, 10_000), (0, 8_000))
    assert prior_price(history, START, 8_000).prior == 10_000
    assert lowest(history, START + timedelta(days=9), 30).price == 8_000  # the fault to avoid


def test_a_raise_before_the_sale_helps_nothing():
    claim = prior((60, 10_000), (10, 14_000), new=9_900, was=14_000)
    assert (claim.prior, claim.reason) == (10_000, "was_above_low")


def test_no_reduction_may_be_announced_above_the_low():
    assert prior((60, 10_000), new=11_000).reason == "not_a_reduction"


def test_a_new_arrival_is_flagged():
    claim = prior((12, 10_000))
    assert (claim.prior, claim.new_arrival) == (10_000, True)
    assert prior().reason == "history_missing"


def test_a_reduction_that_grows_keeps_its_first_prior_where_the_state_allows():
    history = points((60, 10_000), (7, 8_000))
    assert prior_price(history, START, 6_000).prior == 8_000
    began = START - timedelta(days=7)
    assert prior_price(history, START, 6_000, progressive_since=began).prior == 10_000


@pytest.mark.shared
@pytest.mark.skipif(not CASES.exists(), reason="the benchmark folder is not there")
def test_all_ten_cases_of_the_benchmark():
    def at(day: str) -> datetime:
        return datetime.fromisoformat(day).replace(tzinfo=UTC)

    cases = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    assert len(cases) == 10
    for case in cases:
        history = [PricePoint(at(day), round(100 * price)) for day, price in case["history"]]
        start, new = at(case["reduction_start"]), round(100 * case["new_price"])
        claim = prior_price(history, start, new)
        assert claim.prior == round(100 * case["prior"]), case["id"]
        assert (claim.reason == "not_a_reduction") is (new >= claim.prior)
        assert claim.new_arrival is (case["id"] == "new_arrival_12_days")
        if "prior_if_member_state_progressive_rule" in case:
            first = at("2025-03-01")
            grown = prior_price(history, start, new, progressive_since=first)
            assert grown.prior == round(100 * case["prior_if_member_state_progressive_rule"])
