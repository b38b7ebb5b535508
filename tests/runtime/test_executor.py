"""Where rows are worked on: this process, threads, or fresh processes that ignore Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from shopkit.runtime.executor import Pool, open_executor

STARTED: list[str] = []


def start(word: str) -> None:
    STARTED.append(word)


def where(number: int) -> tuple[int, int, list[str]]:
    return number, os.getpid(), list(STARTED)


def ctrl_c() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "still here"


@pytest.mark.parametrize("pool", ["inline", "threads"])
def test_in_this_process(pool: Pool) -> None:
    with open_executor(pool, 2) as executor:
        assert list(executor.map(where, range(3))) == [(n, os.getpid(), []) for n in range(3)]


def test_inline_runs_in_the_calling_thread() -> None:
    with open_executor("inline", 1) as executor:
        assert executor.submit(threading.get_ident).result() == threading.get_ident()


def test_processes_start_once_each_and_ignore_ctrl_c() -> None:
    with open_executor("processes", 1, start, ("engine loaded",)) as executor:
        assert executor.submit(ctrl_c).result() == "still here"
        first, second = executor.map(where, range(2))
    assert first[1] == second[1] != os.getpid()
    assert first[2] == second[2] == ["engine loaded"]


def threads() -> tuple[int, str]:
    import cv2

    return cv2.getNumThreads(), os.environ["OPENBLAS_NUM_THREADS"]


def test_a_process_computes_on_one_thread() -> None:
    with open_executor("processes", 1, start, ("engine loaded",)) as executor:
        assert executor.submit(threads).result() == (1, "1")
