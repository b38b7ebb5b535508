"""Joint files of one run: all of them or none, never over what a person wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopkit.errors import InputRefused, Locked, UsageFault
from shopkit.runtime import ledger, review
from shopkit.runtime.job import Outcome, Row
from shopkit.runtime.publish import Ended, publishing
from shopkit.runtime.results import BatchResult
from shopkit.runtime.settings import Baseline
from shopkit.runtime.state import State

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROW = Row(1, {"name": "满100减10"}, "coupons.csv", 2)


@pytest.fixture
def state(tmp_path: Path):
    with State(tmp_path / ".shopkit/state.db") as opened:
        yield opened


def run(
    state: State, out: Path, files: dict[str, str], *ended: Ended, force: bool = False, **close
) -> BatchResult:
    baseline = Baseline(4, "the owner")
    with publishing(
        "coupon create", out, state=state, now=NOW, baseline=baseline, force=force
    ) as publication:
        for name, content in files.items():
            publication.file(name).write_text(content, encoding="utf-8")
        return publication.close(ended, **close)


def content(out: Path) -> dict[str, str]:
    files = (path for path in sorted(out.rglob("*")) if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_text("utf-8-sig") for path in files}


def test_files_results_review_and_minutes_of_a_run(state, tmp_path):
    out = tmp_path / "out"
    good = Ended(ROW, "c1", Outcome("ok", evidence={"codes": 3}))
    doubt = Ended(ROW, "c2", Outcome("review", "output_edited", {"path": "x"}))
    result = run(state, out, {"a.csv": "a", "codes/1.csv": "b"}, good, doubt, evidence=["codes"])
    assert sorted(content(out)) == ["a.csv", "codes/1.csv", "results.csv"]
    assert result.counts == {"ok": 1, "review": 1, "decided": 0, "failed": 0, "pending": 0}
    assert content(out)["results.csv"].splitlines()[1].startswith("c1,ok,")
    [entry] = review.entries(state)
    assert (entry.item, entry.reason, result.rows[1].review) == ("c2", "output_edited", entry.id)
    [minutes] = ledger.minutes(state)
    assert (minutes.items, minutes.human) == (2, 8.0)


def test_a_second_run_touches_nothing_and_counts_no_minutes(state, tmp_path):
    out, good = tmp_path / "out", Ended(ROW, "c1", Outcome("ok"))
    run(state, out, {"a.csv": "a"}, good)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    run(state, out, {"a.csv": "a"}, good)
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before
    assert ledger.minutes(state)[0].items == 1


def test_a_file_that_is_no_longer_made_goes(state, tmp_path):
    run(state, tmp_path / "out", {"a.csv": "a", "rejects.csv": "r"})
    run(state, tmp_path / "out", {"a.csv": "a"})
    assert "rejects.csv" not in content(tmp_path / "out")


@pytest.mark.parametrize(
    ("there", "code"), [("theirs", "output_foreign"), ("edited", "output_changed")]
)
def test_what_a_person_wrote_stays(state, tmp_path, there, code):
    out = tmp_path / "out"
    if there == "edited":
        run(state, out, {"a.csv": "a"})
    out.mkdir(exist_ok=True)
    (out / "a.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputRefused) as refusal:
        run(state, out, {"a.csv": "new", "b.csv": "b"})
    assert refusal.value.code == code
    assert content(out)["a.csv"] == "mine"
    assert "b.csv" not in content(out)
    run(state, out, {"a.csv": "new"}, force=True)
    assert content(out)["a.csv"] == "new"


def test_a_block_that_fails_leaves_nothing(state, tmp_path):
    out = tmp_path / "out"
    with (
        pytest.raises(ZeroDivisionError),
        publishing("coupon create", out, state=state, now=NOW) as publication,
    ):
        publication.file("a.csv").write_text("half", encoding="utf-8")
        raise ZeroDivisionError
    assert content(out) == {}


def test_files_and_memory_are_one(state, tmp_path):
    """What ``record`` writes is undone with the rest when the transaction fails."""

    def record() -> None:
        state.write("INSERT INTO created VALUES ('coupon create','k','n','o','t')")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(state, tmp_path / "out", {"a.csv": "a"}, record=record)
    assert state.read("SELECT * FROM created") == []
    assert content(tmp_path / "out") == {}


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_a_run_that_dies_between_two_moves_is_finished_by_the_next(
    state, tmp_path, monkeypatch, moves
):
    out, wanted = tmp_path / "out", {"a.csv": "a2", "b.csv": "b2", "c.csv": "c2"}
    run(state, out, {"a.csv": "a", "b.csv": "b", "c.csv": "c"})
    real, left = Path.replace, [moves]

    def replace(self: Path, target: Path) -> Path:
        if left[0] == 0:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        return real(self, target)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="space"):
        patch.setattr(Path, "replace", replace)
        run(state, out, wanted)
    run(state, out, wanted)
    assert content(out) | wanted == content(out)


def test_two_runs_in_one_folder(state, tmp_path):
    with (
        publishing("coupon create", tmp_path / "out", state=state, now=NOW),
        pytest.raises(Locked),
        publishing("coupon create", tmp_path / "out", state=state, now=NOW),
    ):
        pass


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "results.csv"])
def test_no_name_leads_out(state, tmp_path, name):
    with (
        pytest.raises(InputRefused),
        publishing("coupon create", tmp_path / "out", state=state, now=NOW) as publication,
    ):
        publication.file(name)


def test_a_folder_is_not_made_under_a_files_name(state: State, tmp_path: Path) -> None:
    with pytest.raises(UsageFault) as caught:
        run(state, tmp_path / "coupons.csv", {"a.csv": "x"})
    assert caught.value.code == "out_is_a_folder"
    assert not (tmp_path / "coupons.csv").exists()
    run(state, tmp_path / "plan.v2", {"a.csv": "x"})  # a dot is not a file's ending yet


def test_a_link_that_leads_to_itself_is_refused_in_words(state: State, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputRefused) as caught:
        run(state, tmp_path / "loop", {"a.csv": "x"})
    assert caught.value.code in ("out_not_folder", "out_not_writable")
