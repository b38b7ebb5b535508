"""The review queue on the command line: list, show, decide, by id or by a table."""

import csv
import io
from pathlib import Path

import pytest

from shopkit.cli.options import RunOptions
from shopkit.cli.run import run_and_report
from shopkit.runtime.job import Row
from tests.cli.labels import LabelWork


@pytest.fixture
def waiting(shop, capsys) -> list[str]:
    """Two entries in the queue: their ids, in order of the rows."""
    rows = [Row(1, {"word": "odd"}), Row(2, {"word": "red"})]
    run_and_report(LabelWork(), rows, RunOptions(out=Path("a"), jobs=1, now="2026-11-11T09:00"))
    run_and_report(LabelWork(), rows, RunOptions(out=Path("b"), jobs=1, now="2026-11-11T10:00"))
    out = capsys.readouterr().out
    return [row["review"] for row in csv.DictReader(io.StringIO(out)) if row["status"] == "review"]


def listed(ended) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ended.out)))


def test_an_empty_queue_says_so_on_stderr_only(shopkit):
    ended = shopkit("review", "list")
    assert (ended.code, listed(ended)) == (0, [])


def test_list_is_oldest_first_with_the_reason_in_words(waiting, shopkit, shop):
    rows = listed(shopkit("review", "list"))
    assert [row["id"] for row in rows] == waiting
    assert rows[0]["command"] == "image label"
    assert rows[0]["detail"].startswith("odd holds 2 pictures")
    assert rows[0]["file"] == str(shop / "a" / "odd.txt")
    assert listed(shopkit("review", "list", "--command", "image swap")) == []


def test_show_gives_the_whole_entry(waiting, shopkit, shop):
    ended = shopkit("review", "show", waiting[0])
    assert f"id: {waiting[0]}" in ended.out
    assert str(shop / "a" / "odd.txt") in ended.out


def test_a_decision_takes_the_entry_off_the_list_and_is_remembered(waiting, shopkit):
    ended = shopkit("review", "accept", waiting[0], "--note", "seen", "--json")
    assert ended.envelope["command"] == "review accept"
    assert ended.envelope["summary"] == {"entries": 1, "open": 0}
    assert [row["id"] for row in listed(shopkit("review", "list"))] == waiting[1:]
    [first, _] = listed(shopkit("review", "list", "--all"))
    assert (first["decision"], first["note"]) == ("accept", "seen")


def test_a_table_decides_many_and_rows_without_a_word_wait(waiting, shopkit, shop):
    (shop / "decisions.csv").write_text(
        f"id,decision,note\n{waiting[0]},reject,wrong foot\n{waiting[1]},,\n"
    )
    ended = shopkit("review", "accept", "--from", "decisions.csv")
    assert (ended.code, ended.err) == (0, "1 decided.\n")
    assert [row["id"] for row in listed(shopkit("review", "list"))] == waiting[1:]


def test_a_review_counts_as_minutes_of_a_person(waiting, shopkit, shop):
    from shopkit.runtime.ledger import minutes
    from shopkit.runtime.state import State

    (shop / "shopkit.toml").write_text("[baselines.review]\nminutes = 0.5\n")
    shopkit("review", "accept", *waiting)
    with State(shop / ".shopkit" / "state.db") as state:
        [line] = minutes(state)
    assert line.review == 1.0


@pytest.mark.parametrize("action", ["show", "accept", "reject"])
def test_an_unknown_id_is_3_and_decides_nothing(waiting, shopkit, action):
    ended = shopkit("review", action, waiting[0], "nosuch", "--json")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (3, "review_unknown")
    assert len(listed(shopkit("review", "list"))) == 2


@pytest.mark.parametrize("words", [[], ["abc123", "--from", "decisions.csv"]])
def test_ids_or_a_table_not_both_and_not_none(shopkit, words):
    assert shopkit("review", "accept", *words).code == 2


def test_a_table_without_the_columns_is_refused(waiting, shopkit, shop):
    (shop / "decisions.csv").write_text("entry,answer\nx,accept\n")
    assert shopkit("review", "accept", "--from", "decisions.csv").code == 3
