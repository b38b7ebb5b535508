"""Rows to results: what lands on stdout, what on stderr, and what the shell sees."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shopkit.cli import console, progress
from shopkit.cli.options import RunOptions
from shopkit.cli.run import rows_of, run_and_report
from shopkit.errors import UsageFault
from tests.cli.labels import LabelWork


@pytest.fixture
def run(shop, capsys):
    """Run words as arguments (or a table), return (exit code, stdout, stderr)."""

    def run(*words: str, out: str = "out", **options):
        chosen = RunOptions(out=Path(out), jobs=1, **options)
        console.settle(chosen)
        rows = rows_of(chosen, [{"word": word} for word in words], required=("word",))
        code = run_and_report(LabelWork(), rows, chosen)
        return code, *capsys.readouterr()

    yield run
    console.settle(RunOptions(out=Path()))


def test_one_row_into_one_file_prints_its_path(run, shop):
    code, out, _err = run("red", out="label.txt")
    assert (code, out) == (0, f"{shop}/label.txt\n")
    assert (shop / "label.txt").read_text() == "red"
    assert sorted(path.name for path in shop.iterdir() if path.is_file()) == [
        "label.txt",
        "shopkit.toml",
    ]


def test_several_rows_piped_are_the_results_as_csv(run, shop):
    code, out, err = run("red", "bad", "odd")
    assert code == 4
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["id"], row["status"], row["reason"]) for row in rows] == [
        ("red", "ok", ""),
        ("bad", "failed", "image_missing"),
        ("odd", "review", "image_animated"),
    ]
    assert rows[0]["output"] == "red.txt"
    assert rows[0]["letters"] == "3"
    assert len(err.strip().splitlines()) == 1  # the summary, and nothing else on stderr


def test_a_long_cell_is_never_wrapped_in_a_pipe(run):
    word = "long-" * 40
    _, out, _ = run(word[:100], "x")
    assert any(word[:100] in line for line in out.splitlines())


@pytest.mark.parametrize(
    ("words", "fail_on", "code"),
    [
        (["red"], "failed", 0),
        (["red", "odd"], "failed", 0),
        (["red", "odd"], "review", 5),
        (["red", "bad"], "failed", 4),
        (["red", "bad", "odd"], "review", 4),
        (["bad"], "failed", 4),
        (["red", "bad"], "never", 0),
    ],
)
def test_exit_codes_of_a_batch(run, words, fail_on, code):
    assert run(*words, fail_on=fail_on)[0] == code


def test_a_single_refused_file_is_3(run):
    code, out, err = run("bad", out="label.txt")
    assert (code, out) == (3, "")
    assert "There is no file bad.jpg." in err


def test_json_is_one_envelope_with_all_rows_and_the_failures_in_words(run):
    code, out, err = run("red", "bad", json=True)
    envelope = json.loads(out)
    assert list(envelope) == [
        "shopkit",
        "command",
        "status",
        "exit_code",
        "summary",
        "rows",
        "errors",
    ]
    assert (envelope["shopkit"], envelope["command"]) == (1, "image label")
    assert (envelope["status"], envelope["exit_code"], code) == ("partial", 4, 4)
    assert envelope["summary"]["ok"] == envelope["summary"]["failed"] == 1
    assert [row["status"] for row in envelope["rows"]] == ["ok", "failed"]
    assert envelope["errors"] == [
        {
            "code": "image_missing",
            "message": "There is no file bad.jpg.",
            "fix": "Check the name and the folder.",
            "row": 2,
            "id": "bad",
        }
    ]
    assert err == ""


def test_the_second_run_does_nothing_and_keeps_the_exit_code(run):
    assert run("red", "bad")[0] == 4
    code, out, _ = run("red", "bad", json=True)
    assert (code, json.loads(out)["summary"]["already_done"]) == (4, 1)


def test_quiet_says_nothing_when_all_is_well(run):
    assert run("red", "green", quiet=True)[2] == ""


def test_a_fault_of_ours_in_a_row_goes_to_the_log_without_personal_data(run, shop):
    code, out, err = run("red", "bug")
    assert code == 4
    assert "Traceback" not in out + err
    log = (shop / "log" / "shopkit" / "log" / "shopkit.log").read_text()
    assert "ZeroDivisionError: of ***phone***" in log


def test_a_batch_file_is_rows_and_dash_is_stdin(run, shop, monkeypatch):
    (shop / "jobs.csv").write_text("word,note\nred,first\ngreen,second\n")
    code, out, _ = run(batch="jobs.csv")
    assert code == 0
    assert [row["note"] for row in csv.DictReader(io.StringIO(out))] == ["first", "second"]
    stdin = io.TextIOWrapper(io.BytesIO(b"word\nblue\n"))
    monkeypatch.setattr("sys.stdin", stdin)
    assert run(batch="-")[0] == 0
    assert (shop / "out" / "blue.txt").exists()


@pytest.mark.parametrize(
    ("words", "options", "code"),
    [
        ([], {}, "nothing_given"),
        (["red"], {"batch": "jobs.csv"}, "batch_and_arguments"),
        (["red", "blue"], {"out": "label.txt"}, "out_must_be_folder"),
        (["red"], {"now": "tomorrow"}, "time_unreadable"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_starts(run, shop, words, options, code):
    with pytest.raises(UsageFault) as told:
        run(*words, **options)
    assert told.value.code == code
    assert not (shop / "out").exists()


def test_the_clock_is_the_one_given(run, shop):
    from shopkit.runtime.review import entries
    from shopkit.runtime.state import State

    run("odd", now="2026-11-11T20:00")
    with State(shop / ".shopkit" / "state.db") as state:
        assert entries(state)[0].opened == "2026-11-11T20:00:00+08:00"


def test_the_ledger_counts_against_the_minutes_the_shop_measured(run, shop):
    from shopkit.runtime.ledger import minutes
    from shopkit.runtime.state import State

    (shop / "shopkit.toml").write_text(
        '[baselines.image_label]\nminutes = 4\nmeasured_by = "Li, 2026-11-03"\n'
    )
    run("red", "green", "bad")
    with State(shop / ".shopkit" / "state.db") as state:
        [line] = minutes(state)
    assert (line.items, line.human, line.measured_by) == (2, 8, "Li, 2026-11-03")


def test_under_cron_a_line_a_minute_tells_how_far_it_is(run, monkeypatch):
    ticks = iter(range(0, 1000, 25))  # seconds, at every look on the clock
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(ticks)))
    code, _, err = run(*"abcdefgh")
    assert code == 0
    *told, _summary = err.splitlines()
    assert 0 < len(told) < 8
    assert told[-1].startswith("image label: ")
    assert "/8 ok " in told[-1]


def test_the_bar_is_drawn_on_stderr_only(run, monkeypatch):
    monkeypatch.setattr(progress.console, "on_terminal", lambda stream: stream is sys.stderr)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # rich's own switch
    code, out, err = run("red", "green")
    assert code == 0
    assert out.splitlines()[0].startswith("id,status")
    assert "2/2" in err


def test_on_a_terminal_what_needs_a_person_comes_first_and_fits(run, monkeypatch):
    monkeypatch.setattr(progress.console, "on_terminal", lambda stream: stream is sys.stdout)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    words = [f"word{number}" for number in range(30)]
    _, out, _ = run(*words, "odd", "bad")
    lines = [line for line in out.splitlines() if line.strip()]
    assert max(map(len, lines)) <= 80
    rows = [line.split()[:2] for line in lines if line.split()[0] in {*words, "odd", "bad"}]
    assert rows[:3] == [["bad", "failed"], ["odd", "review"], ["word0", "ok"]]
    assert len(rows) == 20
    assert lines[-1] == "and 12 more in out/results.csv"


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_engine_that_prints_never_reaches_stdout(shop, jobs):
    script = (
        "from pathlib import Path; from shopkit.cli import console;"
        "from shopkit.cli.options import RunOptions; from shopkit.cli.run import *;"
        "from tests.cli.labels import LabelWork;"
        f"o = RunOptions(out=Path('out'), jobs={jobs}, json=True); console.settle(o);"
        "run_and_report(LabelWork(), rows_of(o, [{'word': 'loud'}, {'word': 'red'}]), o)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["summary"]["ok"] == 2
    assert "native code talks too" in done.stderr


def test_verbose_tells_every_row(run):
    lines = run("red", "green", verbose=True)[2].splitlines()
    assert lines[1:3] == ["image label: 1/2 red", "image label: 2/2 green"]
