"""What ``coupon create`` and ``promo create`` say of the money they may cost."""

from __future__ import annotations

from pathlib import Path

ROWS = """name,face,total,per_person
Twenty,满199减20,1000,1
Tenth,9折,100,1
"""


def test_what_has_no_limit_in_money_is_not_counted_as_nought(shop: Path, shopkit):
    (shop / "coupons.csv").write_text(ROWS, encoding="utf-8")
    words = ("coupon", "create", "coupons.csv", "-o")
    said = shopkit(*words, "out").err
    assert "2 made" in said
    assert "They may cost at most 20000.00. 1 of them has no limit in money" in said
    (shop / "promos.csv").write_text("name,face\nThree,满300减30\n", encoding="utf-8")
    said = shopkit("promo", "create", "promos.csv", "-o", "promos").err
    assert "at most" not in said
    assert "1 of them has no limit in money" in said


def test_what_was_not_made_costs_nothing(shop: Path, shopkit):
    (shop / "coupons.csv").write_text(ROWS, encoding="utf-8")
    shopkit("coupon", "create", "coupons.csv", "-o", "out")
    said = shopkit("coupon", "create", "coupons.csv", "-o", "elsewhere").err
    assert "0 made" in said
    assert "cost at most" not in said
