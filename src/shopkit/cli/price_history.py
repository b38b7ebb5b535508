"""``shopkit price history add|show|check``: what each SKU cost since when."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopkit.cli import console, outcome
from shopkit.cli.command import command, group
from shopkit.cli.options import Catalog, Encoding, Now, Profile, TableOptions, TalkOptions
from shopkit.cli.session import open_session, read_time
from shopkit.messages import text

if TYPE_CHECKING:
    import duckdb

    from shopkit.runtime.columns import Columns

app = group("price_history")
_DAYS = 30  # EU: Directive 98/6/EC, Art. 6a, where a profile names no other

Table = Annotated[str, typer.Argument(metavar="FILE", help=text("price_ops.options.table"))]
Skus = Annotated[
    list[str] | None, typer.Argument(metavar="SKU", help=text("price_ops.options.skus"))
]
Starts = Annotated[
    str | None, typer.Option("--starts", metavar="ISO", help=text("price_history.options.starts"))
]


@command(app, "price_history.add")
def add(options: TalkOptions, table: Table, encoding: Encoding = None, now: Now = None) -> int:
    """Add a table of prices to the shop's history."""
    from shopkit.offers.history import add_history
    from shopkit.runtime.columns import open_database

    with open_session(now) as session, open_database() as db:
        prices = _prices(table, encoding, session.settings.folder, db)
        new, seen, left = add_history(session.state, prices, session.now)
        unread = prices.read_rejects() + left
    told = {"new": new, "seen": seen, "rejected": len({one.line for one in unread})}
    code = outcome.listing("price history add", [], (), options, summary=told, unread=unread)
    console.say(text("price_history.add.done", **told))
    return code


@command(app, "price_history.show")
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
    return outcome.listing("price history show", rows, header, options)


@command(app, "price_history.check")
def check(
    options: TableOptions,
    catalog: Catalog = None,
    starts: Starts = None,
    profile: Profile = None,
) -> int:
    """Check announced was prices."""
    from shopkit.cli import given
    from shopkit.offers.history import history_of
    from shopkit.offers.reading import PLACEMENT
    from shopkit.offers.was_prices import EVIDENCE, RULE, check_was

    with open_session(options.now) as session:
        begins = read_time(starts, session.settings.time_zone) if starts else session.now
        rules = given.profile_of(profile, session, PLACEMENT)
        goods = given.loaded("catalog", catalog, session, options.encoding)
        days = int(rules.number(RULE, _DAYS) or _DAYS)
        ended = check_was(goods, history_of(session.state), begins, days)
        with session.publishing("price history check", options) as run:
            result = run.close(ended, evidence=EVIDENCE)
    outcome.report(result, options)
    return result.exit_code(options.fail_on)


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
