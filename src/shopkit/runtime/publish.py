"""Put a set of files that belong together into a folder: all rows in, a few joint files out.

with publishing("coupon create", out, state=state, now=now) as publication:
    publication.file("coupons.csv").write_bytes(content)
    return publication.close(ended, evidence=("code_count",))
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from shopkit.errors import InputRefused, UsageFault
from shopkit.runtime import ledger
from shopkit.runtime.again import Again, in_parts
from shopkit.runtime.files import sha256, sync
from shopkit.runtime.hashes import Hashes
from shopkit.runtime.items import Item, Items, Made, owned
from shopkit.runtime.job import Outcome, Row
from shopkit.runtime.lock import hold
from shopkit.runtime.names import inner_path
from shopkit.runtime.report import save_results
from shopkit.runtime.results import BatchResult, RowResult
from shopkit.runtime.review import Queue, Standing
from shopkit.runtime.runs import Run
from shopkit.runtime.settings import Baseline
from shopkit.runtime.state import State

_FILE_LIKE = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".json", ".jsonl", ".html", ".txt"})
_FILES = "(files)"  # the job under which the state remembers the joint files


@dataclass(frozen=True, slots=True)
class Ended:
    """One input row and what became of it; ``before``: an earlier run had done it."""

    row: Row
    id: str
    outcome: Outcome
    before: bool = False


@contextmanager
def publishing(
    command: str,
    out: Path,
    *,
    state: State,
    now: datetime,
    baseline: Baseline | None = None,
    force: bool = False,
) -> Iterator[Publication]:
    """Hold the folder ``out`` (locked, swept of what dead runs left) for one set of files.

    Nothing appears in it before ``close``; whatever fails or kills the block leaves it as it was.
    Raises Locked, InputRefused where the folder cannot be written, and UsageFault for a name that
    says it is a file.
    """
    if out.suffix.lower() in _FILE_LIKE and not out.is_dir():
        raise UsageFault("out_is_a_folder", path=out)
    run = Run(command, Path(os.path.realpath(out)), now.isoformat(timespec="seconds"))
    with hold(run) as scratch:
        run.begin(state)
        yield Publication(run, scratch, state, now, baseline, force)


class Publication:
    """The files of one run on their way into the folder."""

    def __init__(
        self,
        run: Run,
        scratch: Path,
        state: State,
        now: datetime,
        baseline: Baseline | None,
        force: bool,
    ) -> None:
        self.state, self.now = state, now
        self._run, self._scratch, self._baseline, self._force = run, scratch, baseline, force
        self._begun = time.monotonic()
        self._names: list[str] = []
        self._hashes = Hashes(state)
        self._items = Items(state, run.out, run.command, run.id)

    def file(self, name: str) -> Path:
        """Where to write the file that is to be ``name`` in the folder (``codes/0001.csv``).

        Raises InputRefused for a name that leads out of the folder.
        """
        path = self._scratch / "files" / inner_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if name not in self._names:
            self._names.append(name)
        return path

    def close(
        self,
        ended: Collection[Ended],
        *,
        evidence: Sequence[str] = (),
        results: bool = True,
        record: Callable[[], None] | None = None,
    ) -> BatchResult:
        """Check, record and move the files in; then results.csv, review queue and ledger.

        ``ended`` is gone through several times; a large one may be made anew each time (Again),
        and with it the result's rows, for as long as the state is open.

        ``record`` writes what else the state must know, in the transaction that makes the files
        ours: both are remembered or neither. ``results=False``: the first file is the table of
        results (a plan of a million rows). Raises InputRefused ``output_foreign`` or
        ``output_changed`` for a file in the way that shopkit did not write as it is now.
        """
        made = {name: Made(name, self._sealed(name)) for name in self._names}
        gone = [name for name in self._items.files(_FILES) if name not in made]
        self._check_owners([*made, *gone])
        queue = Queue(self.state, self._run.out, self._run.command)
        fresh = 0  # rows that have a result now and had none before, for the ledger
        with self.state.transaction():
            if record is not None:
                record()
            self._items.record([Item(_FILES, "", Outcome("ok"), made)], self._run.out)
            for part in in_parts(ended):
                well = {one.id for one in part if one.outcome.status != "failed" and not one.before}
                fresh += len(well - self._items.ended_well(well))
                items = [Item(one.id, "", one.outcome) for one in part]
                self._items.record(items, self._run.out)
                queue.settle(items, self.now)
        self._move_in(made, gone)
        told = partial(_row_results, queue, ended)
        rows = Again(len(ended), told) if isinstance(ended, Again) else list(told())
        result = BatchResult(
            command=self._run.command,
            out=self._run.out,
            rows=rows,
            seconds=time.monotonic() - self._begun,
            evidence=tuple(evidence),
        )
        if results:
            result = save_results(result, self.state, self._scratch)
        elif self._names:
            result = result.saved(self._run.out / self._names[0])
        self._end(result, fresh)
        return result

    def _sealed(self, name: str) -> str:
        path = self._scratch / "files" / name
        sync(path)
        return sha256(path)

    def _check_owners(self, names: Sequence[str]) -> None:
        """A file that is not ours, or that a person has changed, is never written over."""
        places = [self._run.out / name for name in names]
        ours = owned(self.state, places)
        for name, place in zip(names, places, strict=True):
            if self._force or not os.path.lexists(place):
                continue
            known = ours.get(self.state.name(place), set())
            if place.is_symlink() or not place.is_file() or not known:
                raise InputRefused("output_foreign", path=name)
            if self._hashes.of(place) not in known:
                raise InputRefused("output_changed", path=name)

    def _move_in(self, made: Mapping[str, Made], gone: Sequence[str]) -> None:
        for name, (_, digest) in made.items():
            place = self._run.out / name
            if place.is_file() and not place.is_symlink() and self._hashes.of(place) == digest:
                continue  # a file that is the same keeps its time
            place.parent.mkdir(parents=True, exist_ok=True)
            (self._scratch / "files" / name).replace(place)
            self._hashes.placed(place, digest)
        for name in gone:
            (self._run.out / name).unlink(missing_ok=True)
        self._hashes.save()

    def _end(self, result: BatchResult, fresh: int) -> None:
        with self.state.transaction():
            self._run.end(self.state, "done", result.seconds, result.counts)
            ledger.add_work(
                self.state,
                self._run.command,
                fresh,
                result.seconds,
                now=self.now,
                baseline=self._baseline,
                run=self._run.id,
            )


def _row_results(queue: Queue, ended: Iterable[Ended]) -> Iterator[RowResult]:
    for part in in_parts(ended):
        standing = queue.standing(one.id for one in part)
        yield from (_row_result(one, standing) for one in part)


def _row_result(one: Ended, standing: Mapping[str, Standing]) -> RowResult:
    outcome = one.outcome
    entry = standing.get(one.id) if outcome.status == "review" else None
    return RowResult(
        row=one.row,
        id=one.id,
        status=outcome.status,
        reason=outcome.reason,
        values=outcome.values,
        review=entry.id if entry else "",
        decision=entry.decision if entry else "",
        evidence=outcome.evidence,
        warnings=outcome.warnings,
        before=one.before,
    )
