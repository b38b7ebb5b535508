"""The review queue: short ids that stay, decisions that hold, all or none from a table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopkit.errors import InputRefused
from shopkit.runtime.items import Item, Made
from shopkit.runtime.job import Outcome, Row
from shopkit.runtime.review import Queue, decide, decide_rows, entries, entry
from shopkit.runtime.state import State

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / ".shopkit/state.db") as state:
        yield state


def settle(state: State, tmp_path: Path, *items: Item) -> Queue:
    queue = Queue(state, tmp_path / "out", "image swap")
    for item in items:
        queue.settle([item], NOON)
    return queue


def for_review(name: str, content: str = "1") -> Item:
    outcome = Outcome("review", "image_too_wide", {"path": name})
    return Item(name, "print", outcome, {"picture": Made(f"{name}.png", content)})


def table(*lines: tuple[str, str, str]) -> list[Row]:
    names = ("id", "decision", "note")
    return [
        Row(number, dict(zip(names, line, strict=True)), "d.csv", number + 1)
        for number, line in enumerate(lines, start=1)
    ]


def test_an_entry_says_what_to_look_at(state: State, tmp_path: Path) -> None:
    settle(state, tmp_path, for_review("a"))
    (found,) = entries(state)
    assert (found.command, found.item, found.reason) == ("image swap", "a", "image_too_wide")
    assert found.files == {"picture": tmp_path / "out/a.png"}
    assert found.opened == "2026-11-22T12:00:00+00:00"
    assert found.detail
    assert entry(state, f" {found.id.upper()} ") == found


def test_the_same_job_has_the_same_id_in_every_state(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        with State(tmp_path / name / ".shopkit/state.db") as state:
            settle(state, tmp_path / name, for_review("a"))
            ids.add(entries(state)[0].id)
    assert len(ids) == 1
    assert len(ids.pop()) == 6


def test_a_taken_id_makes_the_next_longer(state: State, tmp_path: Path) -> None:
    settle(state, tmp_path, for_review("a"))
    short = entries(state)[0].id
    state.write("UPDATE review SET item = 'another' WHERE id = ?", (short,))
    settle(state, tmp_path, for_review("a"))
    assert sorted(len(one.id) for one in entries(state)) == [6, 8]
    assert all(one.id.startswith(short) for one in entries(state))


def test_jobs_that_ended_together_stand_as_if_one_by_one(tmp_path: Path) -> None:
    items = [for_review("a"), for_review("b"), for_review("a", "2"), Item("b", "", Outcome("ok"))]
    with State(tmp_path / "one/.shopkit/state.db") as state:
        settle(state, tmp_path / "one", *items)
        (alone,) = entries(state)
    with State(tmp_path / "all/.shopkit/state.db") as state:
        Queue(state, tmp_path / "all/out", "image swap").settle(items, NOON)
        (together,) = entries(state)
    assert together.id == alone.id
    assert together.digest == alone.digest


def test_two_new_jobs_never_share_an_id(state: State, tmp_path: Path) -> None:
    queue = Queue(state, tmp_path / "out", "image swap")
    queue._letters = lambda item, length: ("aaaaaa" + item * 44)[:length]  # type: ignore[method-assign]
    queue.settle([for_review("b"), for_review("c"), for_review("d")], NOON)
    assert sorted(one.id for one in entries(state)) == ["aaaaaa", "aaaaaacc", "aaaaaadd"]


def test_a_decision_closes_and_a_change_reopens(state: State, tmp_path: Path) -> None:
    settle(state, tmp_path, for_review("a"), for_review("b"))
    first = entries(state)[0].id
    (decided,) = decide(state, [first], "reject", note="heel is cut", now=NOON)
    assert (decided.decision, decided.note) == ("reject", "heel is cut")
    assert len(entries(state)) == 1
    assert len(entries(state, every=True)) == 2
    settle(state, tmp_path, for_review(decided.item))
    assert len(entries(state)) == 1
    settle(state, tmp_path, for_review(decided.item, "other content"))
    assert {one.id for one in entries(state)} >= {first}
    assert len(entries(state)) == 2


def test_a_row_that_came_right_leaves_the_queue(state: State, tmp_path: Path) -> None:
    settle(state, tmp_path, for_review("a"), Item("a", "print", Outcome("ok")))
    assert entries(state, every=True) == []


def test_decisions_from_a_table(state: State, tmp_path: Path) -> None:
    settle(state, tmp_path, for_review("a"), for_review("b"), for_review("c"))
    one, two, three = (found.id for found in entries(state))
    lines = table((one, "Accept", ""), (two, "reject", "blurred"), (three, "", ""))
    assert [(d.id, d.decision, d.note) for d in decide_rows(state, lines, now=NOON)] == [
        (one, "accept", ""),
        (two, "reject", "blurred"),
    ]
    assert [found.id for found in entries(state)] == [three]
    assert decide_rows(state, lines, now=NOON) == []  # nothing new: no minutes to count


def test_decisions_written_into_results_csv(state: State, tmp_path: Path) -> None:
    settle(state, tmp_path, for_review("a"))
    identity = entries(state)[0].id
    cells = {"id": "a", "review": identity, "decision": "accept"}
    assert [one.id for one in decide_rows(state, [Row(1, cells)], now=NOON)] == [identity]


@pytest.mark.parametrize(
    ("line", "code"),
    [(("zzzzzz", "accept", ""), "review_unknown"), (("", "maybe", ""), "decision_unknown")],
)
def test_a_table_with_a_wrong_line_changes_nothing(
    state: State, tmp_path: Path, line: tuple[str, str, str], code: str
) -> None:
    settle(state, tmp_path, for_review("a"))
    good = (entries(state)[0].id, "accept", "")
    with pytest.raises(InputRefused) as refused:
        decide_rows(state, table(good, line), now=NOON)
    assert refused.value.code == code
    assert len(entries(state)) == 1
