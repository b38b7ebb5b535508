"""``shopkit coupon``: coupons made from a table, checked against floors, accounted for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from shopkit.cli import console, outcome
from shopkit.cli.command import command, group
from shopkit.cli.options import Catalog, HistoryFile, OffersFile, OrdersFile, Profile, TableOptions
from shopkit.cli.session import Session, open_session
from shopkit.errors import UsageFault
from shopkit.messages import text

if TYPE_CHECKING:
    from shopkit.offers.coupon_outcome import Recent
    from shopkit.offers.coupon_report import CouponReport
    from shopkit.runtime.columns import Columns
    from shopkit.runtime.rejects import Reject
    from shopkit.runtime.results import BatchResult

app = group("coupon")
_CHANGES = ("new", "changed", "unchanged")
_SHOWN = 20  # faults of a list told one by one; rejects.csv has them all

Table = Annotated[str, typer.Argument(metavar="TABLE", help=text("coupon.options.table"))]
Codes = Annotated[
    int, typer.Option("--codes", min=0, metavar="N", help=text("coupon.options.codes"))
]

CodePrefix = Annotated[
    str, typer.Option("--code-prefix", metavar="TEXT", help=text("coupon.options.code_prefix"))
]
CodeLength = Annotated[
    int,
    typer.Option("--code-length", min=0, metavar="N", help=text("coupon.options.code_length")),
]
CodesInUse = Annotated[
    str | None,
    typer.Option("--codes-in-use", metavar="FILE", help=text("coupon.options.codes_in_use")),
]
CouponsFile = Annotated[
    str | None, typer.Option("--coupons", metavar="FILE", help=text("coupon.options.coupons"))
]
Fee = Annotated[str, typer.Option("--fee", metavar="5%", help=text("coupon.options.fee"))]
Margin = Annotated[str, typer.Option("--margin", metavar="20%", help=text("coupon.options.margin"))]


@command(app, "coupon.create")
def create(
    options: TableOptions,
    table: Table,
    profile: Profile = None,
    catalog: Catalog = None,
    codes: Codes = 0,
    code_prefix: CodePrefix = "",
    code_length: CodeLength = 0,
    codes_in_use: CodesInUse = None,
) -> int:
    """Make every coupon of a table."""
    from shopkit.cli import given
    from shopkit.offers.coupon_run import COMMAND, CodeWish
    from shopkit.offers.coupon_run import create as make
    from shopkit.offers.coupons import judge_coupons
    from shopkit.offers.upload import PLACEMENT

    with open_session(options.now) as session:
        asked = given.loaded("coupons", table, session, options.encoding)
        held = _held(codes_in_use, session, options.encoding)
        result = make(
            judge_coupons(asked, session.now, known_items(catalog, session, options.encoding)),
            options.out,
            given.profile_of(profile, session, PLACEMENT),
            state=session.state,
            now=session.now,
            codes=CodeWish(codes, code_prefix, code_length, held),
            baseline=session.baseline(COMMAND),
            force=options.force,
        )
    outcome.report(result, options)
    tell(result)
    return result.exit_code(options.fail_on)


@command(app, "coupon.check")
def check(
    options: TableOptions,
    catalog: Catalog = None,
    offers: OffersFile = None,
    history: HistoryFile = None,
    profile: Profile = None,
    fee: Fee = "0%",
    margin: Margin = "0%",
) -> int:
    """Test a catalogue's floors under all offers."""
    from shopkit.cli import given
    from shopkit.offers.coupon_check import PERIODS, check_catalogue
    from shopkit.offers.coupon_outcome import EVIDENCE
    from shopkit.offers.offer_remarks import COLUMNS, remarks
    from shopkit.offers.periods import to_come
    from shopkit.runtime.columns import open_database
    from shopkit.runtime.table_write import render

    kept = given.share(fee)
    shares = [kept, given.share(margin, beside=kept)]
    with open_session(options.now) as session, open_database() as db:
        listed = given.all_offers(offers, session, options.encoding)
        if listed is None:
            raise UsageFault("table_not_named", table="offers")
        running = to_come(listed, session.now)
        goods = given.columns("catalog", catalog, session, db, options.encoding, keep_rows=True)
        found = check_catalogue(
            goods,
            running,
            given.reading_of(profile, session),
            now=session.now,
            fee=shares[0],
            margin=shares[1],
            recent=_recent(goods, history, profile, session, options.encoding),
        )
        told = remarks(found.goods, running)
        with session.publishing("coupon check", options) as run:
            run.file("offers.csv").write_bytes(render(".csv", COLUMNS, told))
            run.file("periods.csv").write_bytes(render(".csv", PERIODS, found.periods))
            result = run.close(found.rows, evidence=EVIDENCE)
        outcome.report(result, options)
    for one in found.periods[1:]:
        if one["below"] != "0":
            console.say(text("coupon.check.period", **{**one, "to": one["to"] or "…"}))
    for one in told:
        if one["remark"]:
            console.say(text(f"coupon.check.{one['remark']}", **one))
    return result.exit_code(options.fail_on)


@command(app, "coupon.report")
def report(
    options: TableOptions,
    coupons: CouponsFile = None,
    orders: OrdersFile = None,
    catalog: Catalog = None,
    fee: Fee = "0%",
) -> int:
    """Account for coupons by their orders."""
    from functools import partial

    from shopkit.cli import given
    from shopkit.offers.coupon_orders import coupon_orders, tells_codes
    from shopkit.offers.coupon_report import EVIDENCE, issued_to, report_coupons
    from shopkit.runtime.columns import open_database
    from shopkit.runtime.rejects import render_rejects

    kept, name = given.share(fee), "coupon report"
    with open_session(options.now) as session, open_database() as db:
        export = given.loaded("coupons", coupons, session, options.encoding)
        sold = given.columns("orders", orders, session, db, options.encoding)
        goods = given.columns_if("catalog", catalog, session, db, options.encoding)
        told = tells_codes(sold)
        found = report_coupons(
            export,
            coupon_orders(sold, goods) if told else None,
            owner=partial(issued_to, session.state),
            fee=kept,
        )
        with session.publishing(name, options) as run:
            unread = [*sold.read_rejects(), *(goods.read_rejects() if goods else ())]
            if unread:
                run.file("rejects.csv").write_bytes(render_rejects(unread))
            result = run.close(found.rows, evidence=EVIDENCE)
    outcome.report(result, options)
    rejected = {"unread": sold.rejected, "unread_goods": goods.rejected if goods else 0}
    console.say(_accounted(found, told=told, rejected=rejected))
    return result.exit_code(options.fail_on)


def _recent(
    goods: Columns,
    history: str | None,
    profile: str | None,
    session: Session,
    encoding: str | None,
) -> Recent | None:
    """What buyers paid of late; None where no history is named."""
    from shopkit.cli import given
    from shopkit.offers import reading
    from shopkit.offers.coupon_check import recent_finals
    from shopkit.offers.coupon_outcome import Recent

    told = given.columns_if("history", history, session, goods.db, encoding)
    if told is None:
        return None
    rules = given.profile_of(profile, session, reading.PLACEMENT)
    most = rules.number("far_under_recent", 100.0) or 100.0
    return Recent(recent_finals(goods, told, session.now), most)


def _accounted(found: CouponReport, *, told: bool, rejected: dict[str, int]) -> str:
    """What all coupons cost and brought, and what the figures leave out."""
    from shopkit.values import money_text

    each = found.accounts.values()
    left = {
        "strange": found.strange_orders,
        "without_cost": sum(one.without_cost for one in each),
        **rejected,
    }
    known = any(one.orders > one.without_cost for one in each)
    words = text(
        "coupon.report.total" if known else "coupon.report.no_margin",
        given=money_text(sum(one.given for one in each)),
        revenue=money_text(sum(one.revenue for one in each)),
        margin=money_text(sum(one.margin for one in each)),
    )
    more = [text(f"coupon.report.{name}", count=count) for name, count in left.items() if count]
    return " ".join([words if told else text("coupon.report.no_codes"), *more])


def _held(file: str | None, session: Session, encoding: str | None) -> tuple[Reject, ...]:
    """Read in the codes that are in use elsewhere; what was wrong with them."""
    from shopkit.offers.code_import import import_codes
    from shopkit.offers.coupon_run import batch_names
    from shopkit.runtime.rejects import reject_of

    if file is None:
        return ()
    names = batch_names(session.state)
    found = import_codes(session.state, file, encoding=encoding, names=names)
    told = {"added": found.added, "before": found.before, "wrong": len(found.faults)}
    console.say(text("coupon.create.held", file=found.source, **told))
    for fault in found.faults[:_SHOWN]:
        console.complain(str(fault))
    return tuple(
        reject_of(found.source, int(str(fault.values["line"])), fault) for fault in found.faults
    )


def known_items(
    catalog: str | None, session: Session, encoding: str | None
) -> frozenset[str] | None:
    """Item and SKU ids of the catalogue; None where the shop names none."""
    from shopkit.cli import given

    found = given.loaded_if("catalog", catalog, session, encoding)
    if found is None:
        return None
    ids = (one.values.get(name) for one in found.records for name in ("item_id", "sku_id"))
    return frozenset(str(one) for one in ids if one)


def tell(result: BatchResult) -> None:
    """How many are new, and what all may cost."""
    from shopkit.values import money_text, read_money

    made = [row.evidence for row in result.rows if row.evidence.get("change")]
    changes = Counter(str(one["change"]) for one in made)
    words = [text("coupon.create.made", **{name: changes[name] for name in _CHANGES})]
    costs = [str(one["exposure"]) for one in made if one.get("exposure")]
    if costs:
        exposure = money_text(sum(map(read_money, costs)))
        words.append(text("coupon.create.exposed", exposure=exposure))
    if len(costs) < len(made):
        words.append(text("coupon.list.open_ended", count=len(made) - len(costs)))
    console.say(" ".join(words))
    guesses = [float(str(row.evidence["guess"])) for row in result.rows if "guess" in row.evidence]
    if guesses:
        console.say(text("coupon.create.guess", chance=f"{max(guesses):.1e}"))
