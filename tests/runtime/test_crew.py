"""Workers that die, hang on, or outlive their parent: a crash costs its own row only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shopkit.errors import Locked
from shopkit.runtime.batch import run_batch
from shopkit.runtime.results import BatchResult
from shopkit.runtime.state import State
from tests.runtime.paint_work import Paint, executed, picture, rows

RUN = """
import sys
from pathlib import Path
from shopkit.runtime.batch import run_batch
from shopkit.runtime.state import State
from tests.runtime.paint_work import Paint, rows
if __name__ == "__main__":
    home, jobs, *does = sys.argv[1:]
    scene = str(Path(home, "a.png"))
    cells = [{"id": str(n), "scene": scene, "do": do} for n, do in enumerate(does)]
    with State(Path(home, ".shopkit/state.db")) as state:
        work, out = Paint(Path(home, "log.txt")), Path(home, "out")
        result = run_batch(work, rows(cells), out, state=state, jobs=int(jobs))
    print(result.words)
    sys.exit(result.exit_code())
"""


def start(home: Path, jobs: int, *does: str) -> subprocess.Popen[str]:
    """The runner as a process of its own."""
    picture(home / "a.png")
    command = [sys.executable, "-c", RUN, str(home), str(jobs), *does]
    quiet = subprocess.DEVNULL  # a killed run leaves semaphores that its tracker complains of
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True)


def wait_until(home: Path, begun: int, moved_in: int = 0) -> None:
    """Wait until this many rows have begun and this many main outputs lie in their place."""
    while len(executed(home / "log.txt")) < begun:
        time.sleep(0.01)
    while len(list((home / "out").glob("[0-9].png"))) < moved_in:
        time.sleep(0.01)


def run(tmp_path: Path, does: list[str], jobs: int = 2) -> BatchResult:
    scene = str(picture(tmp_path / "a.png"))
    cells = [{"id": str(number), "scene": scene, "do": do} for number, do in enumerate(does)]
    with State(tmp_path / ".shopkit/state.db") as state:
        work = Paint(tmp_path / "log.txt")
        return run_batch(work, rows(cells), tmp_path / "out", state=state, jobs=jobs)


def test_a_crash_fails_its_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    result = run(tmp_path, ["", "segfault", "", "", "segfault", ""])
    assert [row.reason for row in result.rows] == [
        *("", "worker_crashed", "", "", "worker_crashed", ""),
    ]
    assert run(tmp_path, ["", "segfault", "", "", "segfault", ""]).already_done == 4


def test_a_row_that_dies_once_is_saved_by_trying_it_alone(tmp_path: Path) -> None:
    """As when two large pictures together were too much for the memory."""
    result = run(tmp_path, ["", f"once {tmp_path / 'died'}", ""])
    assert [row.status for row in result.rows] == ["ok", "ok", "ok"]
    assert executed(tmp_path / "log.txt").count("1") == 2


def test_a_row_that_kills_an_inline_run_is_isolated_at_the_third(tmp_path: Path) -> None:
    ended = []
    for _ in range(3):
        with start(tmp_path, 1, "", "segfault", "") as process:
            process.communicate()
        ended.append(process.returncode)
    assert ended == [-signal.SIGSEGV, -signal.SIGSEGV, 4]
    assert executed(tmp_path / "log.txt") == ["0", "1", "1", "2", "1"]


def test_sigterm_leaves_an_honest_partial_result(tmp_path: Path) -> None:
    for jobs, number in ((1, signal.SIGTERM), (2, signal.SIGINT)):
        home = tmp_path / str(jobs)
        does = ["", "", *["sleep 30"] * 4]
        with start(home, jobs, *does) as process:
            wait_until(home, begun=3, moved_in=2)
            process.send_signal(number)
            said, _ = process.communicate()
        assert process.returncode == 128 + number
        assert "Stopped: 4 rows are left" in said
        results = (home / "out/results.csv").read_text("utf-8-sig")
        assert results.count("pending,interrupted") == 4
        assert {path.name for path in (home / "out").iterdir()} == {
            *("0.png", "0.txt", "1.png", "1.txt", "results.csv"),
        }
        with start(home, 1, "", "", "", "", "", "") as process:
            process.communicate()
        assert process.returncode == 0
        assert executed(home / "log.txt").count("0") == 1


def test_workers_do_not_outlive_a_killed_run(tmp_path: Path) -> None:
    with start(tmp_path, 2, *["sleep 60"] * 4) as process:
        wait_until(tmp_path, 2)
        process.kill()
    workers = {int(line.split()[1]) for line in (tmp_path / "log.txt").read_text().splitlines()}
    assert len(workers) == 2
    while any(alive(worker) for worker in workers):  # a hang here is the failure
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "zombie" not in Path(f"/proc/{pid}/status").read_text()


def test_a_second_run_is_told_which_process_works_there(tmp_path: Path) -> None:
    with start(tmp_path, 1, "sleep 60") as process:
        wait_until(tmp_path, 1)
        with pytest.raises(Locked, match=f"process {process.pid} on"):
            run(tmp_path, [""], jobs=1)
        process.kill()
        process.wait()
        assert run(tmp_path, [""], jobs=1).exit_code() == 0  # a dead run holds nothing
