"""One row at work: run, verify, sync, hash its outputs; every fault becomes that row's result."""

from __future__ import annotations

import errno
import shutil
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from shopkit.errors import EngineMissing, InputRefused, ShopkitError, UsageFault
from shopkit.runtime.files import sha256, sync
from shopkit.runtime.job import Figure, Job, Outcome, Row, Work

DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_worker: list[Work] = []


@dataclass(frozen=True, slots=True)
class Attempt:
    """How the work on a row ended: ``lasting`` faults lie in the input, others in the machine."""

    outcome: Outcome
    files: Mapping[str, tuple[Path, str]] = field(default_factory=dict)  # kind -> scratch, sha256
    lasting: bool = True
    trace: str = ""  # of an unexpected fault, for the log that only the parent writes


def enter_worker(work: Work) -> None:
    """Give a worker process its work once, with the engines it loads on the way."""
    _worker[:] = [work]


def attempt_in_worker(job: Job, scratch: Path) -> Attempt:
    """``attempt`` with the work that this process was given."""
    return attempt(_worker[0], job, scratch)


def attempt(work: Work, job: Job, scratch: Path) -> Attempt:
    """Work on one job; its outputs lie in the new folder ``scratch`` afterwards. Never raises."""
    try:
        scratch.mkdir()
        places = {kind: scratch / f"{kind}{path.suffix}" for kind, path in job.outputs.items()}
        outcome = work.run(job, places)
        made = {} if outcome.status == "failed" else _checked(work, outcome, places)
    except Exception as error:  # noqa: BLE001 - the row guard: a bad row never stops the batch
        shutil.rmtree(scratch, ignore_errors=True)  # on a full disk the next row needs the room
        return failed(error)
    return Attempt(_plain_outcome(outcome), made)


def prepare(work: Work, row: Row, out: Path, *, alone: bool = False) -> Job | Attempt:
    """The row's job, or how it failed before it was one.

    Raises EngineMissing: no row's fault. ``alone``: UsageFault too, the words of the command line.
    """
    try:
        if row.fault is not None:
            raise row.fault
        return work.prepare(row, out)
    except Exception as error:  # the row guard, as in attempt
        if isinstance(error, EngineMissing) or (alone and isinstance(error, UsageFault)):
            raise
        return failed(error)


def _checked(
    work: Work, outcome: Outcome, places: Mapping[str, Path]
) -> dict[str, tuple[Path, str]]:
    made: dict[str, tuple[Path, str]] = {}
    for kind in outcome.made:
        work.verify(kind, places[kind])
        sync(places[kind])
        made[kind] = (places[kind], sha256(places[kind]))
    return made


def failed(error: BaseException) -> Attempt:
    """The result of a row whose work raised ``error``."""
    if isinstance(error, ShopkitError):
        return failure(error.code, error.values, lasting=isinstance(error, InputRefused))
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return failure("disk_full", {"path": str(error.filename or "")}, lasting=False)
    if isinstance(error, MemoryError):
        return failure("memory_short", {}, lasting=False)
    if isinstance(error, OSError) and error.errno:  # without a number it is a decoder's word
        told = {"file": str(error.filename or ""), "error": error.strerror or str(error)}
        return failure("file_fault", told, lasting=False)
    fault = failure("row_fault", {"error": f"{type(error).__name__}: {error}"}, lasting=True)
    return replace(fault, trace="".join(traceback.format_exception(error)))


def failure(code: str, values: Mapping[str, object], *, lasting: bool) -> Attempt:
    """A failed row with a reason code and the values of its sentence."""
    return Attempt(Outcome("failed", code, {k: plain(v) for k, v in values.items()}), {}, lasting)


def _plain_outcome(outcome: Outcome) -> Outcome:
    """The outcome with figures that every process and the state can hold (no numpy scalars)."""
    values = {name: plain(value) for name, value in outcome.values.items()}
    evidence = {name: plain(value) for name, value in outcome.evidence.items()}
    return replace(outcome, values=values, evidence=evidence)


def plain(value: object) -> Figure:
    """A value as the state and the results hold it."""
    bare = value.item() if hasattr(value, "item") else value
    return bare if isinstance(bare, (str, int, float, bool, type(None))) else str(bare)
