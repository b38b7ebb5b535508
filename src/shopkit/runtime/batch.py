"""The one runner of all per-item work: check, lock, work, verify, record, move in, report."""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from shopkit.errors import InputRefused
from shopkit.runtime import ledger
from shopkit.runtime.attempt import Attempt, failed
from shopkit.runtime.crew import Crew
from shopkit.runtime.executor import Pool
from shopkit.runtime.hashes import Hashes
from shopkit.runtime.items import Item, Items, Made
from shopkit.runtime.job import Row, Work
from shopkit.runtime.lock import hold
from shopkit.runtime.plan import Edited, Planned, Planner, Redo
from shopkit.runtime.report import row_result, save_results
from shopkit.runtime.results import BatchResult, Progress
from shopkit.runtime.review import Queue
from shopkit.runtime.runs import Run
from shopkit.runtime.settings import Baseline
from shopkit.runtime.state import State
from shopkit.runtime.stopping import Stopped, Stopper, stop_signals

OnProgress = Callable[[Progress], None]


def run_batch(  # noqa: PLR0913 - every option of the batch contract, all by keyword
    work: Work,
    rows: Sequence[Row],
    out: Path,
    *,
    state: State,
    jobs: int = 1,
    pool: Pool = "processes",
    force: bool = False,
    retry_failed: bool = False,
    baseline: Baseline | None = None,
    now: datetime | None = None,
    on_progress: OnProgress | None = None,
) -> BatchResult:
    """Do what is missing or changed of ``rows`` into the folder ``out``, and write results.csv.

    ``jobs`` workers, in processes or (for work that waits on a network) threads; one works in
    this process. ``force`` does everything again, also over files that are not ours;
    ``retry_failed`` tries failed rows again. ``now`` stands in records, never in outputs.
    Raises Locked, InputRefused (nothing was started), EngineMissing, UsageFault (state).
    Ctrl-C and SIGTERM return what was done, with ``stopped``.
    """
    clock = now or datetime.now(UTC)
    run = Run(work.command, Path(os.path.realpath(out)), clock.isoformat(timespec="seconds"))
    with stop_signals() as stopper, hold(run) as scratch:
        batch = _Batch(work, run, state, clock, baseline, stopper)
        batch.plan(rows, Redo(force, retry_failed))
        stopped = batch.work_off(Crew(work, pool, jobs, scratch), on_progress)
        return save_results(batch.close(stopped), state, scratch)


def run_one(
    work: Work,
    row: Row,
    target: Path,
    *,
    state: State,
    force: bool = False,
    baseline: Baseline | None = None,
    now: datetime | None = None,
) -> BatchResult:
    """Do one row into the file ``target``: the same checks, record and resume, no results.csv.

    Work.prepare gets the target's folder and its name as the row's ``out`` cell.
    """
    clock = now or datetime.now(UTC)
    place = target.parent.resolve() / target.name
    if place.is_dir():
        raise InputRefused("output_is_folder", path=target)
    run = Run(work.command, place.parent, clock.isoformat(timespec="seconds"))
    with stop_signals() as stopper, hold(run, place.name) as scratch:
        batch = _Batch(work, run, state, clock, baseline, stopper)
        named = replace(row, cells={**row.cells, "out": place.name})
        batch.plan([named], Redo(force, failed=True), item=place.name)
        stopped = batch.work_off(Crew(work, "inline", 1, scratch), None)
        return batch.close(stopped)


class _Batch:
    """The parent's side of a run: it alone writes the state and moves files in."""

    def __init__(
        self,
        work: Work,
        run: Run,
        state: State,
        clock: datetime,
        baseline: Baseline | None,
        stopper: Stopper,
    ) -> None:
        self._work, self._run, self._state = work, run, state
        self._clock, self._baseline, self._stopper = clock, baseline, stopper
        self._begun = time.monotonic()
        self._items = Items(state, run.out, work.command, run.id)
        self._known = self._items.load()
        self._queue = Queue(state, run.out, work.command)
        self._hashes = Hashes(state)
        self._planner = Planner(run.out, state, self._hashes, self._known)
        self._planned: list[Planned] = []
        self._force = False
        self._first_done = 0  # jobs that never had a result before
        self._before = 0
        self._counts: Counter[str] = Counter()

    def plan(self, rows: Sequence[Row], redo: Redo, item: str = "") -> None:
        """Check every row before the first is worked on."""
        self._force = redo.force
        self._run.begin(self._state)
        self._planned = self._planner.plan(self._work, rows, redo, item)
        for one in self._planned:
            self._log(one.id, one.trace)
            if one.result is not None:
                self._counts[one.result.outcome.status] += 1
                self._before += one.before and one.result.outcome.status != "failed"
        ended = [one.result for one in self._planned if one.result and not one.before]
        with self._state.transaction():
            self._queue.settle(ended, self._clock)

    def work_off(self, crew: Crew, on_progress: OnProgress | None) -> int:
        """Work on what is to do; returns the signal that stopped it, or 0."""
        todo = [one for one in self._planned if one.result is None]
        tell = on_progress or (lambda _progress: None)
        tell(self._progress(""))
        try:
            with closing(crew.run(todo, self._begin)) as ended:
                for one, attempt in ended:
                    with self._stopper.shielded():
                        one.result = self._finish(one, attempt)
                        self._counts[one.result.outcome.status] += 1
                    tell(self._progress(one.id))
        except Stopped as stop:
            self._items.forgive()
            return stop.signal
        finally:
            self._hashes.save()
        return 0

    def close(self, stopped: int) -> BatchResult:
        """Write the run and its minutes down and sum it up."""
        seconds = time.monotonic() - self._begun
        standing = self._queue.standing(one.id for one in self._planned)
        result = BatchResult(
            command=self._work.command,
            out=self._run.out,
            rows=[row_result(one, self._run.out, standing) for one in self._planned],
            seconds=seconds,
            evidence=tuple(self._work.evidence),
            stopped=stopped,
        )
        with self._state.transaction():
            self._run.end(self._state, "stopped" if stopped else "done", seconds, result.counts)
            ledger.add_work(
                self._state,
                self._work.command,
                self._first_done,
                seconds,
                now=self._clock,
                baseline=self._baseline,
                run=self._run.id,
            )
        return result

    def _log(self, item: str, trace: str) -> None:
        if trace:
            logging.getLogger("shopkit").error("row %s: %s", item, trace)

    def _begin(self, rows: Sequence[Planned]) -> None:
        self._items.begin(one.id for one in rows)

    def _finish(self, one: Planned, attempt: Attempt) -> Item:
        """Record a result, then move its files in; the record comes first, so they are ours."""
        self._log(one.id, attempt.trace)
        targets = one.job.outputs if one.job else {}
        made = {
            kind: Made(targets[kind].relative_to(self._run.out).as_posix(), attempt.files[kind][1])
            for kind in targets
            if kind in attempt.files
        }
        item = Item(one.id, one.fingerprint, attempt.outcome, made, attempt.lasting)
        try:
            self._check_places(targets, made)
            self._record(item)
            self._move_in(attempt, targets)
        except Edited as edit:
            item = Item(one.id, one.fingerprint, edit.outcome)
            self._queue.settle([item], self._clock)
        except (OSError, InputRefused) as error:
            item = Item(one.id, one.fingerprint, failed(error).outcome, lasting=False)
            self._record(item)
        known = self._known.get(one.id)
        new = known is None or known.outcome.status == "failed"
        self._first_done += new and item.outcome.status != "failed"
        return item

    def _check_places(self, targets: Mapping[str, Path], made: Mapping[str, Made]) -> None:
        """Someone may have put a file there while the row was worked on."""
        if not self._force:
            for kind in made:
                self._planner.check_owner(targets[kind])

    def _record(self, item: Item) -> None:
        with self._state.transaction():
            self._items.record([item], self._run.out)
            self._queue.settle([item], self._clock)

    def _move_in(self, attempt: Attempt, targets: Mapping[str, Path]) -> None:
        """Replace the outputs, the main one last: where it lies, all lie."""
        for kind in reversed(list(targets)):
            if kind in attempt.files:
                scratch, digest = attempt.files[kind]
                targets[kind].parent.mkdir(parents=True, exist_ok=True)
                scratch.replace(targets[kind])
                self._hashes.placed(targets[kind], digest)

    def _progress(self, last: str) -> Progress:
        return Progress(
            total=len(self._planned),
            done=self._counts.total(),
            already_done=self._before,
            counts=dict(self._counts),
            seconds=time.monotonic() - self._begun,
            last=last,
        )
