"""How a run ends when it goes wrong: words, exit code, envelope, and never a traceback."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from shopkit.cli import console, top
from shopkit.cli.options import TalkOptions
from shopkit.errors import (
    EngineMissing,
    ExitCode,
    InputRefused,
    Locked,
    ShopkitError,
    UsageFault,
)

KEYS = ["shopkit", "command", "status", "exit_code", "summary", "rows", "errors"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["imag"], "No such command 'imag'. Did you mean 'image'?"),
        (["review", "lst"], "No such command 'lst'. Did you mean 'list'?"),
        (["review", "show"], "Missing argument 'ID'."),
        (["doctor", "--onlin"], "No such option: --onlin"),
        (["doctor", "--online", "--lang"], "Option '--lang' requires an argument."),
        (["doctor", "--lang", "fr"], "Invalid value for '--lang'"),
    ],
)
def test_a_wrong_command_line_is_2_and_says_where_the_help_is(shopkit, words, said):
    ended = shopkit(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    called = " ".join(
        ["shopkit", *(word for word in words if word in ("review", "doctor", "show"))]
    )
    assert f"See: {called} --help" in ended.err


def test_with_json_even_a_wrong_command_line_is_an_envelope(shopkit):
    ended = shopkit("review", "shwo", "--json")
    assert list(ended.envelope) == KEYS
    assert ended.envelope["command"] == "review"
    assert (ended.code, ended.envelope["exit_code"]) == (2, 2)
    assert ended.envelope["errors"][0]["code"] == "usage_wrong"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ShopkitError("setting_not_table", key="files", path="x"), 1),
        (UsageFault("setting_not_table", key="files", path="x"), 2),
        (InputRefused("image_missing", path="a.jpg"), 3),
        (EngineMissing("image_missing", path="a.jpg"), 6),
        (Locked("image_missing", path="a.jpg"), 75),
    ],
)
def test_every_kind_of_error_has_its_exit_code(shopkit, monkeypatch, error, code):
    def fail():
        raise error

    monkeypatch.setattr(top, "command", lambda: lambda **_: fail())
    ended = shopkit("doctor", "--json")
    assert (ended.code, ended.envelope["exit_code"]) == (code, code)
    assert ended.envelope["errors"] == [
        {"code": error.code, "message": error.say, "fix": error.fix}
    ]
    assert ended.err == f"shopkit: {error.say}\n" + (f"  {error.fix}\n" if error.fix else "")


def test_exit_codes_are_the_ones_promised():
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "FAULT": 1,
        "USAGE": 2,
        "REFUSED": 3,
        "SOME_FAILED": 4,
        "FOR_REVIEW": 5,
        "MISSING": 6,
        "LOCKED": 75,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


def test_a_bug_is_one_line_with_the_log_and_the_log_has_the_traceback(shopkit, shop, monkeypatch):
    def fail():
        raise RuntimeError("for lily@example.com, order 4012345678901234, key sk-abcdefgh1234")

    monkeypatch.setattr(top, "command", lambda: lambda **_: fail())
    ended = shopkit("doctor")
    log = shop / "log" / "shopkit" / "log" / "shopkit.log"
    assert ended.code == 1
    assert ended.err == (
        "shopkit: A fault in shopkit, not in your input:"
        " RuntimeError: for ***@***, order ***number***, key sk-***\n"
        f"  Details are in the log: {log}\n"
    )
    written = log.read_text()
    assert "Traceback" in written
    assert "lily@" not in written
    assert "4012345678901234" not in written


def test_verbose_shows_the_traceback_of_a_bug_masked(shopkit, monkeypatch):
    def fail():
        console.settle(TalkOptions(verbose=True))
        raise RuntimeError("lily@example.com")

    monkeypatch.setattr(top, "command", lambda: lambda **_: fail())
    err = shopkit("doctor", "--verbose").err
    assert "Traceback" in err
    assert "lily" not in err


def test_a_log_that_cannot_be_written_changes_nothing_else(shopkit, shop, monkeypatch):
    (shop / "log").write_text("in the way")

    def fail():
        raise RuntimeError("oops")

    monkeypatch.setattr(top, "command", lambda: lambda **_: fail())
    ended = shopkit("doctor")
    assert ended.code == 1
    assert "Traceback" not in ended.err


def test_ctrl_c_is_130_and_says_how_to_go_on(shopkit, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(top, "command", lambda: lambda **_: interrupt())
    ended = shopkit("doctor", "--json")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (130, "interrupted")
    assert ended.err == "Stopped. Run the same command again to go on.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_with_its_code(shop, number, code):
    script = (
        "import signal, sys, time; from shopkit.cli import app, top;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # background jobs ignore it
        "top.command = lambda: lambda **_: (print('up', flush=True), time.sleep(60));"
        "sys.exit(app.main(['doctor']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_reader_that_goes_away_is_no_fault(program, shop):
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "shopkit", "doctor"], stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    os.close(reading)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err == b""


def test_usage_in_chinese(program):
    ended = program("imag", "--lang", "zh")
    assert ended.err.startswith("shopkit：命令写得不对：")


def test_a_full_disk_is_no_fault_of_shopkit(shopkit, monkeypatch):
    def full(*_words, **_named):
        raise OSError(errno.ENOSPC, "No space left on device", "/out/plan.csv")

    monkeypatch.setattr(top, "command", lambda: full)
    ended = shopkit("doctor", "--json")
    assert (ended.code, ended.envelope["errors"][0]["code"]) == (3, "disk_full")
    assert "Make room" in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_no_fault(shop, closed):
    command = f'"{sys.executable}" -m shopkit review list --json {closed}'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
