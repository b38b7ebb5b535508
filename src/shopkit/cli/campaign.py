"""``shopkit campaign``: sign-up sheets checked and filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopkit.cli import console, outcome
from shopkit.cli.command import command, group
from shopkit.cli.options import Catalog, HistoryFile, OffersFile, Profile, SalesFile, TableOptions
from shopkit.cli.session import Session, open_session
from shopkit.errors import InputRefused, UsageFault
from shopkit.messages import text

if TYPE_CHECKING:
    import datetime as dt

    from shopkit.offers.campaign import Checked
    from shopkit.offers.campaign_rules import Rules
    from shopkit.runtime.publish import Publication

app = group("campaign")
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm"})

Sheet = Annotated[str, typer.Argument(metavar="SHEET", help=text("campaign.options.sheet"))]
Rate = Annotated[
    str | None, typer.Option("--rate", metavar="12%", help=text("campaign.options.rate"))
]
Window = Annotated[
    str | None, typer.Option("--window", metavar="FROM~TO", help=text("campaign.options.window"))
]


@dataclass(frozen=True, kw_only=True)
class CampaignOptions(TableOptions):
    """What both commands take."""

    rate: Rate = None
    window: Window = None
    history: HistoryFile = None
    offers: OffersFile = None
    sales: SalesFile = None
    catalog: Catalog = None
    profile: Profile = None


@command(app, "campaign.check")
def check(options: CampaignOptions, sheet: Sheet) -> int:
    """Check a sign-up sheet."""
    return _run("campaign check", sheet, options)


@command(app, "campaign.sheet")
def fill(options: CampaignOptions, sheet: Sheet) -> int:
    """Fill the platform's template."""
    from shopkit.offers import campaign_sheet

    if sheet == "-":
        raise UsageFault("template_on_stdin")
    if Path(sheet).suffix.lower() not in _WORKBOOKS:
        raise InputRefused("template_no_workbook", file=sheet)
    name, filled = f"{Path(sheet).stem}-filled.xlsx", 0

    def write(run: Publication, checked: Sequence[Checked]) -> None:
        nonlocal filled
        filled = campaign_sheet.fill(Path(sheet), run.file(name), checked)

    code = _run("campaign sheet", sheet, options, write)
    console.say(text("campaign.sheet.done", filled=filled, file=options.out / name))
    return code


def _run(
    name: str,
    sheet: str,
    options: CampaignOptions,
    write: Callable[[Publication, Sequence[Checked]], None] | None = None,
) -> int:
    """Check the sheet, write what is to be written, tell the results."""
    from shopkit.offers.campaign import EVIDENCE

    with open_session(options.now) as session:
        rules = _rules(options, session)
        begins, ends = _window(options.window, session)
        checked = _checked(options, sheet, rules, (begins, ends), session)
        with session.publishing(name, options) as run:
            if write is not None:
                write(run, checked)
            result = run.close([one.ended for one in checked], evidence=EVIDENCE)
    outcome.report(result, options)
    _tell(checked, rules, ends)
    return result.exit_code(options.fail_on)


def _rules(options: CampaignOptions, session: Session) -> Rules:
    from shopkit.cli import given
    from shopkit.offers.campaign_rules import PLACEMENT, rules_of

    rate = None if options.rate is None else given.share(options.rate)
    profile = given.profile_of(options.profile, session, PLACEMENT)
    return rules_of(profile, given.reading_of(options.profile, session), rate)


def _window(value: str | None, session: Session) -> tuple[dt.datetime, dt.datetime | None]:
    """When the campaign runs; from now on where nothing is told."""
    from shopkit.offers.offer_cells import Unclear, read_window
    from shopkit.runtime.typed import zone_of

    try:
        begins, ends = read_window("", "", value or "", zone_of(session.settings.folder))
    except Unclear:
        raise UsageFault("window_unreadable", value=value) from None
    if begins and ends and begins >= ends:
        raise UsageFault("window_unreadable", value=value)
    return begins or session.now, ends


def _checked(
    options: CampaignOptions,
    sheet: str,
    rules: Rules,
    window: tuple[dt.datetime, dt.datetime | None],
    session: Session,
) -> list[Checked]:
    from shopkit.cli import given
    from shopkit.offers.campaign import check_sheet
    from shopkit.offers.campaign_rules import through
    from shopkit.runtime.columns import open_database

    encoding = options.encoding
    offers = through(given.all_offers(options.offers, session, encoding) or (), *window)
    asked = given.loaded("campaign", sheet, session, encoding)
    with open_database() as db:
        return check_sheet(
            asked,
            rules,
            now=session.now,
            begins=window[0],
            history=given.columns_if("history", options.history, session, db, encoding),
            offers=offers,
            sales=given.columns_if("sales", options.sales, session, db, encoding),
            catalog=given.columns_if("catalog", options.catalog, session, db, encoding),
        )


def _tell(checked: Sequence[Checked], rules: Rules, ends: dt.datetime | None) -> None:
    """What is not certain, what price protection may cost, and how long it ties the shop."""
    import datetime as dt

    from shopkit.messages import reason
    from shopkit.values import money_text

    codes = dict.fromkeys(code for one in checked for code in one.warnings)
    for code in codes:
        console.say(" ".join(reason(code)))
    units = sum(one.units for one in checked)
    if units:
        money = money_text(sum(one.money for one in checked))
        days = rules.protection_days
        console.say(text("campaign.check.protected", units=units, money=money, days=days))
    if ends and rules.protection_days:
        until = ends + dt.timedelta(days=rules.protection_days)
        console.say(text("campaign.check.until", until=f"{until:%Y-%m-%d %H:%M}"))
