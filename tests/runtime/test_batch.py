"""The runner as a merchant meets it: what is done, done again, refused, kept and reported."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopkit.errors import EngineMissing, InputRefused
from shopkit.runtime import hashes
from shopkit.runtime.batch import run_batch, run_one
from shopkit.runtime.results import BatchResult, Progress
from shopkit.runtime.state import State
from shopkit.runtime.table import read_table
from tests.runtime.paint_work import Paint, executed, names, picture, rows

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Runner = Callable[..., BatchResult]


@pytest.fixture
def work(tmp_path: Path) -> Paint:
    return Paint(tmp_path / "log.txt")


@pytest.fixture
def run(tmp_path: Path, work: Paint) -> Iterator[Runner]:
    with State(tmp_path / ".shopkit" / "state.db") as state:

        def call(cells: list[dict[str, str]], **options: object) -> BatchResult:
            options = {"state": state, "now": NOON, **options}
            return run_batch(work, rows(cells), tmp_path / "out", **options)

        yield call


def test_writes_pictures_and_a_results_table(run: Runner, tmp_path: Path) -> None:
    red = str(picture(tmp_path / "red.png"))
    cells = [
        {"id": "a", "scene": red, "备注": "=1+1"},
        {"id": "b", "scene": red, "do": "review"},
        {"id": "c", "scene": "gone.png"},
    ]
    result = run(cells)
    assert result.exit_code() == 4
    assert result.exit_code("review") == 4
    assert result.exit_code("never") == 0
    assert result.counts == {"ok": 1, "review": 1, "decided": 0, "failed": 1, "pending": 0}
    with (tmp_path / "out/results.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["status"] for row in table] == ["ok", "review", "failed"]
    assert table[0]["output"] == "a.png"
    assert table[0]["output_note"] == "a.txt"
    assert table[0]["width"] == "16"
    assert table[0]["备注"] == "'=1+1"
    assert table[1]["warnings"] == "pale"
    assert len(table[1]["review"]) == 6
    assert table[2]["reason"] == "input_missing"
    assert "gone.png" in table[2]["detail"]
    assert names(tmp_path / "out") == [
        *("a.png", "a.txt", "b.png", "b.txt", "results.csv"),
    ]


def test_second_run_does_nothing(
    run: Runner, work: Paint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [{"scene": str(picture(tmp_path / f"{name}.png"))} for name in "abc"]
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    cells.append({"scene": str(broken)})
    for number in range(4):  # long enough ago that the file's clock has ticked on
        os.utime(cells[number]["scene"], (1e9, 1e9))
    assert run(cells).exit_code() == 4
    before = (tmp_path / "out/results.csv").stat()
    monkeypatch.setattr(hashes, "sha256", lambda path: pytest.fail(f"{path} was read again"))
    again = run(cells)
    assert again.exit_code() == 4
    assert again.already_done == 3
    assert executed(work.log) == ["a", "b", "c", "broken"]
    assert (tmp_path / "out/results.csv").stat() == before
    assert [row.before for row in again.rows] == [True] * 4


def test_only_what_changed_is_done_again(run: Runner, work: Paint, tmp_path: Path) -> None:
    cells = [{"scene": str(picture(tmp_path / f"{name}.png"))} for name in "abcd"]
    run(cells)
    work.log.unlink()
    picture(tmp_path / "a.png", (0, 0, 255))  # other content
    cells[1]["colour"] = "9,9,9"  # other parameter
    (tmp_path / "out/c.txt").unlink()  # an output is missing
    os.utime(tmp_path / "d.png", (1e9, 1e9))  # touched, not changed
    result = run(cells)
    assert executed(work.log) == ["a", "b", "c"]
    assert result.already_done == 1


def test_a_new_engine_version_does_all_again(run: Runner, work: Paint, tmp_path: Path) -> None:
    cells = [{"scene": str(picture(tmp_path / "a.png"))}]
    run(cells)
    work.version = "2"
    run(cells)
    assert executed(work.log) == ["a", "a"]


def test_a_failed_row_stays_failed_until_asked(run: Runner, work: Paint, tmp_path: Path) -> None:
    scene = tmp_path / "a.png"
    scene.write_bytes(b"no picture")
    cells = [{"scene": str(scene)}]
    assert [run(cells).exit_code() for _ in range(2)] == [4, 4]
    assert executed(work.log) == ["a"]
    run(cells, retry_failed=True)
    assert executed(work.log) == ["a", "a"]
    picture(scene)
    assert run(cells).exit_code() == 0


@pytest.mark.parametrize(("do", "reason"), [("full", "disk_full"), ("memory", "memory_short")])
def test_a_fault_of_the_machine_is_tried_again_by_itself(
    run: Runner, work: Paint, tmp_path: Path, do: str, reason: str
) -> None:
    cells = [{"scene": str(picture(tmp_path / "a.png")), "do": do}]
    assert run(cells).rows[0].reason == reason
    run(cells)
    assert executed(work.log) == ["a", "a"]


def test_a_bug_fails_its_row_and_goes_to_the_log(
    run: Runner, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    red = str(picture(tmp_path / "red.png"))
    result = run([{"id": "a", "scene": red, "do": "bug"}, {"id": "b", "scene": red}])
    assert [(row.status, row.reason) for row in result.rows] == [
        ("failed", "row_fault"),
        ("ok", ""),
    ]
    assert "ValueError: a bug" in result.rows[0].detail
    assert "Traceback" in caplog.text


def test_a_missing_engine_stops_the_run_before_the_first_row(
    run: Runner, work: Paint, tmp_path: Path
) -> None:
    red = str(picture(tmp_path / "red.png"))
    with pytest.raises(EngineMissing):
        run([{"id": "a", "scene": red}, {"id": "b", "scene": red, "do": "no engine"}])
    assert executed(work.log) == []


def test_equal_names_in_two_folders_get_names_of_their_own(
    run: Runner, work: Paint, tmp_path: Path
) -> None:
    one = str(picture(tmp_path / "one/shoe.png"))
    two = str(picture(tmp_path / "two/shoe.png", (0, 255, 0)))
    cells = [{"scene": one}, {"scene": two}, {"id": "green", "scene": two}, {"scene": one}]
    result = run(cells)
    assert [row.reason for row in result.rows] == ["", "", "", "id_twice"]  # the last is the first
    first, second = result.rows[0].id, result.rows[1].id
    assert first == "shoe"
    assert re.fullmatch("shoe-[0-9a-f]{6}", second)
    assert (tmp_path / f"out/{second}.png").is_file()
    again = run([cells[0], {"id": "new", "scene": one}, cells[1]])  # the name does not move
    assert [row.id for row in again.rows] == ["shoe", "new", second]
    assert executed(work.log) == ["shoe", second, "green", "new"]


def test_a_given_id_is_never_changed(run: Runner, tmp_path: Path) -> None:
    one = str(picture(tmp_path / "one.png"))
    two = str(picture(tmp_path / "two.png"))
    result = run([{"id": "a", "scene": one}, {"id": "a", "scene": two}, {"out": "a", "scene": two}])
    assert [row.reason for row in result.rows] == ["", "id_twice", "output_twice"]


def test_names_that_differ_by_case_or_accent_form_collide(run: Runner, tmp_path: Path) -> None:
    red = str(picture(tmp_path / "red.png"))
    names = ["Shoe", "shoe", "caf\u00e9", "cafe\u0301"]
    result = run([{"id": str(number), "scene": red, "out": n} for number, n in enumerate(names)])
    assert [row.reason for row in result.rows] == ["", "output_twice", "", "output_twice"]


@pytest.mark.parametrize(
    "name",
    ["../a.png", "/etc/a.png", "C:\\a.png", "a/../../b.png", "nul.png", "a\0.png", "results.csv"],
)
def test_an_out_cell_never_leads_out(run: Runner, tmp_path: Path, name: str) -> None:
    red = str(picture(tmp_path / "red.png"))
    result = run([{"id": "a", "scene": red, "out": name}])
    assert result.rows[0].reason == "output_unsafe"
    assert names(tmp_path / "out") == ["results.csv"]


def test_a_linked_folder_does_not_lead_out_either(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/link").symlink_to(tmp_path / "elsewhere")
    red = str(picture(tmp_path / "red.png"))
    result = run([{"id": "a", "scene": red, "out": "link/a.png"}, {"scene": red, "out": "new/b"}])
    assert [row.reason for row in result.rows] == ["output_unsafe", ""]
    assert names(tmp_path / "elsewhere") == []
    assert (tmp_path / "out/new/b.png").is_file()


def test_a_foreign_file_is_left_alone_without_force(run: Runner, tmp_path: Path) -> None:
    cells = [{"scene": str(picture(tmp_path / "a.png"))}]
    theirs = tmp_path / "out/a.png"
    theirs.parent.mkdir()
    theirs.write_bytes(b"mine")
    assert run(cells).rows[0].reason == "output_foreign"
    assert theirs.read_bytes() == b"mine"
    assert run(cells, force=True).exit_code() == 0
    assert theirs.read_bytes() != b"mine"
    assert run(cells).already_done == 1


def test_an_edited_output_stays_and_goes_to_review(
    run: Runner, work: Paint, tmp_path: Path
) -> None:
    cells = [{"scene": str(picture(tmp_path / "a.png"))}]
    run(cells)
    (tmp_path / "out/a.png").write_bytes(b"retouched")
    result = run(cells)
    assert (result.rows[0].status, result.rows[0].reason) == ("review", "output_edited")
    cells[0]["colour"] = "7,7,7"  # due again, and still not written over
    assert run(cells).rows[0].reason == "output_edited"
    assert (tmp_path / "out/a.png").read_bytes() == b"retouched"
    assert executed(work.log) == ["a"]
    assert run(cells, force=True).exit_code("review") == 0


def test_a_link_in_an_outputs_place_is_foreign_and_never_followed(
    run: Runner, tmp_path: Path
) -> None:
    cells = [{"scene": str(picture(tmp_path / "a.png"))}]
    precious = picture(tmp_path / "precious.png", (1, 1, 1))
    before = precious.read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.png").symlink_to(precious)
    assert run(cells).rows[0].reason == "output_foreign"
    assert run(cells, force=True).exit_code() == 0
    assert precious.read_bytes() == before
    assert not (tmp_path / "out/a.png").is_symlink()


def test_a_folder_in_an_outputs_place_fails_the_row(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "out/a.png").mkdir(parents=True)
    cells = [{"scene": str(picture(tmp_path / "a.png"))}]
    assert [run(cells, force=force).rows[0].reason for force in (False, True)] == [
        *("output_is_folder", "output_is_folder"),
    ]


def test_an_input_is_never_written_over_even_with_force(run: Runner, tmp_path: Path) -> None:
    scene = picture(tmp_path / "out/a.png")
    before = scene.read_bytes()
    assert run([{"scene": str(scene)}], force=True).rows[0].reason == "output_is_input"
    assert scene.read_bytes() == before


def test_an_edited_results_table_is_kept(run: Runner, tmp_path: Path) -> None:
    cells = [{"scene": str(picture(tmp_path / "a.png"))}]
    run(cells)
    (tmp_path / "out/results.csv").write_text("my notes")
    result = run(cells)
    assert result.kept == tmp_path / "out/results.edited1.csv"
    assert result.kept.read_text() == "my notes"
    assert "results.edited1.csv" in result.words
    assert run(cells).kept is None


def test_a_decision_shows_and_holds_until_the_output_changes(
    run: Runner, work: Paint, tmp_path: Path
) -> None:
    from shopkit.runtime.review import decide

    cells = [{"id": "a", "scene": str(picture(tmp_path / "a.png")), "do": "review"}]
    first = run(cells)
    assert first.exit_code("review") == 5
    with State(tmp_path / ".shopkit/state.db") as state:
        decide(state, [first.rows[0].review], "accept", now=NOON)
    again = run(cells)
    assert (again.rows[0].review, again.rows[0].decision) == (first.rows[0].review, "accept")
    assert again.exit_code("review") == 0
    assert run(cells, force=True).rows[0].decision == "accept"  # made again, the same bytes
    cells[0]["colour"] = "7,7,7"
    reopened = run(cells)
    assert (reopened.rows[0].review, reopened.rows[0].decision) == (first.rows[0].review, "")


def test_rows_come_back_in_input_order_from_two_workers(run: Runner, tmp_path: Path) -> None:
    cells = [
        {"scene": str(picture(tmp_path / f"{number}.png")), "do": f"sleep {0.02 * (number % 3)}"}
        for number in range(9)
    ]
    assert [row.id for row in run(cells, jobs=2).rows] == [str(number) for number in range(9)]


def test_threads_work_too(run: Runner, tmp_path: Path) -> None:
    cells = [{"scene": str(picture(tmp_path / f"{number}.png"))} for number in range(5)]
    assert run(cells, jobs=3, pool="threads").exit_code() == 0


def test_progress_counts_every_row_once(run: Runner, tmp_path: Path) -> None:
    told: list[Progress] = []
    cells = [{"scene": str(picture(tmp_path / f"{name}.png"))} for name in "ab"]
    run(cells[:1])
    run(cells, on_progress=told.append)
    assert [(one.done, one.total, one.already_done, one.last) for one in told] == [
        (1, 2, 1, ""),
        (2, 2, 1, "b"),
    ]


def test_no_rows_are_no_fault(run: Runner, tmp_path: Path) -> None:
    assert run([]).exit_code() == 0
    assert (tmp_path / "out/results.csv").read_text("utf-8-sig").startswith("id,status,reason")


def test_a_shop_can_move(tmp_path: Path, work: Paint) -> None:
    shop = tmp_path / "shop"
    cells = [{"scene": "a.png", "id": "a"}]
    picture(shop / "a.png")

    def once(folder: Path) -> BatchResult:
        made = [{**one, "scene": str(folder / one["scene"])} for one in cells]
        with State(folder / ".shopkit/state.db") as state:
            return run_batch(work, rows(made), folder / "out", state=state)

    once(shop)
    shop.rename(tmp_path / "moved")
    assert once(tmp_path / "moved").already_done == 1


def test_results_as_a_frame_feed_the_next_batch(run: Runner, work: Paint, tmp_path: Path) -> None:
    cells = [{"id": "00123", "scene": str(picture(tmp_path / "a.png")), "note": "x"}]
    frame = run(cells).to_pandas()
    assert list(frame["id"]) == ["00123"]
    assert list(frame["width"]) == [16]
    assert list(frame["note"]) == ["x"]
    with State(tmp_path / ".shopkit/state.db") as state:
        again = run_batch(work, read_table(frame).rows, tmp_path / "out", state=state)
    assert again.already_done == 1


def test_one_item_into_one_file(tmp_path: Path, work: Paint) -> None:
    row = rows([{"scene": str(picture(tmp_path / "a.png"))}])[0]
    with State(tmp_path / ".shopkit/state.db") as state:
        first = run_one(work, row, tmp_path / "x.png", state=state)
        second = run_one(work, row, tmp_path / "y.png", state=state)
        again = run_one(work, row, tmp_path / "x.png", state=state)
    assert first.file is None
    assert (first.exit_code(), second.already_done, again.already_done) == (0, 0, 1)
    assert {path.name for path in tmp_path.iterdir()} == {
        *(".shopkit", "a.png", "log.txt", "x.png", "x.txt", "y.png", "y.txt"),
    }


def test_one_item_that_is_refused_exits_3(tmp_path: Path, work: Paint) -> None:
    row = rows([{"scene": str(tmp_path / "gone.png")}])[0]
    with State(tmp_path / ".shopkit/state.db") as state:
        assert run_one(work, row, tmp_path / "x.png", state=state).exit_code() == 3
        with pytest.raises(InputRefused, match="folder"):
            run_one(work, row, tmp_path, state=state)


def test_five_hundred_pictures(run: Runner, work: Paint, tmp_path: Path) -> None:
    """5 broken, two of equal names in two folders, one scene used twice: no row is lost."""
    cells = [
        {"id": f"p{number}", "scene": str(picture(tmp_path / f"in/{number}.png", side=4))}
        for number in range(498)
    ]
    for number in (3, 77, 200, 333, 497):
        (tmp_path / f"in/{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    del cells[9]["id"], cells[10]["id"]
    cells[10]["scene"] = str(picture(tmp_path / "other/9.png", (0, 0, 9), side=4))
    cells += [{**cells[0], "id": "again"}, {**cells[1], "id": "review", "do": "review"}]
    first = run(cells)
    assert first.counts == {"ok": 494, "review": 1, "decided": 0, "failed": 5, "pending": 0}
    assert first.exit_code() == 4
    assert all(row.reason == "image_unreadable" for row in first.rows if row.status == "failed")
    assert len(list((tmp_path / "out").iterdir())) == 2 * 495 + 1
    second = run(cells)
    assert second.exit_code() == 4
    assert second.already_done == 495
    assert len(executed(work.log)) == 500


def test_a_bug_in_preparing_fails_its_row_only(run: Runner, tmp_path: Path) -> None:
    result = run([{"id": "a"}, {"id": "b", "scene": str(picture(tmp_path / "b.png"))}])
    assert [row.reason for row in result.rows] == ["row_fault", ""]


def test_names_that_are_no_text(run: Runner, work: Paint, tmp_path: Path) -> None:
    """File names are bytes: one that is no UTF-8, one with every kind of letter, one with a NUL."""
    odd = picture(tmp_path / os.fsdecode(b"\xff\xfe.png"))
    emoji = picture(tmp_path / "红👟 $'\"`;&.png")
    cells = [{"scene": str(odd)}, {"scene": str(emoji)}, {"id": "nul", "scene": "a\0.png"}]
    assert [row.reason for row in run(cells).rows] == ["", "", "input_missing"]
    assert run(cells).already_done == 2
    assert (tmp_path / "out/红👟 $'_`;&.png").is_file()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe with a name")
def test_inputs_without_an_end_are_not_waited_for(run: Runner, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    cells = [{"scene": str(tmp_path / "pipe.png")}, {"id": "f", "scene": str(tmp_path)}]
    assert [row.reason for row in run(cells).rows] == ["file_unreadable", "file_unreadable"]


def test_one_item_with_a_bug_exits_1(tmp_path: Path, work: Paint) -> None:
    row = rows([{"scene": str(picture(tmp_path / "a.png")), "do": "bug"}])[0]
    with State(tmp_path / ".shopkit/state.db") as state:
        assert run_one(work, row, tmp_path / "x.png", state=state).exit_code() == 1
