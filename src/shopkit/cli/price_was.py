"""``shopkit price history check``: announced was prices against the lows before."""

from __future__ import annotations

from typing import Annotated

import typer

from shopkit.cli import outcome
from shopkit.cli.options import Catalog, Profile, TableOptions
from shopkit.cli.session import open_session, read_time
from shopkit.messages import text

Starts = Annotated[
    str | None, typer.Option("--starts", metavar="ISO", help=text("price_history.options.starts"))
]
_DAYS = 30  # EU: Directive 98/6/EC, Art. 6a, where a profile names no other


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
