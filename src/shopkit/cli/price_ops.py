"""``shopkit price approve|export|rollback|schedule|check``: a plan signed, sent, taken back."""

from __future__ import annotations

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
    from shopkit.offers.price_check import Difference

app = group("price")

PlanFolder = Annotated[Path, typer.Argument(metavar="PLAN", help=text("price_ops.options.plan"))]
By = Annotated[str, typer.Option("--by", metavar="NAME", help=text("price_ops.options.by"))]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help=text("price_ops.options.note"))]
Current = Annotated[
    str, typer.Option("--current", metavar="FILE", help=text("price_ops.options.current"))
]
Plans = Annotated[
    list[Path], typer.Argument(metavar="PLAN...", help=text("price_ops.options.plan"))
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="ISO", help=text("price_ops.options.since"))
]


@command(app, "price_ops.approve")
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


@command(app, "price_ops.export")
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


@command(app, "price_ops.rollback")
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


@command(app, "price_ops.check")
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
        code = outcome.listing("price check", rows, header, options, summary=summary, unread=unread)
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


@command(app, "price_ops.schedule")
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
    return outcome.listing("price schedule", rows, header if rows else (), options)
