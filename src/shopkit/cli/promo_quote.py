"""``shopkit promo quote``: what a basket costs under all offers, line by line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from shopkit.cli import console
from shopkit.cli.options import Catalog, Encoding, Now, OffersFile, Profile, TalkOptions
from shopkit.cli.session import open_session
from shopkit.errors import ExitCode, InputRefused, UsageFault
from shopkit.messages import text

if TYPE_CHECKING:
    from shopkit.offers.quote_sheet import Sheet

Basket = Annotated[str, typer.Argument(metavar="BASKET", help=text("promo_quote.options.basket"))]
Coupons = Annotated[
    list[str] | None,
    typer.Option("--coupon", metavar="ID", help=text("promo_quote.options.coupon")),
]
_SHOWN = ("step", "name", "basis", "threshold", "off", "left", "why")


def quote(
    options: TalkOptions,
    basket: Basket,
    offers: OffersFile = None,
    catalog: Catalog = None,
    profile: Profile = None,
    coupon: Coupons = None,
    encoding: Encoding = None,
    now: Now = None,
) -> int:
    """Work out what a basket costs, and print the calculation."""
    from shopkit.cli import given
    from shopkit.offers.quote_sheet import basket_of, make_sheet

    with open_session(now) as session:
        running = given.offers_of(offers, session, encoding)
        if running is None:
            raise UsageFault("table_not_named", table="offers")
        table = given.loaded("basket", basket, session, encoding)
        if table.rejects:
            first = table.rejects[0]
            raise InputRefused(first.rule, **first.error.values)
        lines = basket_of(table, given.loaded_if("catalog", catalog, session, encoding))
        if not lines:
            raise InputRefused("table_empty", file=table.source)
        sheet = make_sheet(lines, running, given.reading_of(profile, session), coupons=coupon)
    _show(sheet, options)
    return ExitCode.OK


def _show(sheet: Sheet, options: TalkOptions) -> None:
    from shopkit.offers.quote_sheet import COLUMNS
    from shopkit.values import money_text

    rows = sheet.rows()
    if options.json:
        summary = {
            "total": money_text(sheet.total),
            "public_total": money_text(sheet.public),
            "readings": len(sheet.outcomes),
        }
        console.envelope(
            "promo quote", status="ok", exit_code=ExitCode.OK, summary=summary, rows=rows
        )
    elif console.on_terminal(sys.stdout):
        for reading in dict.fromkeys(row["reading"] for row in rows):
            if len(sheet.outcomes) > 1:
                console.data(text("promo_quote.reading", reading=reading))
            header = [text(f"promo_quote.columns.{name}") for name in _SHOWN]
            own = [row for row in rows if row["reading"] == reading]
            console.table(header, [[row[name] for name in _SHOWN] for row in own])
    else:
        console.csv_lines(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))
    if len(sheet.outcomes) > 1:
        console.say(text("promo_quote.differs", total=money_text(sheet.total)))
