"""``shopkit promo``: shop promotions made from a table, and what a basket costs under them."""

from __future__ import annotations

from typing import Annotated

import typer

from shopkit.cli import outcome, promo_quote
from shopkit.cli.command import command, group
from shopkit.cli.coupon import known_items, tell
from shopkit.cli.options import Catalog, Profile, TableOptions
from shopkit.cli.session import open_session
from shopkit.messages import text

app = group("promo")

Table = Annotated[str, typer.Argument(metavar="TABLE", help=text("promo.options.table"))]


@command(app, "promo.create")
def create(
    options: TableOptions, table: Table, profile: Profile = None, catalog: Catalog = None
) -> int:
    """Make every shop promotion of a table."""
    from shopkit.cli import given
    from shopkit.offers.coupon_run import PROMO_COMMAND
    from shopkit.offers.coupon_run import create as make
    from shopkit.offers.coupons import judge_coupons

    with open_session(options.now) as session:
        asked = given.loaded("coupons", table, session, options.encoding)
        result = make(
            judge_coupons(asked, session.now, known_items(catalog, session, options.encoding)),
            options.out,
            given.profile_of(profile, session, "promo"),
            state=session.state,
            now=session.now,
            command=PROMO_COMMAND,
            baseline=session.baseline(PROMO_COMMAND),
            force=options.force,
        )
    outcome.report(result, options)
    tell(result)
    return result.exit_code(options.fail_on)


command(app, "promo_quote.quote")(promo_quote.quote)
