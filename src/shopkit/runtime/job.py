"""One row of a batch: what goes in (Job), what came out (Outcome), and the work between (Work)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from shopkit.errors import ShopkitError

Status = Literal["ok", "review", "failed"]
Figure = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One input row as text cells, with the place it came from (for messages)."""

    number: int  # 1 = the first data row
    cells: Mapping[str, str]
    source: str = ""  # file name, "arguments" or "DataFrame"
    line: int = 0  # line in the file, header included; 0 where there is none
    fault: ShopkitError | None = None  # why the row could not be read; the batch fails it with this


@dataclass(frozen=True, slots=True)
class Job:
    """A row made ready. Picklable; holds everything that decides the outputs' bytes.

    ``inputs``: files whose content counts. ``params``: JSON-able values that count.
    ``outputs``: kind -> final path; the first is the main one.
    """

    id: str
    row: int
    inputs: tuple[Path, ...]
    params: Mapping[str, object]
    outputs: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: ``reason`` is a code of reasons.toml, ``values`` fill its sentence.

    ``evidence`` are the figures for results.csv; ``warnings`` are codes that did not change the
    status. ``made`` names the kinds of ``Job.outputs`` that were written to scratch.
    """

    status: Status
    reason: str = ""
    values: Mapping[str, Figure] = field(default_factory=dict)
    evidence: Mapping[str, Figure] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    made: tuple[str, ...] = ()


class Work(Protocol):
    """What a command hands to the batch runner. Instances travel to worker processes."""

    command: str  # "image swap"
    version: str  # of the engine; a change makes old results stale
    evidence: tuple[str, ...]  # columns of results.csv, in order

    def prepare(self, row: Row, out: Path) -> Job:
        """Make the row ready for output folder ``out``; ShopkitError fails that row.

        Job.id is the row's ``id`` cell where there is one, else made from its inputs' names: where
        an earlier row has that name, the runner asks again with an ``id`` cell of its own making.
        """

    def run(self, job: Job, scratch: Mapping[str, Path]) -> Outcome:
        """Do it (in a worker), writing each output to ``scratch[kind]``; ShopkitError fails it."""

    def verify(self, kind: str, path: Path) -> None:
        """Raise ShopkitError if the written scratch file does not open as what it should be."""
