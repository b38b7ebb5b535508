"""Codes given out: a batch gets its own again, never one of another batch or of a list."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from shopkit.errors import InputRefused
from shopkit.offers import codes
from shopkit.offers.code_import import import_codes
from shopkit.offers.code_store import Codes, issue
from shopkit.runtime.state import State

KEY = b"a key that only the shop knows"


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.db")


def listed(folder: Path, *lines: str) -> Path:
    path = folder / "in-use.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def drawn(name: str, count: int, length: int = 9, prefix: str = "") -> list[str]:
    """What the bare stream gives, nobody's codes in the way."""
    return codes.lines(codes.written(codes.draw(KEY, name, count, length, prefix), prefix))


def amounts(state: State) -> list[tuple[str, int]]:
    found = state.read("SELECT batch, SUM(amount) FROM codes GROUP BY batch ORDER BY batch")
    return [(str(batch), int(amount)) for batch, amount in found]


def test_50_000_codes_no_duplicate_a_check_character_and_none_of_0_o_1_i_l(state: State) -> None:
    made = issue(state, KEY, "summer", 50_000)
    assert len(set(made)) == len(made) == 50_000
    assert (made.length, made.fresh, made.skipped) == (9, 50_000, 0)
    assert made.chance <= 1e-7
    assert not set("".join(made)) & set("01ILO")
    assert all(codes.is_valid(code) for code in list(made)[:500])


def test_the_second_run_gives_the_same_and_writes_none(state: State) -> None:
    first = issue(state, KEY, "summer", 300, prefix="vip-")
    again = issue(state, KEY, "summer", 300, prefix="VIP-")
    assert list(again) == list(first) == drawn("summer", 300, prefix="VIP-")
    assert (first.fresh, again.fresh) == (300, 0)
    assert amounts(state) == [("summer", 300)]


def test_a_larger_batch_keeps_its_first_codes(state: State) -> None:
    first = list(issue(state, KEY, "summer", 300))
    more = issue(state, KEY, "summer", 500)
    assert list(more)[:300] == first
    assert more.fresh == 200
    assert list(issue(state, KEY, "summer", 100)) == first[:100]
    assert amounts(state) == [("summer", 500)]


def test_another_batch_never_gets_them(state: State) -> None:
    summer, winter = issue(state, KEY, "summer", 4000), issue(state, KEY, "winter", 4000)
    assert not set(summer) & set(winter)


def test_a_code_of_another_batch_is_passed_over_and_the_own_ones_stay(state: State) -> None:
    """Another key may by chance have drawn it: here a list brings it in."""
    plain = drawn("summer", 12)
    held = [plain[3].lower(), plain[7]]
    import_codes(state, listed(state.path.parent, *held))
    made = issue(state, KEY, "summer", 10)
    assert made.skipped == 2
    assert list(made) == [code for code in plain if code.lower() not in (held[0], held[1].lower())]
    assert list(issue(state, KEY, "summer", 10)) == list(made)
    assert list(issue(state, KEY, "summer", 40))[:10] == list(made)


def test_a_batch_whose_codes_are_all_held_gets_others(state: State) -> None:
    plain = drawn("summer", 60)
    import_codes(state, listed(state.path.parent, *plain[:30]))
    made = issue(state, KEY, "summer", 30)
    assert list(made) == plain[30:]
    assert made.skipped == 30


def test_a_list_with_the_prefix_is_met_and_one_without_is_not(state: State) -> None:
    plain = drawn("summer", 5, prefix="VIP")
    import_codes(state, listed(state.path.parent, plain[0], plain[1][3:]))
    made = issue(state, KEY, "summer", 4, prefix="VIP")
    assert list(made) == plain[1:]


def test_a_later_list_never_takes_a_code_from_its_batch(state: State) -> None:
    made = list(issue(state, KEY, "summer", 10))
    found = import_codes(state, listed(state.path.parent, made[4].lower(), "OTHER-1"))
    assert (found.added, [fault.code for fault in found.faults]) == (1, ["code_ours"])
    assert list(issue(state, KEY, "summer", 20))[:10] == made


def test_a_length_that_is_guessed_too_easily_is_refused_with_one_that_would_do(
    state: State,
) -> None:
    with pytest.raises(InputRefused, match="Take 9 characters") as refused:
        issue(state, KEY, "summer", 100_000, length=8)
    assert refused.value.values["chance"] == "1.2e-07"
    assert amounts(state) == []
    assert issue(state, KEY, "few", 2, length=5).chance <= 1e-7


def test_codes_of_earlier_batches_count_as_live(state: State) -> None:
    issue(state, KEY, "summer", 50_000, length=8)
    with pytest.raises(InputRefused, match="Take 9 characters"):
        issue(state, KEY, "winter", 50_000, length=8)
    winter = issue(state, KEY, "winter", 50_000)
    assert winter.length == 9
    assert len(issue(state, KEY, "summer", 50_000)) == 50_000


def test_a_batch_keeps_its_length_prefix_and_key(state: State) -> None:
    issue(state, KEY, "summer", 10, prefix="A")
    with pytest.raises(InputRefused, match="has codes already"):
        issue(state, KEY, "summer", 10, prefix="B")
    with pytest.raises(InputRefused, match="has codes already"):
        issue(state, KEY, "summer", 10, prefix="A", length=10)
    with pytest.raises(InputRefused, match="key is not the one"):
        issue(state, b"another", "summer", 20, prefix="A")
    assert amounts(state) == [("summer", 10)]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"count": 0}, "code_count_bad"),
        ({"count": 10_000_001}, "code_count_bad"),
        ({"count": 1, "length": 30}, "code_length_bad"),
        ({"count": 1, "length": -1}, "code_length_bad"),
        ({"count": 1, "prefix": "A B"}, "code_prefix_bad"),
        ({"count": 1, "prefix": "夏"}, "code_prefix_bad"),
        ({"count": 1, "prefix": "A" * 21}, "code_prefix_bad"),
    ],
)
def test_what_cannot_be_made_is_told(state: State, asked: dict[str, object], code: str) -> None:
    with pytest.raises(InputRefused) as refused:
        issue(state, KEY, "summer", **asked)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_in_parts_of_what_a_platform_takes(state: State) -> None:
    made = issue(state, KEY, "summer", 230)
    assert [len(part) for part in made.parts(100)] == [100, 100, 30]
    assert [code for part in made.parts(100) for code in part] == list(made)


def die_after_writing(path: Path, before_commit: bool) -> None:
    """A process that is gone between the state and the file, or inside the write itself."""
    with State(path) as state:
        if before_commit:
            with state.transaction():
                issue(state, KEY, "summer", 1000)
                os._exit(9)
        issue(state, KEY, "summer", 1000)
        os._exit(9)


@pytest.mark.parametrize("before_commit", [True, False])
def test_killed_around_the_write_the_next_run_makes_the_same(
    tmp_path: Path, before_commit: bool
) -> None:
    path = tmp_path / "state.db"
    process = multiprocessing.get_context("spawn").Process(
        target=die_after_writing, args=(path, before_commit)
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    with State(path) as state:
        assert amounts(state) == ([] if before_commit else [("summer", 1000)])
        made: Codes = issue(state, KEY, "summer", 1000)
        assert made.fresh == (1000 if before_commit else 0)
        assert list(made) == drawn("summer", 1000)
        assert amounts(state) == [("summer", 1000)]
