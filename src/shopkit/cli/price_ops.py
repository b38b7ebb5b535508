"""``shopkit price approve|export|rollback|check|history``: a plan signed, sent, taken back."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopkit.cli import console, outcome
from shopkit.cli.command import command, group
from shopkit.cli.options import Catalog, Encoding, Now, Profile, TableOptions, TalkOptions
from shopkit.cli.session import open_session
from shopkit.errors import ExitCode
from shopkit.messages import text

if TYPE_CHECKING:
    import duckdb

    from shopkit.offers.price_check import Difference
    from shopkit.runtime.columns import Columns
    from shopkit.runtime.rejects import Reject

history = group("price_history")
_SHOWN = 20  # rows that could not be read, told one by one

PlanFolder = Annotated[Path, typer.Argument(metavar="PLAN", help=text("price_ops.options.plan"))]
By = Annotated[str, typer.Option("--by", metavar="NAME", help=text("price_ops.options.by"))]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help=text("price_ops.options.note"))]
Current = Annotated[
    str, typer.Option("--current", metavar="FILE", help=text("price_ops.options.current"))
]
Table = Annotated[str, typer.Argument(metavar="FILE", help=text("price_ops.options.table"))]
Plans = Annotated[
    list[Path], typer.Argument(metavar="PLAN...", help=text("price_ops.options.plan"))
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="ISO", help=text("price_ops.options.since"))
]
Skus = Annotated[
    list[str] | None, typer.Argument(metavar="SKU", help=text("price_ops.options.skus"))
]


def approve(
    options: TalkOptions, plan: PlanFolder, by: By, note: Note = "", now: Now = None
) -> int:
    """Sign a plan as it is."""
    from shopkit.offers.price_book import approve as sign
    from shopkit.offers.signed_plan import open_plan

    with open_session(now) as session, open_plan(plan, session.state) as signed:
        count = sign(signed, session.state, person=by, note=note, now=session.now)
    told = {"changed": count, "by": by, "digest": signed.digest[:12]}
    if options.json:
        summary = {**told, "held": signed.held}
        console.envelope("price approve", status="ok", exit_code=ExitCode.OK, summary=summary)
    else:
        console.data(signed.digest)
        console.say(text("price_ops.approve.done", held=signed.held, **told))
    return ExitCode.OK


def export(options: TableOptions, plan: PlanFolder, profile: Profile = None) -> int:
    """Write the upload file of a signed plan."""
    from shopkit.cli import given
    from shopkit.offers.price_book import PLACEMENT
    from shopkit.offers.price_book import export as send
    from shopkit.offers.signed_plan import open_plan

    with open_session(options.now) as session, open_plan(plan, session.state) as signed:
        result = send(
            signed,
            given.profile_of(profile, session, PLACEMENT),
            options.out,
            state=session.state,
            now=session.now,
            force=options.force,
        )
        outcome.report(result, options)
    return result.exit_code(options.fail_on)


def rollback(
    options: TableOptions, plan: PlanFolder, current: Current, profile: Profile = None
) -> int:
    """Write the file that takes a plan back."""
    from shopkit.cli import given
    from shopkit.offers.price_book import PLACEMENT
    from shopkit.offers.price_book import rollback as take_back
    from shopkit.offers.signed_plan import open_plan
    from shopkit.runtime.columns import open_database

    with (
        open_session(options.now) as session,
        open_database() as db,
        open_plan(plan, session.state) as signed,
    ):
        result = take_back(
            signed,
            given.columns("catalog", current, session, db, options.encoding, keep_rows=True),
            given.profile_of(profile, session, PLACEMENT),
            options.out,
            state=session.state,
            now=session.now,
            force=options.force,
        )
        outcome.report(result, options)
    return result.exit_code(options.fail_on)


def check(
    options: TalkOptions, current: Current, catalog: Catalog = None, encoding: Encoding = None
) -> int:
    """Compare the shop's own prices with what is online."""
    from shopkit.cli import given
    from shopkit.offers.price_check import compare, keep_book
    from shopkit.runtime.columns import open_database

    with open_session() as session, open_database() as db:
        book = given.columns("catalog", catalog, session, db, encoding)
        keep_book("own", book)
        unread = book.read_rejects()
        there = given.columns("catalog", current, session, db, encoding)
        keep_book("online", there)
        unread += there.read_rejects()
        found = compare(db)
        rows = found.differences.changed(_difference)
        summary = {"compared": found.compared, "rows": len(rows), "unread": len(unread)}
        header = ("sku_id", "drift", "own", "online")
        code = _list("price check", rows, header, options, summary=summary, unread=unread)
    console.say(text("price_ops.check.done", **summary))
    return code


def _difference(one: Difference) -> dict[str, str]:
    from shopkit.values import money_text

    return {
        "sku_id": one.sku_id,
        "drift": one.drift,
        "own": "" if one.own is None else money_text(one.own),
        "online": "" if one.online is None else money_text(one.online),
    }


def schedule(options: TalkOptions, plans: Plans, since: Since = None, now: Now = None) -> int:
    """List what is due of signed plans."""
    from contextlib import ExitStack

    from shopkit.cli.session import read_time
    from shopkit.errors import InputRefused
    from shopkit.offers.price_book import approval_of
    from shopkit.offers.schedule import due
    from shopkit.offers.signed_plan import open_plan

    with open_session(now) as session, ExitStack() as opened:
        signed = [opened.enter_context(open_plan(plan, session.state)) for plan in plans]
        for plan in signed:
            if approval_of(plan, session.state) is None:
                raise InputRefused("plan_not_approved", path=plan.file)
        before = read_time(since, session.settings.time_zone) if since else None
        ripe, following = due(signed, session.now, before)
    header = ("at", "due", "sku_id", "item_id", "sku_code", "price", "plan")
    rows = [
        {
            "at": one.at.isoformat(timespec="minutes"),
            "due": one.what,
            "sku_id": one.sku_id,
            "item_id": one.item_id,
            "sku_code": one.sku_code,
            "price": one.price,
            "plan": one.plan,
        }
        for one in ripe
    ]
    if following is not None:
        console.say(text("price_ops.schedule.next", at=f"{following:%Y-%m-%d %H:%M}"))
    return _list("price schedule", rows, header if rows else (), options)


@command(history, "price_history.add")
def add(options: TalkOptions, table: Table, encoding: Encoding = None, now: Now = None) -> int:
    """Add a table of prices to the shop's history."""
    from shopkit.offers.history import add_history
    from shopkit.runtime.columns import open_database

    with open_session(now) as session, open_database() as db:
        prices = _prices(table, encoding, session.settings.folder, db)
        new, seen, left = add_history(session.state, prices, session.now)
        unread = prices.read_rejects() + left
    told = {"new": new, "seen": seen, "rejected": len({one.line for one in unread})}
    code = _list("price history add", [], (), options, summary=told, unread=unread)
    console.say(text("price_history.add.done", **told))
    return code


@command(history, "price_history.show")
def show(options: TalkOptions, skus: Skus = None, now: Now = None) -> int:
    """Show the lowest prices of the last 7, 15, 30 and 90 days."""
    from shopkit.offers.history import history_of
    from shopkit.offers.lows import DAYS, lowest
    from shopkit.values import money_text

    with open_session(now) as session:
        found = history_of(session.state, skus or ())
        at = session.now
    rows: list[dict[str, str]] = []
    for sku, points in found.items():
        lows = {f"low_{days}": lowest(points, at, days) for days in DAYS}
        told = {
            name: "" if low.price is None else money_text(low.price) for name, low in lows.items()
        }
        since = lows["low_30"].since
        rows.append(
            {
                "sku_id": sku,
                "price": money_text(points[-1].price),
                **told,
                "low_30_since": f"{since:%Y-%m-%d}" if since else "",
                "short": "yes" if lows["low_30"].short else "",
            }
        )
    header: tuple[str, ...] = ("sku_id", "price", *(f"low_{days}" for days in DAYS))
    if not console.on_terminal(sys.stdout):  # where all of it does not fit in a line
        header += ("low_30_since", "short")
    short = sum(bool(row["short"]) for row in rows)
    if short:
        console.say(text("price_history.show.short", count=short))
    missing = sorted(set(skus or ()) - found.keys())
    if missing:
        console.complain(text("price_history.show.unknown", skus=", ".join(missing)))
    return _list("price history show", rows, header, options)


def _prices(
    table: str, encoding: str | None, shop: Path | None, db: duckdb.DuckDBPyConnection
) -> Columns:
    """The table as prices over time where it has a column of times, else as SKUs of now."""
    from tempfile import TemporaryDirectory

    from shopkit.errors import InputRefused
    from shopkit.runtime.columns import open_columns
    from shopkit.runtime.columns_feed import local_copy

    with TemporaryDirectory(prefix="shopkit-") as scratch:  # what comes on stdin is read twice
        file = local_copy(table, Path(scratch))
        try:
            found = open_columns("price_history", file, db, encoding=encoding, shop=shop)
        except InputRefused:
            found = None
        if found is not None and "ts" in found.columns:
            return found
        return open_columns("catalog", file, db, encoding=encoding, shop=shop)


def _list(
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
        errors = [
            {"line": one.line, "column": one.column, "value": one.value, "message": str(one.error)}
            for one in unread
        ]
        told = {"rows": len(rows)} if summary is None else summary
        status = "partial" if unread else "ok"
        console.envelope(
            name, status=status, exit_code=code, summary=told, rows=rows, errors=errors
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
