"""Words for people: places filled, in one number or many."""

from __future__ import annotations

from shopkit.messages import text


def test_words_agree_in_number_with_what_they_count():
    one = text("price_history.add.done", new=1, seen=4, rejected=1)
    assert one == "1 new price of 4; 1 row could not be read."
    assert "0 new prices of 4; 2 rows" in text("price_history.add.done", new=0, seen=4, rejected=2)


def test_a_place_without_a_value_stays_readable():
    assert text("price_history.add.done", new="1", seen=4).startswith(
        "1 new price of 4; {rejected}"
    )
