"""How results are told: a short table to a person, CSV to the next program, JSON if asked."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from heapq import nsmallest
from pathlib import Path
from typing import TYPE_CHECKING

from shopkit.cli import console
from shopkit.cli.options import RunOptions, TableOptions, TalkOptions
from shopkit.errors import ExitCode
from shopkit.messages import reason, text

if TYPE_CHECKING:
    from shopkit.runtime.rejects import Reject
    from shopkit.runtime.results import BatchResult, RowResult

_SHOWN = 20  # rows of a table, faults told one by one
_FIRST = ("failed", "review", "pending", "ok")  # what needs a person comes first


def report(result: BatchResult, options: RunOptions | TableOptions) -> None:
    """Print the results of a run: data to stdout, the summary to stderr."""
    if options.json:
        code = result.exit_code(options.fail_on)
        console.envelope(
            result.command,
            status=status(result),
            exit_code=code,
            summary=result.summary,
            rows=list(result.cells()),
            errors=errors(result),
        )
        return
    if console.on_terminal(sys.stdout):
        _table(result)
    elif result.file is None:
        _paths(result.rows)
    else:
        columns = result.columns  # gathered from all rows: once
        rows = ([line[name] for name in columns] for line in result.cells())
        console.csv_lines(columns, rows)
    console.say(result.words)


def listing(
    name: str,
    rows: Collection[dict[str, str]],
    header: tuple[str, ...],
    options: TalkOptions,
    *,
    summary: Mapping[str, int] | None = None,
    unread: Sequence[Reject] = (),
) -> int:
    """Print a list; rows of the input that could not be read are told, and make it exit 4."""
    code = ExitCode.SOME_FAILED if unread else ExitCode.OK
    if options.json:
        faults = [
            {"line": one.line, "column": one.column, "value": one.value, "message": str(one.error)}
            for one in unread
        ]
        told = {"rows": len(rows)} if summary is None else summary
        console.envelope(
            name,
            status="partial" if unread else "ok",
            exit_code=code,
            summary=told,
            rows=rows,
            errors=faults,
        )
    elif header and console.on_terminal(sys.stdout):
        console.table(header, [[row[column] for column in header] for row in rows])
    elif header:
        console.csv_lines(header, ([row[column] for column in header] for row in rows))
    if not options.json:
        for one in unread[:_SHOWN]:
            console.complain(str(one.error))
        if len(unread) > _SHOWN:
            console.complain(text("price_ops.unread.more", count=len(unread) - _SHOWN))
    return code


def status(result: BatchResult) -> str:
    """The run in a word: ok, review, partial (some rows failed), failed (all did), stopped."""
    counts = result.counts
    if result.stopped:
        return "stopped"
    if counts["failed"]:
        return "failed" if counts["failed"] == len(result.rows) else "partial"
    return "review" if counts["review"] else "ok"


def errors(result: BatchResult) -> list[dict[str, object]]:
    """What failed, as the envelope tells it."""
    return [_error(row) for row in result.rows if row.status == "failed"]


def _error(row: RowResult) -> dict[str, object]:
    say, fix = reason(row.reason, **row.values)
    return {"code": row.reason, "message": say, "fix": fix, "row": row.row.number, "id": row.id}


def _paths(rows: Collection[RowResult]) -> None:
    for row in rows:
        for path in row.outputs.values():
            console.data(str(path))
        if row.detail:
            console.complain(f"{row.status}: {row.detail}")


def _table(result: BatchResult) -> None:
    """The rows that need a person first, at most a screen of them."""
    ranked = nsmallest(_SHOWN, result.rows, key=lambda row: _FIRST.index(row.status))
    header = [text(f"app.run.{name}") for name in ("id", "status", "what")]
    lines = [(row.id, row.status, row.detail or _main(row)) for row in ranked]
    console.table(header, lines)
    if len(result.rows) > _SHOWN:
        file = _near(result.file or result.out)
        console.data(text("app.run.more", count=len(result.rows) - _SHOWN, file=file))


def _main(row: RowResult) -> str:
    return str(next((_near(path) for path in row.outputs.values()), ""))


def _near(path: Path) -> Path:
    """The path as seen from the working folder, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
