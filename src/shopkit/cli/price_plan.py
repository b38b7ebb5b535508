"""``shopkit price plan``: every price of a catalogue by rules, inside every floor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from shopkit.cli import console
from shopkit.cli.command import command, group
from shopkit.cli.options import Catalog, HistoryFile, OffersFile, Profile, RivalsFile, TableOptions
from shopkit.cli.outcome import errors, status
from shopkit.cli.session import Session, open_session
from shopkit.errors import InputRefused, UsageFault
from shopkit.messages import text

if TYPE_CHECKING:
    from shopkit.offers.catalogue import Amounts
    from shopkit.offers.plan_catalogue import Catalogue
    from shopkit.offers.plan_goal import Goal
    from shopkit.offers.plan_run import Planned
    from shopkit.offers.price_rules import Rule
    from shopkit.runtime.columns import Columns
    from shopkit.runtime.job import Figure

app = group("price")

Objective = Annotated[
    Literal["profit", "revenue", "clear-stock"] | None,
    typer.Option("--objective", help=text("price.options.objective")),
]
MaxChanges = Annotated[
    int | None,
    typer.Option("--max-changes", min=0, metavar="K", help=text("price.options.max_changes")),
]
MinRevenue = Annotated[
    str | None,
    typer.Option("--min-revenue", metavar="98%", help=text("price.options.min_revenue")),
]
Elasticities = Annotated[
    str | None,
    typer.Option("--elasticities", metavar="FILE", help=text("price.options.elasticities")),
]
Rules = Annotated[
    str | None, typer.Option("--rules", metavar="FILE", help=text("price.options.rules"))
]


@command(app, "price.plan")
def plan(
    options: TableOptions,
    catalog: Catalog = None,
    rules: Rules = None,
    offers: OffersFile = None,
    rivals: RivalsFile = None,
    history: HistoryFile = None,
    profile: Profile = None,
    objective: Objective = None,
    elasticities: Elasticities = None,
    max_changes: MaxChanges = None,
    min_revenue: MinRevenue = None,
) -> int:
    """Plan the prices of a catalogue."""
    from shopkit.cli import given
    from shopkit.offers.periods import periods_of
    from shopkit.offers.plan import make_plan
    from shopkit.offers.plan_run import COMMAND, write_plan
    from shopkit.runtime.columns import open_database

    with open_session(options.now) as session, open_database() as db:
        asked = _rules(rules, session, options.encoding)
        listed = given.all_offers(offers, session, options.encoding) or ()
        goods = given.columns("catalog", catalog, session, db, options.encoding)
        seen = given.columns_if("rivals", rivals, session, db, options.encoding)
        past = given.columns_if("history", history, session, db, options.encoding)
        catalogue = _catalogue(session, goods, seen, past)
        due = [one for one in asked if one.ends is None or one.ends > session.now]
        targets, proposals = None, None
        expected: dict[str, Figure] = {}
        if objective is not None:
            goal = _goal(objective, max_changes, min_revenue)
            targets, proposals, expected = _proposed(catalogue, due, elasticities, goal)
        reading = given.reading_of(profile, session)
        coming = periods_of(listed, session.now)
        made = make_plan(catalogue, due, coming, reading, targets=targets)
        planned = write_plan(
            made,
            options.out,
            proposals=proposals,
            state=session.state,
            now=session.now,
            baseline=session.baseline(COMMAND),
            force=options.force,
        )
    code = planned.result.exit_code(options.fail_on)
    _tell(planned, options, code, expected)
    return code


def _catalogue(
    session: Session, goods: Columns, rivals: Columns | None, past: Columns | None
) -> Catalogue:
    """The SKUs with what is known of rivals and of earlier prices: a file's, else the shop's."""
    from shopkit.offers.plan_catalogue import catalogue_of
    from shopkit.offers.price_points import points_in, share_history

    own = share_history(session.state, goods.db, session.now.tzinfo)
    return catalogue_of(goods, session.now, rivals, points_in(past) if past else None, own)


def _goal(objective: Objective, max_changes: int | None, min_revenue: str | None) -> Goal:
    from shopkit.offers.plan_goal import Goal
    from shopkit.values import read_percent

    try:
        kept = read_percent(min_revenue) if min_revenue else 0
    except ValueError:
        raise UsageFault("rate_unreadable", value=min_revenue) from None
    return Goal(objective or "profit", max_changes, kept)


def _proposed(
    catalogue: Catalogue, rules: list[Rule], elasticities: str | None, goal: Goal
) -> tuple[Amounts, list[dict[str, str]], dict[str, Figure]]:
    """Prices for a goal from the table that ``price fit`` wrote, what each and all are to bring."""
    from shopkit.offers.elasticities import read_elasticities
    from shopkit.offers.plan_goal import expected_of, proposal_rows, targets_for

    if elasticities is None:
        raise UsageFault("elasticities_not_given")
    demand = read_elasticities(elasticities)
    targets, found, place = targets_for(catalogue, rules, demand, goal)
    return targets, list(proposal_rows(catalogue, found, place)), expected_of(found)


def _rules(given_rules: str | None, session: Session, encoding: str | None) -> list[Rule]:
    """The rules, all of them sound: a plan by half of them would be another plan."""
    from shopkit.offers.price_rules import read_rules
    from shopkit.runtime.sources import find_table

    source = find_table("rules", given_rules, session.settings)
    rules, rejects = read_rules(source.path, encoding=encoding, shop=session.settings.folder)
    if rejects:
        first = rejects[0]
        told = {"count": len(rejects), "file": first.file, "why": first.error.say}
        raise InputRefused("rules_unreadable", **told)
    return rules


def _tell(
    planned: Planned, options: TableOptions, code: int, expected: Mapping[str, Figure]
) -> None:
    """The plan on one screen."""
    from shopkit.offers.plan_page import reason_name

    result = planned.result
    if options.json:
        summary = {
            **planned.summary,
            **expected,
            "held": dict(planned.held),
            "out": str(result.out),
        }
        rows = [{**row.row.cells, "detail": row.detail} for row in result.rows]
        console.envelope(
            "price plan",
            status=status(result),
            exit_code=code,
            summary=summary,
            rows=rows,
            errors=errors(result),
        )
        return
    console.data(str(options.out / "plan.csv"))
    console.say(text("price.plan.done", **planned.summary))
    if planned.summary["unread"]:
        file = options.out / "rejects.csv"
        console.say(text("price.plan.unread", count=planned.summary["unread"], file=file))
    if planned.summary["revenue_weighted_change_percent"] is not None:
        console.say(text("price.plan.weighted", **planned.summary))
    if expected:
        console.say(text("price_fit.expected", **expected))
        if not expected["revenue_kept"]:
            console.say(text("price_fit.revenue_short"))
    for name, count in planned.held.items():
        console.say(text("price.plan.held", count=count, reason=reason_name(name)))
    if planned.held:
        file = options.out / "held.csv"
        console.say(text("price.plan.steps", count=len(planned.held), file=file))
    worst = ", ".join(f"{row['sku_id']} {row['margin_percent']} %" for row in planned.worst)
    if worst:
        console.say(text("price.plan.worst", list=worst))
