"""``shopkit price approve|export|rollback|check|history``: a plan signed, sent, taken back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from shopkit.cli import console, outcome
from shopkit.cli.command import command, group
from shopkit.cli.options import Catalog, Encoding, Now, Profile, TableOptions, TalkOptions
from shopkit.cli.session import open_session
from shopkit.errors import ExitCode
from shopkit.messages import text

history = group("price_history")

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
    from shopkit.offers.price_book import read_plan

    with open_session(now) as session:
        signed = read_plan(plan, session.state)
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
    from shopkit.offers.price_book import PLACEMENT, read_plan
    from shopkit.offers.price_book import export as send

    with open_session(options.now) as session:
        rules = given.profile_of(profile, session, PLACEMENT)
        result = send(
            read_plan(plan, session.state),
            rules,
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
    from shopkit.offers.price_book import PLACEMENT, read_plan
    from shopkit.offers.price_book import rollback as take_back

    with open_session(options.now) as session:
        result = take_back(
            read_plan(plan, session.state),
            given.loaded("catalog", current, session, options.encoding),
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
    from shopkit.offers.price_book import drift
    from shopkit.values import money_text

    with open_session() as session:
        own = given.loaded("catalog", catalog, session, encoding)
        found = drift(own, given.loaded("catalog", current, session, encoding))
    rows = [
        {
            "sku_id": one.sku_id,
            "drift": one.kind,
            "own": "" if one.own is None else money_text(one.own),
            "online": "" if one.online is None else money_text(one.online),
        }
        for one in found
    ]
    return _list("price check", rows, ("sku_id", "drift", "own", "online"), options)


def schedule(options: TalkOptions, plans: Plans, since: Since = None, now: Now = None) -> int:
    """List what is due of signed plans."""
    from shopkit.cli.session import read_time
    from shopkit.errors import InputRefused
    from shopkit.offers.price_book import approval_of, read_plan
    from shopkit.offers.schedule import due

    with open_session(now) as session:
        signed = [read_plan(plan, session.state) for plan in plans]
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
    return _list("price schedule", rows, header, options)


@command(history, "price_history.add")
def add(options: TalkOptions, table: Table, encoding: Encoding = None, now: Now = None) -> int:
    """Add a table of prices to the shop's history."""
    from shopkit.offers.history import add_history
    from shopkit.runtime.typed import load_rows

    with open_session(now) as session:
        kind = _kind_of(table, encoding, session.settings.folder)
        loaded = load_rows(kind, table, encoding=encoding, shop=session.settings.folder)
        new, seen = add_history(session.state, loaded, session.now)
    told = {"new": new, "seen": seen, "rejected": len(loaded.rejected)}
    code = ExitCode.SOME_FAILED if loaded.rejected else ExitCode.OK
    if options.json:
        status = "partial" if loaded.rejected else "ok"
        console.envelope("price history add", status=status, exit_code=code, summary=told)
    else:
        console.say(text("price_history.add.done", **told))
        for one in loaded.rejects[:20]:
            console.complain(str(one.error))
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
    rows = []
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
    header = ("sku_id", "price", *(f"low_{days}" for days in DAYS), "low_30_since", "short")
    return _list("price history show", rows, header, options)


def _kind_of(table: str, encoding: str | None, shop: Path | None) -> str:
    """price_history where the table has dates, else a table of SKUs as of now."""
    from shopkit.errors import InputRefused
    from shopkit.runtime.typed import load_rows

    if table == "-":
        return "catalog"
    try:
        found = load_rows("price_history", table, encoding=encoding, shop=shop)
    except InputRefused:
        return "catalog"
    return "price_history" if "ts" in found.columns else "catalog"


def _list(
    name: str, rows: list[dict[str, str]], header: tuple[str, ...], options: TalkOptions
) -> int:
    if options.json:
        summary = {"rows": len(rows)}
        console.envelope(name, status="ok", exit_code=ExitCode.OK, summary=summary, rows=rows)
    elif console.on_terminal(sys.stdout):
        console.table(header, [[row[column] for column in header] for row in rows])
    else:
        console.csv_lines(header, ([row[column] for column in header] for row in rows))
    return ExitCode.OK
