"""``shopkit campaign``: sign-up sheets checked and filled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopkit.cli import console, outcome
from shopkit.cli.command import command, group
from shopkit.cli.options import HistoryFile, OffersFile, Profile, TableOptions
from shopkit.cli.session import Session, open_session
from shopkit.errors import UsageFault
from shopkit.messages import text

if TYPE_CHECKING:
    from shopkit.offers.campaign import Checked

app = group("campaign")

Sheet = Annotated[str, typer.Argument(metavar="SHEET", help=text("campaign.options.sheet"))]
Rate = Annotated[
    str | None, typer.Option("--rate", metavar="12%", help=text("campaign.options.rate"))
]


@command(app, "campaign.check")
def check(
    options: TableOptions,
    sheet: Sheet,
    rate: Rate = None,
    history: HistoryFile = None,
    offers: OffersFile = None,
    profile: Profile = None,
) -> int:
    """Check a sign-up sheet."""
    from shopkit.offers.campaign import EVIDENCE
    from shopkit.runtime.publish import publishing

    with open_session(options.now) as session:
        checked = _checked(options, sheet, rate, history, offers, profile, session)
        command_name = "campaign check"
        with publishing(
            command_name,
            options.out,
            state=session.state,
            now=session.now,
            baseline=session.baseline(command_name),
            force=options.force,
        ) as run:
            result = run.close([one.ended for one in checked], evidence=EVIDENCE)
    outcome.report(result, options)
    return result.exit_code(options.fail_on)


@command(app, "campaign.sheet")
def fill(
    options: TableOptions,
    sheet: Sheet,
    rate: Rate = None,
    history: HistoryFile = None,
    offers: OffersFile = None,
    profile: Profile = None,
) -> int:
    """Fill the platform's template."""
    from shopkit.offers import campaign_sheet
    from shopkit.offers.campaign import EVIDENCE
    from shopkit.runtime.publish import publishing

    with open_session(options.now) as session:
        checked = _checked(options, sheet, rate, history, offers, profile, session)
        command_name = "campaign sheet"
        with publishing(
            command_name,
            options.out,
            state=session.state,
            now=session.now,
            baseline=session.baseline(command_name),
            force=options.force,
        ) as run:
            name = f"{Path(sheet).stem}-filled.xlsx"
            filled = campaign_sheet.fill(Path(sheet), run.file(name), checked)
            result = run.close([one.ended for one in checked], evidence=EVIDENCE)
    outcome.report(result, options)
    console.say(text("campaign.sheet.done", filled=filled, file=options.out / name))
    return result.exit_code(options.fail_on)


def _checked(
    options: TableOptions,
    sheet: str,
    rate: str | None,
    history: str | None,
    offers: str | None,
    profile: str | None,
    session: Session,
) -> list[Checked]:
    from shopkit.cli import given
    from shopkit.offers.campaign import PLACEMENT, check_sheet, rules_of

    try:
        rules = rules_of(
            given.profile_of(profile, session, PLACEMENT),
            given.reading_of(profile, session),
            rate,
        )
    except ValueError:
        raise UsageFault("rate_unreadable", value=rate) from None
    return check_sheet(
        given.loaded("campaign", sheet, session, options.encoding),
        rules,
        now=session.now,
        history=given.loaded_if("history", history, session, options.encoding),
        offers=given.offers_of(offers, session, options.encoding) or (),
    )
