"""The only writer: colour only where a person wants it, data never touched."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shopkit.cli import console
from shopkit.cli.options import TalkOptions

ESCAPE = "\x1b["


def on_a_terminal(*words: str, cwd: Path, **environment: str) -> str:
    """What ``shopkit`` shows on a terminal of 80 columns."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "shopkit", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **environment},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    process.wait(timeout=60)
    os.close(ours)
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
def test_colour_on_a_terminal_unless_somebody_minds(shop):
    assert ESCAPE in on_a_terminal("--help", cwd=shop)
    assert ESCAPE not in on_a_terminal("--help", cwd=shop, NO_COLOR="1")
    assert ESCAPE not in on_a_terminal("--help", cwd=shop, TERM="dumb")
    assert ESCAPE not in on_a_terminal("--no-color", "--help", cwd=shop)


def test_no_colour_in_a_pipe(program):
    assert ESCAPE not in program("--help").out + program("doctor").out


def test_data_is_printed_as_it_is(capsys):
    line = "long " * 60 + "[bold]not markup[/bold] \t 中文"
    console.data(line)
    assert capsys.readouterr() == (line + "\n", "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (TalkOptions(), ["said", "complained"]),
        (TalkOptions(quiet=True), ["complained"]),
        (TalkOptions(json=True), ["complained"]),
    ],
)
def test_talk_goes_to_stderr_as_loud_as_asked(capsys, options, told):
    console.settle(options)
    console.say("said")
    console.complain("complained")
    console.settle(TalkOptions())
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == ("", told)


def test_the_envelope_keeps_chinese_readable_and_paths_as_text(capsys):
    console.envelope(
        "image cutout", status="ok", exit_code=0, rows=[{"path": Path("a/红.png"), "n": 1}]
    )
    assert capsys.readouterr().out == (
        '{"shopkit": 1, "command": "image cutout", "status": "ok", "exit_code": 0,'
        ' "summary": {}, "rows": [{"path": "a/红.png", "n": 1}], "errors": []}\n'
    )


def test_a_figure_that_is_none_is_null_in_the_envelope(capsys):
    console.envelope(
        "x", status="ok", exit_code=0, rows=[{"a": math.nan, "b": -math.inf, "c": 1.5}]
    )
    assert '"rows": [{"a": null, "b": null, "c": 1.5}]' in capsys.readouterr().out


def test_csv_lines_quote_what_needs_it(capsys):
    console.csv_lines(["id", "why"], [["1", 'a, "b"']])
    assert capsys.readouterr().out == 'id,why\n1,"a, ""b"""\n'


def test_chinese_comes_through_a_pipe_whatever_the_locale(program):
    page = program("--help", "--lang", "zh", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert "店铺文件夹" in page.out


def test_an_id_stays_in_one_piece_where_half_the_width_holds_it(capsys, monkeypatch):
    monkeypatch.setattr(console, "_width", lambda: 80)
    long = "683000000000000002/510000000000000021"
    console.table(("id", "status", "result"), [(long, "review", "a sentence of many words " * 9)])
    assert long in capsys.readouterr().out
