"""Codes: drawn from one keyed stream a batch, and a check character that no typing error passes."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopkit.errors import EngineMissing
from shopkit.offers import codes

KEY = b"a key that only the shop knows"
PINNED = ["NA3B642YYH", "AD5B94CE8X", "TAUPSX2ZEC"]
PINNED_PREFIX = ["VIP-RECRZYDJC", "VIP-GH2FWJAWN"]


def batch(name: str, count: int, length: int = 9, prefix: str = "") -> list[str]:
    return codes.lines(codes.written(codes.draw(KEY, name, count, length, prefix), prefix))


def test_the_same_batch_draws_the_same_codes_in_another_process_too() -> None:
    script = (
        "from shopkit.offers import codes\n"
        f"print(codes.lines(codes.written(codes.draw({KEY!r}, '夏季', 3, 9)))[2])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert batch("夏季", 3)[2] == done.stdout.decode().strip()


def test_the_codes_of_a_batch_are_pinned_for_ever() -> None:
    """Codes already printed on cards must come out of every later version."""
    assert batch("summer", 3) == PINNED
    assert batch("summer", 2, 8, "VIP-") == PINNED_PREFIX


def test_a_larger_batch_begins_with_the_smaller_one() -> None:
    assert batch("summer", 5000)[:200] == batch("summer", 200)


@pytest.mark.parametrize(
    ("key", "name", "length", "prefix"),
    [
        (b"another key", "summer", 9, ""),
        (KEY, "winter", 9, ""),
        (KEY, "summer", 10, ""),
        (KEY, "summer", 9, "VIP"),
    ],
)
def test_another_key_batch_length_or_prefix_draws_others(
    key: bytes, name: str, length: int, prefix: str
) -> None:
    other = codes.draw(key, name, 1000, length, prefix)[:, :9]
    same = codes.draw(KEY, "summer", 1000, 9)
    assert not set(codes.numbers(other)) & set(codes.numbers(same))
    assert abs((other == same).mean() - 1 / 31) < 0.01  # and in no place alike but by chance


def test_every_character_is_as_likely_as_the_others() -> None:
    """Chi square with 30 degrees of freedom; the stream is fixed, so this is no gamble."""
    counted = np.bincount(codes.draw(KEY, "even", 31_000, 10).ravel(), minlength=31)
    assert ((counted - 10_000) ** 2 / 10_000).sum() < 60


def test_none_of_the_letters_that_people_mix_up() -> None:
    text = "".join(batch("summer", 5000))
    assert set(text) == set(codes.LETTERS)
    assert not set(text) & set("01ILO")


def test_every_substitution_and_every_swap_of_neighbours_is_caught() -> None:
    """All of them for one code of every length; the benchmark tries 100,000 random ones."""
    for length in range(1, codes.LONGEST + 1):
        (code,) = batch("trial", 1, length)
        assert codes.is_valid(code)
        for place, right in enumerate(code):
            for letter in set(codes.LETTERS) - {right}:
                assert not codes.is_valid(code[:place] + letter + code[place + 1 :])
            left, two, rest = code[:place], code[place : place + 2], code[place + 2 :]
            assert two[0] == two[-1] or not codes.is_valid(left + two[::-1] + rest)


def test_random_typing_errors_with_a_prefix_are_caught() -> None:
    chance = random.Random(7)
    trials = batch("trial", 2000, 9, "VIP8")
    for code in trials:
        place = chance.randrange(len(code))
        wrong = chance.choice(sorted(set(codes.LETTERS + "01ILO") - {code[place]}))
        assert not codes.is_valid(code[:place] + wrong + code[place + 1 :], "VIP8")
        place = chance.randrange(len(code) - 1)
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or not codes.is_valid(swapped, "VIP8")
    assert all(codes.is_valid(code, "vip8") for code in trials)


@given(st.text(codes.LETTERS, min_size=1, max_size=codes.LONGEST))
def test_one_code_and_many_get_the_same_check_character(drawn: str) -> None:
    code = drawn + codes.check_character(drawn)
    assert codes.is_valid(code)
    assert codes.is_valid(f" {code.lower()} ")


@pytest.mark.parametrize("code", ["", "2", "0123456789", "ＡＢ", "券码" * 3, "A" * 31, "\0\0"])
def test_what_is_no_code_is_not_valid(code: str) -> None:
    assert not codes.is_valid(code)


@pytest.mark.parametrize("drawn", ["", "O", "A" * 30])
def test_no_check_character_for_what_is_not_drawn(drawn: str) -> None:
    with pytest.raises(ValueError, match=f"^{drawn}$"):
        codes.check_character(drawn)


@given(
    st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=1, max_size=12),
    st.sets(st.integers(0, 70), max_size=5),
)
def test_free_keeps_the_first_of_equal_ones_and_leaves_out_the_taken(
    rows: list[list[int]], taken: set[int]
) -> None:
    expected: list[list[int]] = []
    for row in rows:
        if row not in expected and row[0] + row[1] * 31 not in taken:
            expected.append(row)
    held = np.array(sorted(taken), np.int64)
    assert codes.free(np.array(rows, np.uint8), held).tolist() == expected


def test_long_codes_are_told_apart_by_their_first_ten() -> None:
    symbols = np.zeros((2, 29), np.uint8)
    symbols[1, 9] = 1
    assert len(codes.free(symbols, np.empty(0, np.int64))) == 2


@pytest.mark.parametrize(
    ("live", "length"), [(1, 9), (1_000_000, 9), (2_643_962, 9), (2_643_963, 10), (10**7, 10)]
)
def test_the_length_keeps_a_guess_at_one_in_ten_million(live: int, length: int) -> None:
    assert codes.length_for(live) == length
    assert codes.chance(live, length) <= 1e-7


def test_a_million_codes_are_guessed_with_a_chance_of_four_in_a_hundred_million() -> None:
    assert f"{codes.chance(1_000_000, 9):.1e}" == "3.8e-08"


def test_the_key_comes_from_the_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes.code_key({"SHOPKIT_CODE_KEY": " hush "}) == b"hush"
    monkeypatch.setenv("SHOPKIT_CODE_KEY", "hush")
    assert codes.code_key() == b"hush"
    with pytest.raises(EngineMissing, match="SHOPKIT_CODE_KEY") as missing:
        codes.code_key({"SHOPKIT_CODE_KEY": "  "})
    assert missing.value.exit_code == 6
