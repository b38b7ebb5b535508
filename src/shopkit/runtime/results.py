"""What a batch came to: a row for every input row, the counts, the exit code, results.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from shopkit import messages
from shopkit.errors import ExitCode
from shopkit.runtime.job import Figure, Row, Status

if TYPE_CHECKING:
    import pandas as pd

FailOn = Literal["failed", "review", "never"]
_FIRST = ("id", "status", "reason", "detail", "review", "decision")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; ``total`` counts all rows, ``done`` those that have a result by now."""

    total: int
    done: int
    already_done: int  # by an earlier run
    counts: Mapping[str, int]
    seconds: float
    last: str = ""  # id of the row that just ended


@dataclass(frozen=True, slots=True)
class RowResult:
    """One input row and what became of it; ``pending``: the run was stopped before it."""

    row: Row
    id: str
    status: Status | Literal["pending"]
    reason: str = ""
    values: Mapping[str, Figure] = field(default_factory=dict)
    review: str = ""  # its id in the review queue
    decision: str = ""  # "accept" or "reject", by a person
    outputs: Mapping[str, Path] = field(
        default_factory=dict
    )  # column -> file: output, output_<kind>
    evidence: Mapping[str, Figure] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    before: bool = False  # an earlier run had done it

    @property
    def detail(self) -> str:
        """The reason in words, with what to do."""
        return messages.advice(self.reason, **self.values) if self.reason else ""


@dataclass(slots=True)
class _Survey:
    """What one look at all rows tells: how many ended how, and which columns they have."""

    counts: Counter[str] = field(default_factory=Counter)
    before: int = 0
    outputs: dict[str, None] = field(default_factory=dict)
    carried: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class BatchResult:
    """All rows in input order, and how the run ended.

    The rows may be made anew each time they are gone through, so that is done as seldom as can be.
    """

    command: str
    out: Path
    rows: Collection[RowResult]
    seconds: float
    evidence: Sequence[str] = ()  # columns of figures, in order
    file: Path | None = None  # results.csv; None for a single item
    kept: Path | None = None  # where a results.csv that a person had edited went
    stopped: int = 0  # the signal that ended the run early

    def saved(self, file: Path, kept: Path | None = None) -> BatchResult:
        """The same with its table in ``file``; what a look at all rows has told stays known."""
        told = replace(self, file=file, kept=kept)
        vars(told)["_survey"] = self._survey  # where cached_property keeps it
        return told

    @property
    def counts(self) -> dict[str, int]:
        """Rows by status: ok, review (still open), decided, failed, pending."""
        names = ("ok", "review", "decided", "failed", "pending")
        return {name: self._survey.counts[name] for name in names}

    @property
    def already_done(self) -> int:
        """Rows that an earlier run had finished well and that were left alone."""
        return self._survey.before

    @property
    def summary(self) -> dict[str, Figure]:
        """The figures of the run, for the last line and the ``--json`` envelope."""
        return {
            "rows": len(self.rows),
            **self.counts,
            "already_done": self.already_done,
            "seconds": round(self.seconds, 3),
            "results": str(self.file) if self.file else None,
            "edited_results": str(self.kept) if self.kept else None,
        }

    @property
    def words(self) -> str:
        """The summary in a sentence; after a stop, how to go on."""
        figures = {**self.summary, "out": self.out}
        said = [messages.text("runtime.batch.done", **figures)]
        if self.counts["review"]:
            said.append(messages.text("runtime.batch.review", **figures))
        if self.kept:
            said.append(messages.text("runtime.batch.kept", **figures))
        if self.stopped:
            said.append(messages.text("runtime.batch.go_on", **figures))
        return " ".join(said)

    def exit_code(self, fail_on: FailOn = "failed") -> int:
        """What the shell sees: 0, 4 (rows failed), 5 (review, if asked), 130/143 (stopped).

        A single item that failed is 3: its input was refused and nothing was written (a bug: 1).
        """
        if self.stopped:
            return 128 + self.stopped
        if fail_on == "never":
            return ExitCode.OK
        if self.counts["failed"]:
            return ExitCode.SOME_FAILED if self.file else self._refused
        if fail_on == "review" and self.counts["review"]:
            return ExitCode.FOR_REVIEW
        return ExitCode.OK

    @property
    def _refused(self) -> ExitCode:
        bug = any(row.reason == "row_fault" for row in self.rows)
        return ExitCode.FAULT if bug else ExitCode.REFUSED

    @property
    def columns(self) -> list[str]:
        """The columns of results.csv: ours, the figures, then the input's own."""
        ours = self._own_columns()
        return [*ours, *(name for name in self._survey.carried if name not in ours)]

    def cells(self) -> Iterator[dict[str, Figure]]:
        """The rows of results.csv; a column of ours hides one of the input that has its name."""
        empty: dict[str, Figure] = dict.fromkeys(self._own_columns())
        return ({**row.row.cells, **empty, **self._filled(row)} for row in self.rows)

    def to_pandas(self) -> pd.DataFrame:
        """The same table as a DataFrame; figures stay numbers."""
        import pandas as pd

        return pd.DataFrame(self.cells(), columns=self.columns)

    def _own_columns(self) -> list[str]:
        outputs = dict.fromkeys(("output", *self._survey.outputs))
        return [*_FIRST, *outputs, *self.evidence, "warnings"]

    @cached_property
    def _survey(self) -> _Survey:
        survey = _Survey()
        for row in self.rows:
            survey.counts["decided" if row.decision else row.status] += 1
            survey.before += row.before and row.status != "failed"
            survey.outputs.update(dict.fromkeys(row.outputs))
            survey.carried.update(dict.fromkeys(row.row.cells))
        return survey

    def _filled(self, row: RowResult) -> dict[str, Figure]:
        outputs = {key: path.relative_to(self.out).as_posix() for key, path in row.outputs.items()}
        return {
            **{name: row.evidence.get(name) for name in self.evidence},
            **outputs,
            "id": row.id,
            "status": row.status,
            "reason": row.reason,
            "detail": row.detail,
            "review": row.review,
            "decision": row.decision,
            "warnings": ";".join(row.warnings),
        }
