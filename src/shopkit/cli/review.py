"""``shopkit review``: the one queue of what a person must look at, and the decisions on it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Annotated

import typer

from shopkit.cli import console
from shopkit.cli.command import command, group
from shopkit.cli.options import Now, TalkOptions
from shopkit.cli.session import Session, open_session
from shopkit.errors import ExitCode, UsageFault
from shopkit.messages import text
from shopkit.runtime.review import Decision, Entry
from shopkit.runtime.table import read_table

app = group("review")

_HEADER = ("id", "command", "item", "reason", "detail", "decision", "note", "file", "opened")
_COLUMNS = {name: name for name in ("id", "decision", "note")} | {
    "编号": "id",
    "决定": "decision",
    "备注": "note",
}

Ids = Annotated[list[str], typer.Argument(metavar="ID", help=text("review.options.ids"))]
SomeIds = Annotated[list[str] | None, typer.Argument(metavar="ID", help=text("review.options.ids"))]
From = Annotated[
    str | None, typer.Option("--from", metavar="FILE", help=text("review.options.from"))
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help=text("review.options.note"))]
OfCommand = Annotated[
    str | None, typer.Option("--command", metavar="NAME", help=text("review.options.command"))
]


@command(app, "review.list")
def list_entries(
    options: TalkOptions,
    of: OfCommand = None,
    every: Annotated[bool, typer.Option("--all", help=text("review.options.all"))] = False,
) -> int:
    """List what waits for a person."""
    from shopkit.runtime.review import entries

    with open_session() as session:
        found = [one for one in entries(session.state, every=every) if of in (None, one.command)]
    return _list("review list", found, options)


@command(app, "review.show")
def show(options: TalkOptions, ids: Ids) -> int:
    """Show entries whole: the reason in words and every file to look at."""
    from shopkit.runtime.review import entry

    with open_session() as session:
        found = [entry(session.state, identity) for identity in ids]
    if options.json:
        return _list("review show", found, options)
    for one in found:
        for name, value in _cells(one).items():
            console.data(f"{name}: {value}")
        for kind, path in one.files.items():
            console.data(f"{kind}: {path}")
    return ExitCode.OK


@command(app, "review.accept")
def accept(
    options: TalkOptions, ids: SomeIds = None, source: From = None, note: Note = "", now: Now = None
) -> int:
    """Say yes to entries, or take all decisions from a table."""
    return _decide("accept", ids or [], source, note, now, options)


@command(app, "review.reject")
def reject(
    options: TalkOptions, ids: SomeIds = None, source: From = None, note: Note = "", now: Now = None
) -> int:
    """Say no to entries, or take all decisions from a table."""
    return _decide("reject", ids or [], source, note, now, options)


def _decide(
    decision: Decision,
    ids: list[str],
    source: str | None,
    note: str,
    now: str | None,
    options: TalkOptions,
) -> int:
    from shopkit.runtime import review

    if bool(ids) == bool(source):
        raise UsageFault("review_ids_or_table")
    with open_session(now) as session:
        if source:
            table = read_table(source, aliases=_COLUMNS, required=("id", "decision"))
            decided = review.decide_rows(session.state, table.rows, now=session.now)
        else:
            decided = review.decide(session.state, ids, decision, note=note, now=session.now)
        _count_minutes(session, decided)
    code = _list(f"review {decision}", decided, options)
    console.say(text("review.decided", count=len(decided)))
    return code


def _count_minutes(session: Session, decided: list[Entry]) -> None:
    """A person's look is work too: the ledger counts it."""
    from shopkit.runtime.ledger import add_review

    for name, count in Counter(one.command for one in decided).items():
        baseline = session.baseline("review")
        add_review(session.state, name, count, now=session.now, baseline=baseline)


def _list(command: str, found: list[Entry], options: TalkOptions) -> int:
    rows = [_cells(one) for one in found]
    if options.json:
        summary = {"entries": len(found), "open": sum(not one.decision for one in found)}
        console.envelope(command, status="ok", exit_code=ExitCode.OK, summary=summary, rows=rows)
    elif not console.on_terminal(sys.stdout):
        console.csv_lines(_HEADER, [list(row.values()) for row in rows])
    elif rows:
        header = [text(f"review.column.{name}") for name in ("id", "command", "item", "why")]
        console.table(header, [(e.id, e.command, e.item, e.decision or e.detail) for e in found])
    else:
        console.say(text("review.nothing"))
    return ExitCode.OK


def _cells(one: Entry) -> dict[str, object]:
    main = next(iter(one.files.values()), one.out)
    values = (one.id, one.command, one.item, one.reason, one.detail, one.decision, one.note)
    return dict(zip(_HEADER, (*values, str(main), one.opened), strict=True))
