"""The worked figures of the offers' and prices' specification that no other file here holds.

Offers: 269.00, 109.00 and 60.9 %, 289.20 and 295.20, shares 36.17 and 13.83 in test_stacking.py;
floor 280 and face 9 in test_floors.py; 50,000 codes in test_code_store.py; "8" and the bad rows in
test_coupons.py and test_read_offers.py. Price: 240.00, the endings, what is held in test_plan.py.
Campaign: 397 and 398, 328 and 329, 50.0984 in test_signup.py. Through the command line:
tests/cli/test_worked_figures.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from shopkit.offers.coupon_run import create
from shopkit.offers.coupons import judge_coupons
from shopkit.offers.lows import PricePoint
from shopkit.offers.model import Assumption, BasketLine, Offer, Tier
from shopkit.offers.offer_cells import Unclear, read_benefit
from shopkit.offers.stacking import quote
from shopkit.offers.was_prices import check_was
from shopkit.runtime.profiles import load_profile
from shopkit.runtime.state import State
from shopkit.runtime.typed import load_rows

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def coupons(bad: dict[int, dict[str, str]], count: int = 200) -> pd.DataFrame:
    """So many coupon rows, a few of them spoilt."""
    rows = [
        {"name": f"c{n}", "kind": "minus", "face": f"{5 + n % 20}", "threshold": f"{60 + n}",
         "total": "100", "starts": "2026-12-01", "ends": "2026-12-12"} | bad.get(n, {})
        for n in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows)


BAD = {
    7: {"kind": "折扣", "face": "8", "threshold": ""},
    90: {"face": "满200减20;满300减15", "threshold": ""},
    150: {"face": "150", "threshold": "100"},
}


def test_200_rows_of_coupons_3_bad_ones_and_the_second_run_makes_none(tmp_path: Path):
    with State(tmp_path / "state.db") as state:

        def run():
            judged = judge_coupons(load_rows("coupons", coupons(BAD)), NOW)
            return create(
                judged, tmp_path / "out", load_profile("generic-coupon"), state=state, now=NOW
            )

        made = run()
        assert (made.counts["ok"], made.counts["failed"]) == (197, 3)
        assert [(row.row.number, row.reason) for row in made.rows if row.status == "failed"] == [
            (8, "discount_unit_unknown"),
            (91, "ladder_not_rising"),
            (151, "face_not_below_threshold"),
        ]
        assert {row.evidence["change"] for row in made.rows if row.status == "ok"} == {"new"}
        again = run()
        changes = {row.evidence["change"] for row in again.rows if row.status == "ok"}
        assert changes == {"unchanged"}


def test_budget_exposure_is_face_times_total():
    [first, *_] = judge_coupons(load_rows("coupons", coupons({}, 1)), NOW)
    assert first.coupon is not None
    assert first.coupon.exposure == 5_00 * 100


def test_8_as_a_discount_is_refused_unless_the_column_says_zhe_or_percent():
    with pytest.raises(Unclear) as refused:
        read_benefit("8", "percent")
    assert refused.value.code == "discount_unit_unknown"
    assert read_benefit("8", "percent", "折").tiers == (Tier(200_000),)
    assert read_benefit("8%", "percent").tiers == (Tier(80_000),)


@pytest.mark.parametrize(
    ("basis", "official", "paid"),
    [("before", "up", 10_900), ("before", "exact", 10_915),
     ("after", "up", 16_900), ("after", "exact", 16_915)],
)  # fmt: skip
def test_199_less_8_5_zhe_and_the_coupon_under_each_reading(basis, official, paid):
    """29.85 off, rounded up 30.00; 199 less 60 counts only where the price before counts."""
    offers = [
        Offer("official", "official", "percent", (Tier(150_000),)),
        Offer("coupon", "coupon", "minus", (Tier(6_000, amount=19_900),)),
    ]
    assert quote([BasketLine("a", 19_900)], offers, Assumption(basis, official)).total == paid


def was(price: str, reference: str, *points: tuple[int, int], days: int = 30):
    goods = {"sku_id": "a", "list_price": price, "划线价": reference}
    table = load_rows("catalog", pd.DataFrame([goods]))
    history = [PricePoint(NOW - timedelta(days=ago), cents) for ago, cents in points]
    [ended] = check_was(table, {"a": history}, NOW, days)
    return ended.outcome


def test_an_announced_was_price_above_the_30_day_low_is_refused_with_the_low_and_its_date():
    """199 for long, 149 from 20 to 10 days ago: 199 may not be struck through, 149 may."""
    points = ((200, 19_900), (20, 14_900), (10, 19_900))
    refused = was("129", "199", *points)
    assert (refused.status, refused.reason) == ("review", "was_above_low")
    assert (refused.evidence["low"], refused.evidence["low_since"]) == ("149.00", "2026-11-02")
    assert was("129", "149", *points).status == "ok"
    assert was("129", "199", *points, days=7).status == "ok"  # another platform's rule
    assert was("129", "199").reason == "history_missing"
    assert was("149", "149", *points).reason == "not_a_reduction"
    assert was("129", "", *points).status == "ok"  # announces nothing
    assert was("129", "149", (3, 14_900)).warnings == ("history_short",)
