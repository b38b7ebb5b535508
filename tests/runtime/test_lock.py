"""One run at a time on a folder, the leavings of dead ones, and folders that cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from shopkit.errors import InputRefused, Locked, ShopkitError
from shopkit.runtime.batch import run_batch, run_one
from shopkit.runtime.lock import hold
from shopkit.runtime.results import BatchResult
from shopkit.runtime.runs import Run
from shopkit.runtime.state import State
from tests.runtime.paint_work import Paint, names, picture, rows


def run(tmp_path: Path, out: Path, **cells: str) -> BatchResult:
    cells = {"scene": str(tmp_path / "a.png"), **cells}
    if not (tmp_path / "a.png").exists():
        picture(tmp_path / "a.png")
    with State(tmp_path / ".shopkit/state.db") as state:
        return run_batch(Paint(tmp_path / "log.txt"), rows([cells]), out, state=state)


def test_the_second_run_is_told_who_works_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    other = Run("image swap", out, "2026-11-22T12:00:00+00:00", host="till")
    with hold(other), pytest.raises(Locked) as locked:
        run(tmp_path, out)
    assert locked.value.exit_code == 75
    assert f"process {os.getpid()} on till, since 2026-11-22T12:00:00" in str(locked.value)
    assert names(out) == []
    assert run(tmp_path, out).exit_code() == 0


def test_single_files_of_one_folder_do_not_wait_for_each_other(tmp_path: Path) -> None:
    row = rows([{"scene": str(picture(tmp_path / "a.png"))}])[0]
    work = Paint(tmp_path / "log.txt")
    other = Run("image swap", tmp_path, "2026-11-22T12:00:00+00:00")
    with State(tmp_path / ".shopkit/state.db") as state, hold(other, "x.png") as scratch:
        assert run_one(work, row, tmp_path / "y.png", state=state).exit_code() == 0
        assert scratch.is_dir()  # the other's scratch was not swept
        with pytest.raises(Locked):
            run_one(work, row, tmp_path / "x.png", state=state)


def test_what_dead_runs_left_is_swept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / ".shopkit-run-0badf00d/3").mkdir(parents=True)
    (out / ".shopkit-run-0badf00d/3/picture.png").write_bytes(b"half a pict")
    (out / ".shopkit-run.lock").touch()
    run(tmp_path, out)
    assert names(out) == ["a.png", "a.txt", "results.csv"]


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputRefused, match="not a folder"):
        run(tmp_path, tmp_path / "out")
    with pytest.raises(InputRefused, match="not a folder"):
        run(tmp_path, tmp_path / "out/below")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder no one can write")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot be written"):
        run(tmp_path, Path("/proc/self/out"))


def test_a_full_disk_fails_the_row_and_a_later_run_mends_it(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")  # not on Windows
    noise = Image.effect_noise((2000, 2000), 90).convert("RGB")
    noise.save(tmp_path / "a.png")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
    try:
        full = run(tmp_path, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.rows[0].reason == "disk_full"
    assert names(tmp_path / "out") == ["results.csv"]
    assert run(tmp_path, tmp_path / "out").exit_code() == 0


def test_results_that_cannot_be_written_are_told_and_nothing_is_lost(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "results.csv").mkdir(parents=True)
    with pytest.raises(ShopkitError, match="the work itself is done"):
        run(tmp_path, out)
    (out / "results.csv").rmdir()
    assert run(tmp_path, out).already_done == 1
