"""Keeps the workers busy: a bounded queue, results as they come, a crash that costs one row."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from pathlib import Path

from shopkit.runtime.attempt import Attempt, attempt, attempt_in_worker, enter_worker, failure
from shopkit.runtime.executor import Pool, open_executor
from shopkit.runtime.job import Job, Work
from shopkit.runtime.plan import Planned

_GRACE = 5.0  # seconds
Begin = Callable[[Sequence[Planned]], None]


class Crew:
    """Workers for one run. A row that was in flight when a worker died is tried again alone."""

    def __init__(self, work: Work, pool: Pool, jobs: int, scratch: Path) -> None:
        self._work = work
        self._pool: Pool = "inline" if jobs == 1 else pool
        self._jobs = jobs
        self._scratch = scratch
        self._tries = 0
        self._others = set(multiprocessing.active_children())
        self._executor: Executor | None = None

    def run(self, todo: Sequence[Planned], begin: Begin) -> Generator[tuple[Planned, Attempt]]:
        """Work on all rows; yield each with its attempt. ``begin`` is told before a row starts.

        Rows that were in flight when two runs died, and those in flight when a worker dies, come
        last, one at a time, in a process of their own.
        """
        suspects = [one for one in todo if one.risky]
        try:
            yield from self._together([one for one in todo if not one.risky], suspects, begin)
            for one in suspects:
                begin([one])
                yield one, self._alone(one)
        except BaseException:
            self._dismiss(at_once=True)
            raise
        self._dismiss(at_once=False)

    def _together(
        self, todo: Sequence[Planned], suspects: list[Planned], begin: Begin
    ) -> Generator[tuple[Planned, Attempt]]:
        waiting = list(reversed(todo))
        flying: dict[Future[Attempt], Planned] = {}
        room = 1 if self._pool == "inline" else 2 * self._jobs
        while waiting or flying:
            try:
                while waiting and len(flying) < room:
                    begin(waiting[-1:])
                    flying[self._submit(waiting[-1])] = waiting[-1]
                    waiting.pop()
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    yield flying[future], future.result()
                    del flying[future]
            except BrokenExecutor:
                suspects += flying.values()
                flying.clear()
                self._executor = None

    def _submit(self, one: Planned) -> Future[Attempt]:
        """Hand a row to the workers, in a scratch folder of its own."""
        self._tries += 1
        scratch = self._scratch / str(self._tries)
        job = _job(one)
        if self._executor is None:
            self._executor = open_executor(self._pool, self._jobs, enter_worker, (self._work,))
        if self._pool == "processes":
            return self._executor.submit(attempt_in_worker, job, scratch)
        return self._executor.submit(attempt, self._work, job, scratch)

    def _alone(self, one: Planned) -> Attempt:
        """Try a suspect where only it can be hurt."""
        if self._pool != "processes" or self._jobs != 1:
            self._dismiss(at_once=False)
            self._pool, self._jobs = "processes", 1
        try:
            return self._submit(one).result()
        except BrokenExecutor:
            self._executor = None
            return failure("worker_crashed", {}, lasting=True)

    def _dismiss(self, *, at_once: bool) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=not at_once, cancel_futures=True)
            self._executor = None
        if at_once:
            ours = set(multiprocessing.active_children()) - self._others
            for process in ours:
                process.terminate()
            for process in ours:
                process.join(_GRACE)  # none may write when the scratch folder is swept


def _job(one: Planned) -> Job:
    if one.job is None:
        raise ValueError(f"row {one.id} has no job to do")
    return one.job
