"""Kill -9 at many random moments: the same bytes, no half file, nothing lost or done twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROWS = 40


def run_driver(home: Path, jobs: int, kills: int, seed: int) -> str:
    arguments = [str(home), str(ROWS), str(jobs), str(kills), str(seed)]
    command = [sys.executable, "-m", "tests.crash.driver", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def runs(log: Path) -> list[list[str]]:
    """The ids each run began, in order (a killed run's worker may begin one more, later)."""
    begun: dict[str, list[str]] = {}
    for line in log.read_text().splitlines():
        run, _, identity = line.split()
        begun.setdefault(run, []).append(identity)
    return list(begun.values())


@pytest.mark.parametrize(("jobs", "kills", "flying"), [(1, 32, 1), (2, 8, 4)])
def test_killed_again_and_again(tmp_path: Path, jobs: int, kills: int, flying: int) -> None:
    assert run_driver(tmp_path, jobs, kills, seed=20261122) == f"{kills} kills\n"
    calm = contents(tmp_path / "calm/out")
    assert len(calm) == 2 * (ROWS - 1) + 1  # one row is broken; results.csv
    again = 0
    for folder in sorted(tmp_path.glob("round*")):
        assert contents(folder / "out") == calm
        begun = runs(folder / "log.txt")
        for number, ids in enumerate(begun):
            later = {identity for run in begun[number + 1 :] for identity in run}
            assert len(set(ids)) == len(ids)
            twice = later & set(ids)
            assert len(twice) <= flying  # only what was in flight is done again
            again += len(twice)
    assert again  # the kills did hit work


def test_killed_at_every_single_step(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.crash.steps", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout.split()[0]) > 40
    calm = contents(tmp_path / "calm/out")
    assert sorted(calm) == [*("a.png", "a.txt", "b.png", "b.txt", "c.png", "c.txt"), "results.csv"]
    for folder in tmp_path.glob("step*"):
        assert contents(folder / "out") == calm, folder.name
        begun = runs(folder / "log.txt")
        assert sum(len(ids) for ids in begun) <= 2 + 3 + 1  # at most one was in flight
